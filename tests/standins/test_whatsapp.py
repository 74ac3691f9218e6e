"""The WhatsApp stand-in behaves like the platform, and badly when it is told to."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from local.standins import meta
from tests.standins.conftest import NUMBER, SECRET, Receiver
from tests.waiting import wait_until

TEXT = {"messaging_product": "whatsapp", "to": "49151", "type": "text", "text": {"body": "Hello"}}
MESSAGES = f"/whatsapp/v25.0/{NUMBER}/messages"


def send(client: httpx.Client, **changes: Any) -> httpx.Response:
    """Send the usual text with changes; None leaves a field out."""
    payload = {name: value for name, value in {**TEXT, **changes}.items() if value is not None}
    return client.post(MESSAGES, json=payload)


def control(client: httpx.Client, **wish: Any) -> None:
    """Tell the stand-in how to behave."""
    client.post("/control", json=wish).raise_for_status()


def error_of(answer: httpx.Response) -> dict[str, Any]:
    """Meta's error object."""
    return dict(answer.json()["error"])


def test_every_answer_says_that_it_is_a_stand_in(client: httpx.Client) -> None:
    assert send(client).headers["x-stand-in"] == "romashka"
    assert client.get("/").json()["stand_in"] is True


def test_a_text_is_accepted_with_a_message_id(client: httpx.Client) -> None:
    body = send(client).json()
    assert body["messages"][0]["id"].startswith("wamid.")
    assert body["contacts"][0]["wa_id"] == "49151"


def test_receipts_come_signed_in_order_and_echo_the_tracker(
    client: httpx.Client, receiver: Receiver
) -> None:
    wamid = send(client, biz_opaque_callback_data="ours").json()["messages"][0]["id"]
    wait_until(lambda: len(receiver.bodies) == 3)
    assert receiver.names() == ["sent", "delivered", "read"]
    for body, signature, status in zip(
        receiver.bodies, receiver.signatures, receiver.statuses(), strict=True
    ):
        assert signature == meta.signature(SECRET, body)
        assert status["id"] == wamid
        assert status["biz_opaque_callback_data"] == "ours"
        assert status["recipient_id"] == "49151"


def test_somebody_without_a_number_gets_receipts_by_the_scoped_id(
    client: httpx.Client, receiver: Receiver
) -> None:
    answer = send(client, to=None, recipient="US.1349")
    assert answer.json()["contacts"][0] == {"input": "US.1349", "user_id": "US.1349"}
    wait_until(receiver.statuses)
    assert receiver.statuses()[0]["recipient_user_id"] == "US.1349"
    assert "recipient_id" not in receiver.statuses()[0]


def test_a_receipt_is_sent_again_until_it_is_taken(
    client: httpx.Client, receiver: Receiver
) -> None:
    receiver.answers = [503, 500]
    send(client)
    wait_until(lambda: len(receiver.bodies) == 5)
    assert receiver.names() == ["sent", "sent", "sent", "delivered", "read"]
    (entry,) = client.get("/record").json()["received"]
    assert entry["receipts"][0]["answers"] == [503, 500, 200]


def test_the_record_shows_what_was_received_and_answered(client: httpx.Client) -> None:
    send(client, text={"body": "Grüße"})
    (entry,) = client.get("/record").json()["received"]
    assert (entry["platform"], entry["recipient"], entry["text"]) == ("whatsapp", "49151", "Grüße")
    assert entry["answer_status"] == 200
    assert client.get("/record", params={"after": entry["number"]}).json()["received"] == []


def test_a_cleared_record_is_empty(client: httpx.Client) -> None:
    send(client)
    assert client.delete("/record").json() == {"forgotten": 1}
    assert client.get("/record").json()["received"] == []


def test_a_wrong_token_is_refused_as_meta_refuses(client: httpx.Client) -> None:
    answer = client.post(MESSAGES, json=TEXT, headers={"Authorization": "Bearer other"})
    assert (answer.status_code, error_of(answer)["code"]) == (401, 190)
    assert set(error_of(answer)) == {"message", "type", "code", "error_data", "fbtrace_id"}


def test_an_unknown_number_is_refused(client: httpx.Client) -> None:
    answer = client.post("/whatsapp/v25.0/999/messages", json=TEXT)
    assert (answer.status_code, error_of(answer)["error_subcode"]) == (400, 33)


@pytest.mark.parametrize(
    "changes, code",
    [
        ({"messaging_product": None}, 100),
        ({"to": None}, 100),
        ({"recipient": "US.1"}, 100),
        ({"to": "not a number"}, 131009),
        ({"text": None}, 131008),
        ({"text": {"body": ""}}, 131008),
        ({"text": {"body": "x" * 4097}}, 100),
        ({"type": "hologram"}, 131051),
        ({"type": "image", "image": {}}, 131009),
        ({"type": "template", "template": {"name": "hello"}}, 131008),
        ({"biz_opaque_callback_data": "x" * 513}, 100),
        ({"context": {}}, 131008),
        ({"recipient_type": "group"}, 100),
    ],
)
def test_a_bad_payload_gets_metas_code(
    client: httpx.Client, changes: dict[str, Any], code: int
) -> None:
    answer = send(client, **changes)
    assert (answer.status_code, error_of(answer)["code"]) == (400, code)


