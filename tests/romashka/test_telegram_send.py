"""Sending by Telegram, against a platform on a real socket."""

from __future__ import annotations

import json
import socket
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any

import pytest

from romashka.channels import build_channels, telegram
from romashka.channels.base import Choice, OutboundFile, OutboundMessage, Signal
from romashka.channels.errors import (
    AccountBlocked,
    Ambiguous,
    Rejected,
    SendError,
    Throttled,
    Unavailable,
    Unreachable,
)
from romashka.channels.telegram import Telegram
from romashka.channels.telegram_sending import callback_data, parts_of
from romashka.settings import Settings
from tests.romashka.scripted_platform import ScriptedPlatform, scripted_platform

TOKEN = "1065:AA-canary-token"
MESSAGE = OutboundMessage(
    delivery_id="8c5e4c0e-97a4-4b57-8a3e-2f6f3d0a9a01",
    message_id="m1",
    account="1065",
    identities={"external": "23"},
    content="Three days.",
)


def bot(url: str, timeout_s: float = 5.0) -> Telegram:
    channel = build_channels(
        Settings(
            telegram_bot_token=TOKEN,
            telegram_webhook_secret=("daisy",),
            telegram_api_url=url,
            send_timeout_s=timeout_s,
        )
    )["telegram"]
    assert isinstance(channel, Telegram)
    return channel


def sent_as(*numbers: int) -> dict[str, Any]:
    """Telegram's answer to a send: the messages that it made."""
    made = [{"message_id": number, "chat": {"id": 23, "type": "private"}} for number in numbers]
    return {"ok": True, "result": made[0] if len(made) == 1 else made}


