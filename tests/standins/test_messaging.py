"""The stand-ins of Messenger and Instagram behave like the platforms, and badly when told to."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import httpx
import pytest

from local.standins import meta
from local.standins.messaging_webhooks import APP_ID
from romashka.channels.messaging_events import events_of
from tests.standins.conftest import NUMBER, SECRET, TOKEN, Receiver
from tests.waiting import wait_until
from tests.web import WEB

TEXT = {"recipient": {"id": "7200"}, "messaging_type": "RESPONSE", "message": {"text": "Hello"}}
BOTH = pytest.mark.parametrize("platform", ["messenger", "instagram"])
Send = Callable[..., httpx.Response]


def send(client: httpx.Client, platform: str, **changes: Any) -> httpx.Response:
    """Send the usual text with changes; None leaves a field out."""
    payload = {name: value for name, value in {**TEXT, **changes}.items() if value is not None}
    return client.post(f"/{platform}/v25.0/me/messages", json=payload)


def control(client: httpx.Client, platform: str, **wish: Any) -> None:
    """Tell the stand-in how to behave."""
    client.post(f"/control/{platform}", json=wish).raise_for_status()


def error_of(answer: httpx.Response) -> dict[str, Any]:
    """Meta's error object."""
    return dict(answer.json()["error"])


@BOTH
def test_a_text_is_accepted_with_a_message_id(client: httpx.Client, platform: str) -> None:
    answer = send(client, platform)
    assert answer.headers["x-stand-in"] == "romashka"
    assert answer.json()["recipient_id"] == "7200"
    assert len(answer.json()["message_id"]) > 40


def test_messenger_echoes_and_reports_delivery_and_reading(
    client: httpx.Client, receiver: Receiver
) -> None:
    message = {"text": "Hello", "metadata": "ours"}
    mid = send(client, "messenger", message=message).json()["message_id"]
    wait_until(lambda: len(receiver.bodies) == 3)
    echo, delivery, read = receiver.items()
    assert echo["message"] == {"mid": mid, "is_echo": True, "app_id": APP_ID, **message}
    assert (echo["sender"]["id"], echo["recipient"]["id"]) == (NUMBER, "7200")
    assert delivery["delivery"]["mids"] == [mid]
    assert read["read"]["watermark"] > 1_000_000_000_000
    assert set(receiver.paths) == {"/webhooks/messenger"}
    assert receiver.signatures[0] == meta.signature(SECRET, receiver.bodies[0])


def test_instagram_echoes_and_reports_reading_alone(
    client: httpx.Client, receiver: Receiver
) -> None:
    mid = send(client, "instagram").json()["message_id"]
    wait_until(lambda: len(receiver.bodies) == 2)
    echo, read = receiver.items()
    assert (echo["message"]["mid"], read["read"]) == (mid, {"mid": mid})


@BOTH
def test_our_parser_reads_everything_that_comes(
    client: httpx.Client, receiver: Receiver, platform: Any
) -> None:
    control(client, platform, mode="batch")
    picture = {"attachment": {"type": "image", "payload": {"url": "https://cdn.example.com/a"}}}
    send(client, platform, message=picture)
    wait_until(lambda: receiver.bodies)
    kinds = [type(one).__name__ for one in events_of(receiver.bodies[0], platform, ())]
    assert kinds == ["InboundMessage", "DeliveryReceipt", "Watermark"]


@BOTH
def test_an_echo_may_come_before_the_answer(
    client: httpx.Client, receiver: Receiver, platform: str
) -> None:
    control(client, platform, echo="before", receipts_after_ms=60_000)
    mid = send(client, platform).json()["message_id"]
    assert [item["message"]["mid"] for item in receiver.items()] == [mid]


@pytest.mark.parametrize(("mode", "bodies", "items"), [("batch", 1, 3), ("duplicates", 6, 6)])
def test_webhooks_come_together_or_twice(
    client: httpx.Client, receiver: Receiver, mode: str, bodies: int, items: int
) -> None:
    control(client, "messenger", mode=mode, receipts_after_ms=1)
    send(client, "messenger")
    wait_until(lambda: len(receiver.bodies) == bodies)
    assert len(receiver.items()) == items


def test_webhooks_come_as_standby(client: httpx.Client, receiver: Receiver) -> None:
    control(client, "messenger", mode="standby")
    send(client, "messenger")
    wait_until(lambda: receiver.bodies)
    assert "standby" in json.loads(receiver.bodies[0])["entry"][0]


def test_webhooks_are_sent_again_until_they_are_taken(
    client: httpx.Client, receiver: Receiver
) -> None:
    receiver.answers = [503]
    send(client, "instagram")
    wait_until(lambda: len(receiver.bodies) == 3)
    entries = client.get("/record", params={"platform": "instagram"}).json()["received"]
    assert entries[0]["receipts"][0]["answers"] == [503, 200]


@BOTH
def test_a_wrong_token_and_another_account_are_refused(client: httpx.Client, platform: str) -> None:
    path = f"/{platform}/v25.0/me/messages"
    answer = client.post(path, json=TEXT, headers={"Authorization": "Bearer other"})
    assert (answer.status_code, error_of(answer)["code"]) == (401, 190)
    answer = client.post(f"/{platform}/v25.0/999/messages", json=TEXT)
    assert error_of(answer)["error_subcode"] == 33