def test_a_body_that_is_no_json_is_refused(client: httpx.Client) -> None:
    assert error_of(client.post(MESSAGES, content=b"{"))["code"] == 100


def test_a_read_mark_is_taken_and_has_no_receipts(client: httpx.Client, receiver: Receiver) -> None:
    mark = {"messaging_product": "whatsapp", "status": "read", "message_id": "wamid.x"}
    assert client.post(MESSAGES, json=mark).json() == {"success": True}
    send(client)
    wait_until(lambda: len(receiver.bodies) == 3)
    assert [entry["kind"] for entry in client.get("/record").json()["received"]] == ["read", "text"]


def test_a_mute_platform_sends_no_receipts(client: httpx.Client, receiver: Receiver) -> None:
    control(client, mode="mute", to="1")
    send(client, to="1")
    send(client, to="2")
    wait_until(lambda: len(receiver.bodies) == 3)
    assert {status["recipient_id"] for status in receiver.statuses()} == {"2"}


def test_throttling_lasts_as_often_as_told(client: httpx.Client) -> None:
    control(client, mode="throttle", times=2, retry_after_s=7)
    answers = [send(client) for _ in range(3)]
    assert [answer.status_code for answer in answers] == [400, 400, 200]
    assert error_of(answers[0])["code"] == 130429
    assert answers[0].headers["retry-after"] == "7"


@pytest.mark.parametrize(
    "mode, status, code",
    [("pair", 400, 131056), ("window", 400, 131047), ("token", 401, 190), ("error", 500, 131000)],
)
def test_a_mode_gives_its_refusal(client: httpx.Client, mode: str, status: int, code: int) -> None:
    control(client, mode=mode)
    answer = send(client)
    assert (answer.status_code, error_of(answer)["code"]) == (status, code)
    (entry,) = client.get("/record").json()["received"]
    assert entry["answer_code"] == code


def test_a_message_may_fail_after_it_was_accepted(client: httpx.Client, receiver: Receiver) -> None:
    control(client, mode="failed", code=131047)
    assert send(client).status_code == 200
    wait_until(lambda: len(receiver.bodies) == 2)
    assert receiver.names() == ["sent", "failed"]
    assert receiver.statuses()[1]["errors"][0]["code"] == 131047


def test_receipts_may_come_twice(client: httpx.Client, receiver: Receiver) -> None:
    control(client, mode="duplicates")
    send(client)
    wait_until(lambda: len(receiver.bodies) == 6)
    assert receiver.names() == ["sent", "sent", "delivered", "delivered", "read", "read"]


def test_receipts_may_come_in_the_wrong_order(client: httpx.Client, receiver: Receiver) -> None:
    control(client, mode="reordered")
    send(client)
    wait_until(lambda: len(receiver.bodies) == 3)
    assert receiver.names() == ["read", "delivered", "sent"]


def test_a_dropped_connection_leaves_the_message_accepted(
    client: httpx.Client, receiver: Receiver
) -> None:
    control(client, mode="drop", times=1)
    with pytest.raises(httpx.RemoteProtocolError):
        send(client)
    wait_until(lambda: len(receiver.bodies) == 3)


def test_a_hanging_platform_answers_too_late(client: httpx.Client, receiver: Receiver) -> None:
    control(client, mode="hang", hang_ms=3000)
    with pytest.raises(httpx.ReadTimeout):
        client.post(MESSAGES, json=TEXT, timeout=0.3)
    assert receiver.bodies == []


@pytest.mark.parametrize(
    "wish", [{"mode": "x"}, {"modes": "mute"}, {"times": "2"}, {"times": True}]
)
def test_an_impossible_control_is_refused(client: httpx.Client, wish: dict[str, Any]) -> None:
    assert client.post("/control", json=wish).status_code == 400
    assert client.get("/control").json()["mode"] == "normal"


def test_media_can_be_uploaded_described_and_fetched(client: httpx.Client) -> None:
    form = {"messaging_product": "whatsapp", "type": "image/png"}
    answer = client.post(
        f"/whatsapp/v25.0/{NUMBER}/media", data=form, files={"file": ("a.png", b"bytes")}
    )
    description = client.get(f"/whatsapp/v25.0/{answer.json()['id']}").json()
    assert (description["mime_type"], description["file_size"]) == ("image/png", 5)
    assert client.get(description["url"]).content == b"bytes"


def test_unknown_media_is_refused(client: httpx.Client) -> None:
    assert client.get("/whatsapp/v25.0/1").status_code == 400


def test_the_models_stand_in_is_there_too(client: httpx.Client) -> None:
    assert client.get("/openai/v1/models").json()["object"] == "list"