@pytest.fixture(autouse=True)
def at_any_pace(monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> None:
    """Most tests are not about the pace."""
    if "pace" not in request.node.name:
        monkeypatch.setattr(telegram, "CHAT_S", 0.0)


@asynccontextmanager
async def sender(timeout_s: float = 5.0) -> AsyncIterator[tuple[Telegram, ScriptedPlatform]]:
    async with scripted_platform() as platform:
        platform.will_answer(200, sent_as(77))
        channel = bot(platform.url, timeout_s)
        try:
            yield channel, platform
        finally:
            await channel.close()


async def refusal(status: int, body: Any) -> SendError:
    async with sender() as (channel, platform):
        platform.will_answer(status, body)
        with pytest.raises(SendError) as caught:
            await channel.send(MESSAGE)
    assert "canary" not in str(caught.value)
    return caught.value


def envelope(code: int, description: str, **parameters: int) -> dict[str, Any]:
    return {
        "ok": False,
        "error_code": code,
        "description": description,
        "parameters": parameters,
    }


def a_file(kind: str = "image", mime_type: str | None = "image/jpeg", **more: Any) -> OutboundFile:
    values = {"url": "https://files.example.com/a/one.jpg?token=1", "size": 100, **more}
    return OutboundFile(kind=kind, mime_type=mime_type, **values)


def methods(platform: ScriptedPlatform) -> list[str]:
    """The methods that were called, in order; GET for a file that was fetched."""
    lines = [line.split(" ") for line, _, _ in platform.requests]
    return ["GET" if verb == "GET" else path.rpartition("/")[2] for verb, path, _ in lines]


async def test_a_text_goes_out_as_it_is_and_gives_its_name() -> None:
    async with sender() as (channel, platform):
        assert await channel.send(replace(MESSAGE, content="1 * 2_3 <b>")) == ("23:77",)
    ((line, _, body),) = platform.requests
    assert line == f"POST /bot{TOKEN}/sendMessage HTTP/1.1"
    assert body == {
        "chat_id": "23",
        "text": "1 * 2_3 <b>",
        "link_preview_options": {"is_disabled": True},
    }


async def test_a_reply_names_what_it_answers_and_may_miss_it() -> None:
    async with sender() as (channel, platform):
        await channel.send(replace(MESSAGE, reply_to="bcN_77:23:41"))
    quoting = {"message_id": 41, "allow_sending_without_reply": True}
    assert platform.requests[0][2]["reply_parameters"] == quoting


@pytest.mark.parametrize("reply_to", ["callback:3184123", "wamid.x", "23:", ":1", ""])
async def test_what_is_no_message_of_the_chat_is_not_quoted(reply_to: str) -> None:
    assert "reply_parameters" not in parts_of(replace(MESSAGE, reply_to=reply_to))[0].fields


async def test_an_answer_goes_by_the_connection_by_which_the_customer_wrote() -> None:
    async with sender() as (channel, platform):
        assert await channel.send(replace(MESSAGE, via="bcN_77")) == ("bcN_77:23:77",)
    assert platform.requests[0][2]["business_connection_id"] == "bcN_77"


async def test_a_long_text_goes_in_parts_of_4096_units() -> None:
    async with sender() as (channel, platform):
        for number in (1, 2):
            platform.will_first_answer(200, sent_as(number))
        ids = await channel.send(replace(MESSAGE, content="\N{BLOSSOM}" * 3000, reply_to="23:5"))
    assert ids == ("23:1", "23:2")
    assert [len(body["text"]) for _, _, body in platform.requests] == [2048, 952]
    assert ["reply_parameters" in body for _, _, body in platform.requests] == [True, False]


async def test_parts_that_are_out_are_not_sent_again() -> None:
    long = replace(MESSAGE, content="a" * 9000)
    async with sender() as (channel, platform):
        platform.will_first_answer(200, sent_as(1))
        platform.will_first_answer(500, envelope(500, "Internal Server Error"))
        with pytest.raises(Unavailable) as caught:
            await channel.send(long)
        assert caught.value.sent == ("23:1",)
        platform.requests.clear()
        for number in (2, 3):
            platform.will_first_answer(200, sent_as(number))
        assert await channel.send(replace(long, parts_sent=("23:1",))) == ("23:1", "23:2", "23:3")
        assert len(platform.requests) == 2


async def test_choices_are_buttons_that_bring_their_id_back() -> None:
    choices = (Choice(id="topic-1", title="Returns"), Choice(id="x" * 65, title="Delivery"))
    async with sender() as (channel, platform):
        await channel.send(replace(MESSAGE, choices=choices))
    rows = platform.requests[0][2]["reply_markup"]["inline_keyboard"]
    assert [row[0]["text"] for row in rows] == ["Returns", "Delivery"]
    assert rows[0][0]["callback_data"] == "topic-1"
    assert rows[1][0]["callback_data"] == callback_data("x" * 65) != callback_data("x" * 66)
    assert len(callback_data("\N{BLOSSOM}" * 20).encode()) <= 64


async def test_a_file_is_fetched_and_handed_over_with_its_caption() -> None:
    async with sender() as (channel, platform):
        file = a_file(url=f"{platform.url}/files/one.jpg?token=1")
        platform.will_first_answer(200, "the bytes")
        assert await channel.send(replace(MESSAGE, files=(file,))) == ("23:77",)
    assert methods(platform) == ["GET", "sendPhoto"]
    body = platform.requests[1][2]
    for piece in (b'name="caption"\r\n\r\nThree days.', b"the bytes", b'filename="one.jpg"'):
        assert piece in body
    assert b"attach://file0" in body


async def test_photos_and_videos_that_follow_each_other_are_an_album() -> None:
    async with sender() as (channel, platform):
        url = f"{platform.url}/files/one.jpg"
        files = (a_file(url=url), a_file("video", "video/mp4", url=url), a_file(url=url))
        for _ in files:
            platform.will_first_answer(200, "bytes")
        platform.will_first_answer(200, sent_as(5, 6, 7))
        ids = await channel.send(replace(MESSAGE, files=files))
    assert ids == ("23:5", "23:6", "23:7")
    assert methods(platform) == ["GET", "GET", "GET", "sendMediaGroup"]
    form = platform.requests[3][2].decode()
    media = json.loads(form.split('name="media"\r\n\r\n')[1].split("\r\n")[0])
    assert [item["type"] for item in media] == ["photo", "video", "photo"]
    assert [item.get("caption") for item in media] == ["Three days.", None, None]


async def test_an_album_that_is_out_is_counted_by_its_messages() -> None:
    async with sender() as (channel, platform):
        url = f"{platform.url}/files/one.pdf"
        document = a_file("document", "application/pdf", url=url)
        files = (a_file(url=url), a_file(url=url), document)
        platform.will_first_answer(200, "bytes")
        ids = await channel.send(replace(MESSAGE, files=files, parts_sent=("23:5", "23:6")))
    assert ids == ("23:5", "23:6", "23:77")
    assert methods(platform) == ["GET", "sendDocument"]


def plan(**changes: Any) -> list[tuple[str, int, bool]]:
    """The parts of a message: method, messages, and whether there are buttons."""
    parts = parts_of(replace(MESSAGE, **changes))
    return [(part.method, part.messages, "reply_markup" in part.fields) for part in parts]


@pytest.mark.parametrize(
    ("kind", "mime_type", "size", "method"),
    [
        ("image", "image/jpeg", 1, "sendPhoto"),
        ("image", "image/png; x=y", 1, "sendPhoto"),
        ("image", None, 1, "sendPhoto"),
        ("image", "image/jpeg", 10 * 1024 * 1024 + 1, "sendDocument"),
        ("image", "image/svg+xml", 1, "sendDocument"),
        ("image", "image/gif", 1, "sendAnimation"),
        ("document", "image/jpeg", 1, "sendDocument"),
        ("audio", "audio/ogg", 1, "sendVoice"),
        ("audio", "audio/mpeg", 1, "sendAudio"),
        ("audio", "audio/wav", 1, "sendDocument"),
        ("voice", None, 1, "sendVoice"),
        ("video", "video/mp4", 1, "sendVideo"),
        ("video", "video/x-matroska", 1, "sendDocument"),
        ("hologram", None, 1, "sendDocument"),
    ],
)
def test_the_type_of_a_file_decides_how_it_goes(
    kind: str, mime_type: str | None, size: int, method: str
) -> None:
    assert plan(files=(a_file(kind, mime_type, size=size),)) == [(method, 1, False)]


def test_a_text_too_long_for_a_caption_goes_apart() -> None:
    assert plan(content="a" * 1025, files=(a_file(),)) == [
        ("sendPhoto", 1, False),
        ("sendMessage", 1, False),
    ]


def test_an_album_has_at_most_ten() -> None:
    assert plan(files=(a_file(),) * 11) == [("sendMediaGroup", 10, False), ("sendPhoto", 1, False)]


def test_buttons_are_on_the_last_part_which_is_no_album() -> None:
    choices = (Choice(id="1", title="Returns"),)
    assert plan(files=(a_file(), a_file()), choices=choices) == [
        ("sendPhoto", 1, False),
        ("sendPhoto", 1, True),
    ]
    assert plan(content="a" * 5000, choices=choices)[-1] == ("sendMessage", 1, True)


def test_a_photo_of_unknown_size_goes_alone() -> None:
    assert plan(files=(a_file(), a_file(size=None))) == [("sendPhoto", 1, False)] * 2


async def test_a_photo_that_proves_too_large_goes_as_a_document(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("romashka.channels.telegram_sending.LARGEST_PHOTO", 3)
    async with sender() as (channel, platform):
        platform.will_first_answer(200, "bytes")
        file = a_file(size=None, url=f"{platform.url}/one.jpg")
        await channel.send(replace(MESSAGE, files=(file,)))
    assert methods(platform) == ["GET", "sendDocument"]


async def test_a_picture_that_is_no_photo_goes_as_a_document() -> None:
    async with sender() as (channel, platform):
        platform.will_first_answer(200, "bytes")
        wrong = envelope(400, "Bad Request: PHOTO_INVALID_DIMENSIONS")
        platform.will_first_answer(400, wrong)
        await channel.send(replace(MESSAGE, files=(a_file(url=f"{platform.url}/one.jpg"),)))
    assert methods(platform) == ["GET", "sendPhoto", "sendDocument"]


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"content": " \n"}, "empty"),
        ({"identities": {"phone": "49155"}}, "no_address"),
        ({"identities": {"external": "../23"}}, "no_address"),
        ({"files": (a_file(size=50 * 1024 * 1024 + 1),)}, "too_large"),
    ],
)
async def test_what_cannot_be_sent_is_rejected_without_asking(
    change: dict[str, Any], code: str
) -> None:
    async with sender() as (channel, platform):
        with pytest.raises(Rejected) as caught:
            await channel.send(replace(MESSAGE, **change))
        assert (caught.value.code, platform.requests) == (code, [])


