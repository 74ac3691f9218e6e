"""Sending by WhatsApp, against a platform on a real socket."""

from __future__ import annotations

import asyncio
import socket
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any

import pytest

from romashka.channels import build_channels
from romashka.channels.base import Channel, OutboundFile, OutboundMessage
from romashka.channels.errors import (
    AccountBlocked,
    Ambiguous,
    Rejected,
    SendError,
    Throttled,
    Unavailable,
)
from romashka.settings import Settings
from tests.romashka.scripted_platform import ScriptedPlatform, scripted_platform

MESSAGE = OutboundMessage(
    delivery_id="8c5e4c0e-97a4-4b57-8a3e-2f6f3d0a9a01",
    message_id="m1",
    account="1065",
    identities={"phone": "4915550001111"},
    content="Three days.",
)


def whatsapp(url: str, timeout_s: float = 5.0) -> Channel:
    return build_channels(
        Settings(
            whatsapp_phone_number_id="1065",
            whatsapp_api_token="token-1",
            whatsapp_api_url=url,
            send_timeout_s=timeout_s,
        )
    )["whatsapp"]


def a_file(kind: str, url: str) -> dict[str, Any]:
    return {"files": (OutboundFile(kind=kind, url=url),)}


@asynccontextmanager
async def sender(timeout_s: float = 5.0) -> AsyncIterator[tuple[Channel, ScriptedPlatform]]:
    async with scripted_platform() as platform:
        platform.will_answer(200, {"messages": [{"id": "wamid.new"}]})
        channel = whatsapp(platform.url, timeout_s)
        yield channel, platform
        await channel.close()


async def refusal(status: int, body: Any, **headers: str) -> SendError:
    async with sender() as (channel, platform):
        platform.will_answer(status, body, **headers)
        with pytest.raises(SendError) as caught:
            await channel.send(MESSAGE)
    return caught.value


async def test_a_text_goes_out_and_gives_the_platforms_id() -> None:
    async with sender() as (channel, platform):
        assert await channel.send(MESSAGE) == ("wamid.new",)
    ((line, headers, body),) = platform.requests
    assert line == "POST /v25.0/1065/messages HTTP/1.1"
    assert headers["authorization"] == "bearer token-1"
    assert body == {
        "messaging_product": "whatsapp",
        "recipient_type": "individual",
        "to": "4915550001111",
        "type": "text",
        "text": {"body": "Three days."},
        "biz_opaque_callback_data": MESSAGE.delivery_id,
    }


async def test_a_customer_without_phone_is_addressed_by_user_id() -> None:
    async with sender() as (channel, platform):
        await channel.send(replace(MESSAGE, identities={"bsuid": "CO.11"}))
    body = platform.requests[0][2]
    assert body["recipient"] == "CO.11"
    assert "to" not in body


async def test_a_reply_names_what_it_answers() -> None:
    async with sender() as (channel, platform):
        await channel.send(replace(MESSAGE, reply_to="wamid.theirs"))
    assert platform.requests[0][2]["context"] == {"message_id": "wamid.theirs"}


async def test_connections_are_used_again() -> None:
    async with sender() as (channel, platform):
        for _ in range(3):
            await channel.send(MESSAGE)
        assert len(platform.requests) == 3


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"content": " \n"}, "empty"),
        ({"identities": {"email": "a@example.com"}}, "no_address"),
        ({"window_open": False}, "131047"),
        (a_file("hologram", "https://x.example/a"), "unknown_type"),
    ],
)  # fmt: skip
async def test_what_cannot_be_sent_is_rejected_without_asking(
    change: dict[str, Any], code: str
) -> None:
    async with sender() as (channel, platform):
        with pytest.raises(Rejected) as caught:
            await channel.send(replace(MESSAGE, **change))
        assert caught.value.code == code
        assert platform.requests == []


async def test_an_account_without_token_is_blocked() -> None:
    async with sender() as (channel, _):
        with pytest.raises(AccountBlocked):
            await channel.send(replace(MESSAGE, account="2000"))


@pytest.mark.parametrize(
    ("status", "code", "expected"),
    [
        (400, 130429, Throttled),
        (400, 131056, Throttled),
        (400, 80007, Throttled),
        (500, 131000, Unavailable),
        (400, 131016, Unavailable),
        (400, 131047, Rejected),
        (400, 131026, Rejected),
        (400, 132001, Rejected),
        (400, 100, Rejected),
        (400, 424242, Rejected),
        (500, 424242, Unavailable),
        (401, 190, AccountBlocked),
        (400, 131042, AccountBlocked),
        (403, 200, AccountBlocked),
        (400, 368, AccountBlocked),
    ],
)
async def test_the_platforms_code_decides(
    status: int, code: int, expected: type[SendError]
) -> None:
    error = await refusal(status, {"error": {"code": code, "message": "no"}})
    assert (type(error), error.code, error.reason) == (expected, str(code), "no")


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        (429, Throttled),
        (500, Unavailable),
        (503, Unavailable),
        (302, Unavailable),
        (502, Ambiguous),
        (504, Ambiguous),
        (404, Rejected),
        (401, AccountBlocked),
    ],
)
async def test_without_a_code_the_status_decides(status: int, expected: type[SendError]) -> None:
    assert type(await refusal(status, "<html>")) is expected


@pytest.mark.parametrize("body", ["<html>", "[]", {"messages": []}, {"messages": [{"id": 7}]}])
async def test_a_success_without_id_is_ambiguous(body: Any) -> None:
    assert type(await refusal(200, body)) is Ambiguous


@pytest.mark.parametrize(
    ("header", "pause"),
    [("2", 2.0), ("99999999", 3600.0), ("-5", None), ("soon", None), ("", None)],
)
async def test_retry_after_is_honoured_within_reason(header: str, pause: float | None) -> None:
    error = await refusal(429, {}, retry_after=header)
    assert isinstance(error, Throttled)
    assert error.retry_after == pause


async def test_of_two_pauses_the_longer_one_counts() -> None:
    error = await refusal(400, {"error": {"code": 131048}}, retry_after="7")
    assert isinstance(error, Throttled)
    assert error.retry_after == 3600.0


async def test_retry_after_may_be_a_date() -> None:
    error = await refusal(429, {}, retry_after="Fri, 01 Jan 2100 00:00:00 GMT")
    assert isinstance(error, Throttled)
    assert error.retry_after == 3600.0


async def test_too_many_to_one_customer_waits_six_seconds() -> None:
    error = await refusal(400, {"error": {"code": 131056}})
    assert isinstance(error, Throttled)
    assert error.retry_after == 6.0


async def test_nobody_listening_means_not_sent() -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        channel = whatsapp(f"http://127.0.0.1:{closed.getsockname()[1]}")
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


async def test_a_platform_that_trickles_is_cut_at_the_deadline() -> None:
    async with sender(timeout_s=1.5) as (channel, platform):
        platform.pause_s = 0.05
        started = time.perf_counter()
        with pytest.raises(Ambiguous):
            await channel.send(MESSAGE)
        assert time.perf_counter() - started < 5.0


async def test_cancelling_a_send_is_no_send_error() -> None:
    async with sender() as (channel, platform):
        platform.answer = ""
        task = asyncio.create_task(channel.send(MESSAGE))
        await asyncio.sleep(0)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