PICTURE = {"type": "image", "payload": {"url": "https://cdn.example.com/a"}}
REPLY = {"content_type": "text", "title": "Yes", "payload": "yes"}


@BOTH
@pytest.mark.parametrize(
    "changes",
    [
        {"recipient": None},
        {"recipient": {}},
        {"recipient": {"id": "1", "user_ref": "2"}},
        {"recipient": "7200"},
        {"message": None},
        {"sender_action": "typing_on"},
        {"message": None, "sender_action": "wave"},
        {"messaging_type": None},
        {"messaging_type": "MESSAGE_TAG"},
        {"tag": "HUMAN_AGENT"},
        {"messaging_type": "MESSAGE_TAG", "tag": "FREE"},
        {"message": {}},
        {"message": {"text": " "}},
        {"message": {"text": "x" * 2001}},
        {"message": {"text": "x", "attachment": PICTURE}},
        {"message": {"attachment": {**PICTURE, "type": "hologram"}}},
        {"message": {"attachment": {"type": "image", "payload": {"url": "file:///a"}}}},
        {"message": {"text": "x", "quick_replies": [REPLY] * 14}},
        {"message": {"text": "x", "quick_replies": [{**REPLY, "title": "x" * 21}]}},
        {"message": {"attachment": PICTURE, "quick_replies": [REPLY]}},
        {"reply_to": {}},
    ],
)
def test_what_the_platform_does_not_take_is_refused(
    client: httpx.Client, platform: str, changes: dict[str, Any]
) -> None:
    answer = send(client, platform, **changes)
    assert (answer.status_code, error_of(answer)["code"]) == (400, 100)


def test_instagram_counts_bytes_and_knows_no_metadata(client: httpx.Client) -> None:
    for message in ({"text": "\u00fc" * 501}, {"text": "x", "metadata": "ours"}):
        assert send(client, "instagram", message=message).status_code == 400
        assert send(client, "messenger", message=message).status_code == 200


@BOTH
@pytest.mark.parametrize(
    ("mode", "status", "code"),
    [
        ("throttle", 400, 613),
        ("window", 403, 10),
        ("token", 401, 190),
        ("person", 400, 551),
        ("transient", 503, 2),
    ],
)
def test_it_refuses_on_demand(
    client: httpx.Client, platform: str, mode: str, status: int, code: int
) -> None:
    control(client, platform, mode=mode, times=1)
    answer = send(client, platform)
    assert (answer.status_code, error_of(answer)["code"]) == (status, code)
    assert send(client, platform).status_code == 200


def test_outside_the_window_a_tag_is_taken(client: httpx.Client) -> None:
    control(client, "messenger", mode="window")
    tagged = {"messaging_type": "MESSAGE_TAG", "tag": "HUMAN_AGENT"}
    assert error_of(send(client, "messenger"))["error_subcode"] == 2018278
    assert send(client, "messenger", **tagged).status_code == 200


def test_it_takes_a_message_and_does_not_answer(client: httpx.Client, receiver: Receiver) -> None:
    control(client, "messenger", mode="drop")
    with pytest.raises(httpx.RemoteProtocolError):
        send(client, "messenger")
    wait_until(lambda: len(receiver.bodies) == 3)


def test_it_can_be_mute(client: httpx.Client) -> None:
    control(client, "messenger", mode="mute")
    send(client, "messenger")
    (entry,) = client.get("/record").json()["received"]
    assert entry["receipts"] == []


@BOTH
def test_actions_are_noted_and_send_no_webhooks(
    client: httpx.Client, receiver: Receiver, platform: str
) -> None:
    action = {"message": None, "messaging_type": None, "sender_action": "typing_on"}
    assert send(client, platform, **action).json() == {"recipient_id": "7200"}
    (entry,) = client.get("/record").json()["received"]
    assert (entry["kind"], entry["receipts"], receiver.bodies) == ("typing_on", [], [])


@BOTH
def test_it_knows_itself_and_its_customers(client: httpx.Client, platform: str) -> None:
    assert client.get(f"/{platform}/v25.0/me").json()["id"] == NUMBER
    profile = client.get(f"/{platform}/v25.0/7200").json()
    assert profile["id"] == "7200"
    picture = WEB.get(profile["profile_pic"])
    assert picture.headers["content-type"] == "image/png"


@pytest.mark.parametrize(("wish", "code"), [("consent", 230), ("missing", 100), ("down", 2)])
def test_it_may_not_tell_of_a_customer(client: httpx.Client, wish: str, code: int) -> None:
    control(client, "instagram", profile=wish)
    assert error_of(client.get("/instagram/v25.0/7200"))["code"] == code


def test_a_file_may_be_gone(client: httpx.Client) -> None:
    assert client.get("/messenger/cdn/gone.jpg").status_code == 403


def test_a_token_is_renewed(client: httpx.Client) -> None:
    path = "/instagram/refresh_access_token"
    query = {"grant_type": "ig_refresh_token", "access_token": TOKEN}
    answer = client.get(path, params=query).json()
    assert answer["access_token"].startswith("IGAA")
    assert answer["expires_in"] == 60 * 24 * 3600
    assert client.get(path, params={**query, "access_token": "other"}).status_code == 401
    assert client.get(path, params={**query, "grant_type": "x"}).status_code == 400
