"""What Telegram holds for us: customers' files, and what it knows of a bot and its webhook."""

from __future__ import annotations

import asyncio
import logging
from typing import Any

import pytest

from romashka.channels.base import Checkable, Fetching, Replying, Signalling
from romashka.channels.errors import AccountBlocked, Rejected, SendError, Unavailable
from romashka.channels.events import Media
from romashka.channels.telegram_items import ASKED_FOR
from tests.romashka.test_telegram_send import TOKEN, bot, envelope, sender

VOICE = Media(kind="audio", id="voice1", mime_type="audio/ogg", size=9)
MB = 1024 * 1024


def path(file_path: Any) -> dict[str, Any]:
    return {"ok": True, "result": {"file_id": "voice1", "file_path": file_path}}


def test_telegram_can_fetch_signal_check_and_reply() -> None:
    channel = bot("http://127.0.0.1:1")
    for ability in (Fetching, Signalling, Checkable, Replying):
        assert isinstance(channel, ability)


async def test_a_file_is_asked_for_and_then_read() -> None:
    async with sender() as (channel, platform):
        platform.will_first_answer(200, path("voice/file_1.oga"))
        platform.will_first_answer(200, "the bytes", content_type="application/octet-stream")
        found = await channel.fetch("1065", VOICE, MB)
    assert (found.content, found.mime_type, found.filename) == (
        b"the bytes",
        "audio/ogg",
        "file_1.oga",
    )
    (asked, read) = platform.requests
    assert (asked[0], asked[2]) == (f"POST /bot{TOKEN}/getFile HTTP/1.1", {"file_id": "voice1"})
    assert read[0] == f"GET /file/bot{TOKEN}/voice/file_1.oga HTTP/1.1"


async def test_more_than_20_mb_is_not_asked_for() -> None:
    async with sender() as (channel, platform):
        large = Media(kind="video", id="v", size=20 * MB + 1)
        with pytest.raises(Rejected, match="bots may read 20 MB"):
            await channel.fetch("1065", large, 100 * MB)
        assert platform.requests == []


async def test_what_telegram_finds_too_large_is_rejected_in_its_words() -> None:
    async with sender() as (channel, platform):
        platform.will_answer(400, envelope(400, "Bad Request: file is too big"))
        with pytest.raises(Rejected, match="file is too big"):
            await channel.fetch("1065", VOICE, MB)


async def test_what_proves_larger_than_the_limit_is_rejected() -> None:
    async with sender() as (channel, platform):
        platform.will_first_answer(200, path("voice/file_1.oga"))
        platform.will_first_answer(200, "x" * 2000)
        with pytest.raises(Rejected) as caught:
            await channel.fetch("1065", VOICE, 1999)
        assert caught.value.code == "too_large"


@pytest.mark.parametrize(
    "odd", [None, 7, "", "../secret", "a/../../b", "/etc/passwd", "a?b", "a b"]
)
async def test_a_path_that_is_none_is_not_followed(odd: Any) -> None:
    async with sender() as (channel, platform):
        platform.will_answer(200, path(odd))
        with pytest.raises(Rejected):
            await channel.fetch("1065", VOICE, MB)
        assert len(platform.requests) == 1


@pytest.mark.parametrize("answer", [None, ""])
async def test_a_file_that_cannot_be_had_now_may_be_had_later(answer: str | None) -> None:
    async with sender(timeout_s=1.5) as (channel, platform):
        platform.answer = answer
        with pytest.raises(Unavailable):
            await channel.fetch("1065", VOICE, MB)
        platform.first = [platform.raw(200, path("voice/file_1.oga"))]
        with pytest.raises(Unavailable):
            await channel.fetch("1065", VOICE, MB)


async def test_the_state_of_a_bot_is_one_line() -> None:
    webhook = {
        "url": "https://shop.example.com/webhooks/telegram",
        "pending_update_count": 3,
        "last_error_message": "Connection refused",
    }
    async with sender() as (channel, platform):
        platform.will_first_answer(
            200, {"ok": True, "result": {"id": 1065, "username": "shop_bot"}}
        )
        platform.will_first_answer(200, {"ok": True, "result": webhook})
        line = await channel.check("1065")
    assert line == (
        "@shop_bot, https://shop.example.com/webhooks/telegram, 3 waiting,"
        " last error: Connection refused"
    )


async def test_a_refused_token_is_said() -> None:
    async with sender() as (channel, platform):
        platform.will_answer(401, envelope(401, "Unauthorized"))
        with pytest.raises(AccountBlocked):
            await channel.check("1065")


async def test_registering_sends_the_secret_and_all_we_read() -> None:
    async with sender() as (channel, platform):
        platform.will_answer(200, {"ok": True, "result": True})
        await channel.register("1065", "https://shop.example.com/webhooks/telegram")
    body = platform.requests[0][2]
    assert body["secret_token"] == "daisy"
    assert body["allowed_updates"] == list(ASKED_FOR)
    assert body["drop_pending_updates"] is False


@pytest.mark.parametrize("answer", [None, "", "HTTP/1.1 500 X\r\ncontent-length: 0\r\n\r\n"])
async def test_the_token_is_in_no_error_and_no_log(
    answer: str | None, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.WARNING)
    async with sender(timeout_s=1.0) as (channel, platform):
        platform.answer = answer
        results = await asyncio.gather(
            channel.check("1065"), channel.fetch("1065", VOICE, MB), return_exceptions=True
        )
    assert all(isinstance(error, SendError) for error in results)
    told = [caplog.text, *map(str, results), *map(repr, results), repr(channel)]
    assert not [text for text in told if "canary" in text]