async def test_a_file_of_ours_that_proves_too_large_is_not_sent(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(telegram, "LARGEST_UPLOAD", 3)
    async with sender() as (channel, platform):
        platform.will_first_answer(200, "bytes")
        with pytest.raises(Rejected) as caught:
            await channel.send(replace(MESSAGE, files=(a_file(url=f"{platform.url}/a.jpg"),)))
        assert (caught.value.code, methods(platform)) == ("too_large", ["GET"])


async def test_a_file_of_ours_that_is_not_there_now_is_tried_again() -> None:
    async with sender() as (channel, platform):
        platform.will_first_answer(404, "gone")
        with pytest.raises(Unavailable):
            await channel.send(replace(MESSAGE, files=(a_file(url=f"{platform.url}/a.jpg"),)))
        assert methods(platform) == ["GET"]


async def test_an_account_without_token_is_blocked() -> None:
    async with sender() as (channel, _):
        with pytest.raises(AccountBlocked):
            await channel.send(replace(MESSAGE, account="2000"))


@pytest.mark.parametrize(
    ("status", "description", "expected"),
    [
        (403, "Forbidden: bot was blocked by the user", Unreachable),
        (403, "Forbidden: user is deactivated", Unreachable),
        (400, "Bad Request: message is too long", Rejected),
        (413, "Request Entity Too Large", Rejected),
        (401, "Unauthorized", AccountBlocked),
        (404, "Not Found", AccountBlocked),
        (409, "Conflict: terminated by other getUpdates request", AccountBlocked),
        (500, "Internal Server Error", Unavailable),
        (502, "Bad Gateway", Unavailable),
    ],
)
async def test_telegrams_code_decides(
    status: int, description: str, expected: type[SendError]
) -> None:
    error = await refusal(status, envelope(status, description))
    assert type(error) is expected
    assert error.code == str(status)
    assert description in error.reason


@pytest.mark.parametrize("reason", ["Bad Request: chat not found", "Bad Request: PEER_ID_INVALID"])
async def test_a_chat_that_is_not_there_is_about_the_customer(reason: str) -> None:
    error = await refusal(400, envelope(400, reason))
    assert (type(error), error.code) == (Rejected, "bad_address")


async def test_a_clash_with_getupdates_is_named() -> None:
    assert "somebody else takes" in (await refusal(409, envelope(409, "Conflict"))).reason


@pytest.mark.parametrize(("given", "pause"), [(7, 7.0), (10**9, 3600.0), (-1, None), (0, None)])
async def test_too_fast_waits_as_long_as_telegram_says(given: int, pause: float | None) -> None:
    error = await refusal(429, envelope(429, "Too Many Requests", retry_after=given))
    assert isinstance(error, Throttled)
    assert error.retry_after == pause


async def test_a_chat_that_has_moved_is_rejected_as_such() -> None:
    error = await refusal(400, envelope(400, "Bad Request: migrated", migrate_to_chat_id=-1001))
    assert (type(error), error.code) == (Rejected, "migrated")


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        (302, Unavailable),
        (429, Throttled),
        (500, Unavailable),
        (502, Ambiguous),
        (503, Unavailable),
        (504, Ambiguous),
    ],
)
async def test_without_an_envelope_the_status_decides(
    status: int, expected: type[SendError]
) -> None:
    assert type(await refusal(status, "<html>")) is expected


