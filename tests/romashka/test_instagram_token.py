"""Renewing the tokens of Instagram's own login."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from romashka.channels.errors import AccountBlocked, SendError, Throttled, Unavailable
from romashka.channels.instagram_token import due, renew
from tests.romashka.scripted_platform import scripted_platform

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


@pytest.mark.parametrize(
    ("left", "age", "is_due"),
    [
        (9 * DAY, 51 * DAY, True),
        (1 * HOUR, 51 * DAY, True),
        (10 * DAY, 50 * DAY, False),
        (59 * DAY, 1 * DAY, False),
        (5 * DAY, 23 * HOUR, False),
        (5 * DAY, 24 * HOUR, False),
        (5 * DAY, 25 * HOUR, True),
        (0 * DAY, 60 * DAY, False),
        (-1 * HOUR, 60 * DAY, False),
    ],
)
def test_a_token_is_due_when_it_is_old_enough_and_near_its_end(
    left: timedelta, age: timedelta, is_due: bool
) -> None:
    assert due(NOW + left, NOW - age, NOW) is is_due


async def test_a_new_token_comes_with_its_end() -> None:
    async with scripted_platform() as platform:
        platform.will_answer(200, {"access_token": "IGAAnew", "expires_in": 5_184_000})
        found = await renew(platform.url, "IGAAold", 5.0, NOW)
    assert (found.token, found.expires_at) == ("IGAAnew", NOW + timedelta(days=60))
    assert "IGAAnew" not in repr(found)
    assert platform.requests[0][0] == (
        "GET /refresh_access_token?grant_type=ig_refresh_token&access_token=IGAAold HTTP/1.1"
    )


@pytest.mark.parametrize(
    ("status", "body", "expected"),
    [
        (401, {"error": {"code": 190}}, AccountBlocked),
        (400, {"error": {"code": 190, "error_subcode": 463}}, AccountBlocked),
        (400, {"error": {"code": 4}}, Throttled),
        (500, {"error": {"code": 2}}, Unavailable),
        (503, "", Unavailable),
        (200, {"access_token": "", "expires_in": 5}, Unavailable),
        (200, {"access_token": "IGAAnew"}, Unavailable),
        (200, {"access_token": "IGAAnew", "expires_in": True}, Unavailable),
        (200, {"access_token": "IGAAnew", "expires_in": "60"}, Unavailable),
        (200, {"access_token": "IGAAnew", "expires_in": -1}, Unavailable),
        (200, "<html>", Unavailable),
    ],
)
async def test_what_is_no_new_token_says_whether_to_ask_again(
    status: int, body: Any, expected: type[SendError]
) -> None:
    async with scripted_platform() as platform:
        platform.will_answer(status, body)
        with pytest.raises(expected) as caught:
            await renew(platform.url, "IGAAold", 5.0)
    assert "IGAAold" not in str(caught.value)


async def test_a_life_of_any_length_is_believed_within_reason() -> None:
    async with scripted_platform() as platform:
        platform.will_answer(200, {"access_token": "IGAAnew", "expires_in": 10**30})
        found = await renew(platform.url, "IGAAold", 5.0, NOW)
    assert found.expires_at == NOW + timedelta(days=90)


@pytest.mark.parametrize("answer", [None, ""])
async def test_a_platform_that_hangs_up_or_hangs_is_asked_again(answer: str | None) -> None:
    async with scripted_platform() as platform:
        platform.answer = answer
        with pytest.raises(Unavailable) as caught:
            await renew(platform.url, "IGAAold", 1.0)
    assert "IGAAold" not in str(caught.value)
