"""Messages that wait for their turn."""

from __future__ import annotations

import asyncio

import pytest

from romashka.channels import pacing
from romashka.channels.errors import Throttled
from romashka.channels.pacing import Pace


async def seconds(pace: Pace, *chats: str) -> float:
    """How long it takes until each of these has had its turn."""
    started = asyncio.get_running_loop().time()
    for chat in chats:
        await pace.turn(chat, 10)
    return asyncio.get_running_loop().time() - started


async def test_a_first_message_waits_for_nobody() -> None:
    assert await seconds(Pace(chat_s=5, all_s=0), "a", "b", "c") < 4


async def test_one_chat_gets_a_message_in_its_time() -> None:
    assert await seconds(Pace(chat_s=0.1, all_s=0), "a", "a", "a") >= 0.2


async def test_all_chats_together_keep_the_pace_of_all() -> None:
    assert await seconds(Pace(chat_s=0, all_s=0.1), "a", "b", "c") >= 0.2


async def test_a_turn_too_far_away_is_refused_at_once_with_its_time() -> None:
    pace = Pace(chat_s=60, all_s=0)
    await pace.turn("a", 1)
    with pytest.raises(Throttled) as caught:
        await pace.turn("a", 1)
    assert 50 < (caught.value.retry_after or 0) <= 60


async def test_the_pause_is_counted_from_the_platforms_answer() -> None:
    pace = Pace(chat_s=0.2, all_s=0.15)
    await pace.turn("a", 1)
    await pace.turn("b", 1)
    pace.taken("a")
    assert await seconds(pace, "a") >= 0.19


async def test_a_refused_message_takes_no_turn() -> None:
    pace = Pace(chat_s=0.5, all_s=0)
    await pace.turn("a", 1)
    for _ in range(3):
        with pytest.raises(Throttled):
            await pace.turn("a", 0.01)
    assert await seconds(pace, "a") < 1.5


async def test_chats_whose_turn_is_over_are_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pacing, "MOST_CHATS", 10)
    pace = Pace(chat_s=0, all_s=0)
    for chat in range(100):
        await pace.turn(str(chat), 1)
    assert len(pace._next_of) <= 11