@pytest.mark.parametrize(
    "body",
    [
        "<html>",
        "[]",
        {"ok": True},
        {"ok": True, "result": True},
        {"ok": True, "result": {}},
        {"ok": True, "result": {"message_id": "7"}},
    ],
)
async def test_a_success_without_id_is_ambiguous(body: Any) -> None:
    assert type(await refusal(200, body)) is Ambiguous


async def test_nobody_listening_means_not_sent() -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        channel = bot(f"http://127.0.0.1:{closed.getsockname()[1]}")
        with pytest.raises(Unavailable):
            await channel.send(MESSAGE)
        await channel.close()


async def test_a_connection_lost_after_the_request_is_ambiguous() -> None:
    async with sender() as (channel, platform):
        platform.answer = None
        with pytest.raises(Ambiguous):
            await channel.send(MESSAGE)
        assert len(platform.requests) == 1


async def test_a_platform_that_never_answers_is_cut_and_ambiguous() -> None:
    async with sender(timeout_s=1.5) as (channel, platform):
        platform.answer = ""
        started = time.perf_counter()
        with pytest.raises(Ambiguous):
            await channel.send(MESSAGE)
        assert time.perf_counter() - started < 5.0


async def test_two_messages_to_one_chat_keep_the_pace() -> None:
    async with sender() as (channel, _):
        started = time.perf_counter()
        for _ in range(2):
            await channel.send(MESSAGE)
        await channel.send(replace(MESSAGE, identities={"external": "24"}))
        assert 0.99 < time.perf_counter() - started < 4.0


async def test_a_burst_beyond_the_time_limit_is_put_off_by_the_pace() -> None:
    async with sender(timeout_s=1.5) as (channel, platform):
        with pytest.raises(Throttled) as caught:
            await channel.send(replace(MESSAGE, content="a" * 4096 * 3))
        assert len(caught.value.sent) == len(platform.requests) >= 1
        assert 0 < (caught.value.retry_after or 0) <= 1.5


async def test_typing_is_shown_and_reading_is_not() -> None:
    async with sender() as (channel, platform):
        platform.will_answer(200, {"ok": True, "result": True})
        for kind in ("typing", "read"):
            signal = Signal(kind=kind, account="1065", identities={"external": "23"})
            await channel.signal(signal)
    ((line, _, body),) = platform.requests
    assert line.split(" ")[1].endswith("/sendChatAction")
    assert body == {"chat_id": "23", "action": "typing"}
