"""The Telegram stand-in behaves like the platform, and badly when it is told to."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from local.standins import telegram_payload
from tests.standins.conftest import BOT_SECRET, BOT_TOKEN, Receiver
from tests.waiting import wait_until
from tests.web import WEB

TEXT = {"chat_id": "23", "text": "Hello"}
MIRA = {"id": 23, "type": "private", "first_name": "Mira"}


@pytest.fixture
def bot(standins: str, receiver: Receiver) -> Iterator[httpx.Client]:
    """A client of the Bot API with the right token."""
    base = f"{standins}/telegram/bot{BOT_TOKEN}/"
    with httpx.Client(base_url=base, timeout=10) as client:
        yield client
        client.post("setWebhook", json={"url": f"{receiver.url}", "secret_token": BOT_SECRET})


def control(standins: str, **wish: Any) -> None:
    """Tell the stand-in how to behave."""
    WEB.post(f"{standins}/control/telegram", json=wish).raise_for_status()


def play(standins: str, **update: Any) -> Any:
    """Have the platform send an update."""
    return WEB.post(f"{standins}/telegram/updates", json=update).raise_for_status().json()


def record(standins: str, kind: str) -> list[dict[str, Any]]:
    """What was received by one method."""
    found = WEB.get(f"{standins}/record", params={"platform": "telegram"}).json()["received"]
    return [entry for entry in found if entry["kind"] == kind]


def test_a_text_is_taken_and_recorded(bot: httpx.Client, standins: str) -> None:
    answer = bot.post("sendMessage", json=TEXT)
    assert answer.headers["x-stand-in"] == "romashka"
    made = answer.json()["result"]
    assert (made["text"], made["chat"]) == ("Hello", {"id": 23, "type": "private"})
    (entry,) = record(standins, "sendMessage")
    assert (entry["recipient"], entry["text"], entry["account"]) == ("23", "Hello", "1065")
    assert entry["message_id"] == f"23:{made['message_id']}"


def test_a_wrong_token_is_refused(bot: httpx.Client, standins: str) -> None:
    answer = WEB.post(f"{standins}/telegram/bot1065:AA-other/sendMessage", json=TEXT)
    assert (answer.status_code, answer.json()) == (
        401,
        {"ok": False, "error_code": 401, "description": "Unauthorized"},
    )


def test_an_unknown_method_is_not_found(bot: httpx.Client) -> None:
    assert bot.post("sendHologram", json=TEXT).status_code == 404


def keyboard(**button: Any) -> dict[str, Any]:
    return {"reply_markup": {"inline_keyboard": [[{"text": "A", "callback_data": "a", **button}]]}}


@pytest.mark.parametrize(
    ("changes", "description"),
    [
        ({"chat_id": ""}, "chat_id is empty"),
        ({"chat_id": "somebody"}, "chat not found"),
        ({"text": " "}, "message text is empty"),
        ({"text": "\N{BLOSSOM}" * 2049}, "message is too long"),
        ({"parse_mode": "Word"}, "unsupported parse_mode"),
        ({"reply_parameters": {"message_id": "5"}}, "can't parse reply parameters JSON object"),
        (keyboard(callback_data="x" * 65), "BUTTON_DATA_INVALID"),
        (keyboard(callback_data=""), "BUTTON_DATA_INVALID"),
        (keyboard(text=" "), "inline keyboard button text is empty"),
        ({"reply_markup": []}, "can't parse reply keyboard markup JSON object"),
    ],
)
def test_a_bad_message_is_refused_in_telegrams_words(
    bot: httpx.Client, changes: dict[str, Any], description: str
) -> None:
    answer = bot.post("sendMessage", json={**TEXT, **changes})
    assert (answer.status_code, answer.json()["description"]) == (
        400,
        f"Bad Request: {description}",
    )


@pytest.mark.parametrize("body", [b"{", b"[]"])
def test_a_body_that_is_no_object_is_refused(bot: httpx.Client, body: bytes) -> None:
    headers = {"content-type": "application/json"}
    assert bot.post("sendMessage", content=body, headers=headers).status_code == 400


def test_a_file_is_taken_and_can_be_fetched_again(bot: httpx.Client, standins: str) -> None:
    form = {"chat_id": "23", "caption": "Look", "photo": "attach://file0"}
    answer = bot.post("sendPhoto", data=form, files={"file0": ("a.jpg", b"bytes", "image/jpeg")})
    made = answer.json()["result"]
    found = bot.post("getFile", json={"file_id": made["photo"][0]["file_id"]}).json()["result"]
    file = WEB.get(f"{standins}/telegram/file/bot{BOT_TOKEN}/{found['file_path']}")
    assert (made["caption"], file.content) == ("Look", b"bytes")
    assert file.headers["content-type"] == "application/octet-stream"


def test_a_file_needs_its_bytes_and_a_short_caption(bot: httpx.Client) -> None:
    assert bot.post("sendDocument", data={"chat_id": "23"}).status_code == 400
    long = {"chat_id": "23", "caption": "x" * 1025, "document": "attach://file0"}
    files = {"file0": ("a.pdf", b"bytes", "application/pdf")}
    answer = bot.post("sendDocument", data=long, files=files)
    assert answer.json()["description"] == "Bad Request: message caption is too long"


def test_a_photo_has_ten_megabytes(bot: httpx.Client) -> None:
    files = {"file0": ("a.jpg", b"x" * (telegram_payload.MAX_PHOTO + 1), "image/jpeg")}
    answer = bot.post("sendPhoto", data={"chat_id": "23", "photo": "attach://file0"}, files=files)
    assert answer.status_code == 413


@pytest.mark.parametrize(
    ("kinds", "status"),
    [
        (("photo", "video"), 200),
        (("document", "document"), 200),
        (("photo",), 400),
        (("photo", "document"), 400),
        (("photo",) * 11, 400),
    ],
)
def test_an_album_has_two_to_ten_of_a_kind(
    bot: httpx.Client, kinds: tuple[str, ...], status: int
) -> None:
    media = [{"type": kind, "media": f"attach://f{n}"} for n, kind in enumerate(kinds)]
    files = {f"f{n}": ("a", b"bytes", "image/jpeg") for n in range(len(kinds))}
    form = {"chat_id": "23", "media": json.dumps(media)}
    answer = bot.post("sendMediaGroup", data=form, files=files)
    assert answer.status_code == status
    assert status != 200 or len(answer.json()["result"]) == len(kinds)


@pytest.mark.parametrize(
    ("mode", "code"),
    [
        ("blocked", 403),
        ("deactivated", 403),
        ("not_found", 400),
        ("token", 401),
        ("conflict", 409),
        ("transient", 500),
    ],
)
def test_a_mode_gives_its_refusal_as_often_as_told(
    bot: httpx.Client, standins: str, mode: str, code: int
) -> None:
    control(standins, mode=mode, times=1)
    answers = [bot.post("sendMessage", json=TEXT) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [code, 200]
    assert answers[0].json()["error_code"] == code


def test_throttling_says_how_long_to_wait(bot: httpx.Client, standins: str) -> None:
    control(standins, mode="throttle", retry_after_s=7)
    answer = bot.post("sendMessage", json=TEXT).json()
    assert (answer["error_code"], answer["parameters"]) == (429, {"retry_after": 7})


def test_a_strict_platform_holds_each_chat_to_a_message_a_second(
    bot: httpx.Client, standins: str
) -> None:
    control(standins, mode="strict")
    chats = ("77", "77", "78")
    codes = [bot.post("sendMessage", json={**TEXT, "chat_id": c}).status_code for c in chats]
    assert codes == [200, 429, 200]


def test_a_dropped_connection_leaves_the_message_taken(bot: httpx.Client, standins: str) -> None:
    control(standins, mode="drop", times=1)
    with pytest.raises(httpx.RemoteProtocolError):
        bot.post("sendMessage", json=TEXT)
    assert record(standins, "sendMessage")[0]["message_id"]


def test_a_hanging_platform_answers_too_late(bot: httpx.Client, standins: str) -> None:
    control(standins, mode="hang", hang_ms=3000)
    with pytest.raises(httpx.ReadTimeout):
        bot.post("sendMessage", json=TEXT, timeout=0.3)


def test_modes_of_another_platform_are_none_of_telegrams(standins: str) -> None:
    assert WEB.post(f"{standins}/control/telegram", json={"mode": "pair"}).status_code == 400


def test_an_update_comes_with_the_secret(standins: str, receiver: Receiver) -> None:
    play(standins, message={"chat": MIRA, "message_id": 1, "text": "Hi"})
    wait_until(lambda: receiver.bodies)
    assert receiver.headers[0]["x-telegram-bot-api-secret-token"] == BOT_SECRET
    update = json.loads(receiver.bodies[0])
    assert (update["message"]["text"], type(update["update_id"])) == ("Hi", int)


def test_updates_of_a_chat_wait_behind_one_that_is_not_taken(
    standins: str, receiver: Receiver, bot: httpx.Client
) -> None:
    receiver.answers = [503, 500]
    for number in (1, 2):
        play(standins, message={"chat": MIRA, "message_id": number})
    wait_until(lambda: len(receiver.bodies) == 4)
    ids = [json.loads(body)["message"]["message_id"] for body in receiver.bodies]
    assert ids == [1, 1, 1, 2]
    info = bot.post("getWebhookInfo").json()["result"]
    assert info["last_error_message"] == "Wrong response from the webhook: 500"


def test_a_call_in_the_webhooks_answer_is_carried_out(standins: str, receiver: Receiver) -> None:
    receiver.said = b'{"method": "answerCallbackQuery", "callback_query_id": "7"}'
    play(standins, callback_query={"id": "7", "from": {"id": 23}, "data": "a"})
    (entry,) = wait_until(lambda: record(standins, "answerCallbackQuery"))
    assert entry["payload"] == {"callback_query_id": "7"}


def test_a_webhook_is_registered_told_and_taken_away(
    bot: httpx.Client, standins: str, receiver: Receiver
) -> None:
    wish = {"url": f"{receiver.url}/x", "secret_token": "rose", "allowed_updates": ["message"]}
    assert bot.post("setWebhook", json=wish).json() == {"ok": True, "result": True}
    info = bot.post("getWebhookInfo").json()["result"]
    assert (info["url"], info["allowed_updates"]) == (wish["url"], ["message"])
    assert play(standins, poll={"id": "1"}) == {"update_ids": [None]}
    play(standins, message={"chat": MIRA, "message_id": 1})
    wait_until(lambda: receiver.bodies)
    assert receiver.headers[0]["x-telegram-bot-api-secret-token"] == "rose"
    bot.post("deleteWebhook")
    assert bot.post("getWebhookInfo").json()["result"]["url"] == ""


@pytest.mark.parametrize(
    "wish",
    [
        {"url": "http://shop.example.com/webhooks/telegram"},
        {"url": "https://shop.example.com:9000/webhooks/telegram"},
        {"url": "https://shop.example.com/", "secret_token": "has space"},
    ],
)
def test_an_address_that_telegram_does_not_take_is_refused(
    bot: httpx.Client, wish: dict[str, str]
) -> None:
    assert bot.post("setWebhook", json=wish).status_code == 400


def test_a_bot_says_who_it_is_types_and_answers_buttons(bot: httpx.Client) -> None:
    assert bot.get("getMe").json()["result"]["username"] == "stand_in_bot"
    typing = {"chat_id": "23", "action": "typing"}
    assert bot.post("sendChatAction", json=typing).json()["result"] is True
    assert bot.post("sendChatAction", json={**typing, "action": "x"}).status_code == 400
    assert bot.post("answerCallbackQuery", json={"callback_query_id": "1"}).json()["ok"] is True
    assert bot.post("answerCallbackQuery", json={}).status_code == 400


def test_more_than_20_mb_cannot_be_read(bot: httpx.Client, standins: str) -> None:
    content = b"x" * (20 * 1024 * 1024 + 1)
    put = WEB.post(f"{standins}/telegram/files/a.bin", content=content, timeout=30).json()
    answer = bot.post("getFile", json={"file_id": put["file_id"]})
    assert answer.json()["description"] == "Bad Request: file is too big"
    assert bot.post("getFile", json={"file_id": "none"}).status_code == 400
