"""Broadcasts go over a real gateway to the real client; nobody ever waits for them."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from realtime import AsyncRealtimeClient
from structlog.testing import capture_logs

from local.postgres import Postgres
from tests.waiting import wait_until_async
from tests.worker.gateways import Gateway
from worker.broadcasts import MOST_IN_A_POST, MOST_TURNS, Broadcast, BroadcastLoop, Broadcasts
from worker.patience import end

TOPIC = "conversation:c-1"
DEAD = "http://127.0.0.1:9"


def delta(text: str, topic: str = TOPIC) -> Broadcast:
    """A text that the next one replaces."""
    return Broadcast(topic=topic, event="ai_delta", payload={"text": text}, passing=True)


def mark(event: str, topic: str = TOPIC) -> Broadcast:
    """A beginning or an end."""
    return Broadcast(topic=topic, event=event, payload={})


@pytest.fixture
def gateway(
    server: Postgres, platform_database: Callable[[], str], jwt_secret: str, tmp_path: Path
) -> Iterator[Gateway]:
    """A gateway on a database of its own."""
    url = platform_database()
    superuser = server.url("supabase_admin", database=url.rsplit("/", 1)[1])
    gateway = Gateway(superuser, jwt_secret, tmp_path)
    gateway.start()
    yield gateway
    gateway.kill()


@asynccontextmanager
async def sender(broadcasts: Broadcasts, url: str, key: str = "key") -> AsyncIterator[None]:
    """A loop that sends for the length of a block."""
    running = asyncio.create_task(BroadcastLoop(broadcasts, url, key).run())
    yield
    await end([running])


@asynccontextmanager
async def listener(gateway: Gateway) -> AsyncIterator[list[tuple[str, str]]]:
    """The real client on the private topic; the list fills with events and texts."""
    heard: list[tuple[str, str]] = []
    client = AsyncRealtimeClient(f"{gateway.url}/realtime/v1", token=gateway.key)
    config: Any = {"config": {"private": True}}
    channel = client.channel(TOPIC, config)
    joined = asyncio.Event()
    for event in ("ai_start", "ai_delta", "ai_done"):
        channel.on_broadcast(
            event, lambda what: heard.append((what["event"], what["payload"].get("text", "")))
        )
    await channel.subscribe(lambda state, _: joined.set() if state == "SUBSCRIBED" else None)
    await asyncio.wait_for(joined.wait(), 20)
    yield heard
    await client.close()


async def test_the_real_client_hears_a_private_topic_in_order(gateway: Gateway) -> None:
    broadcasts = Broadcasts()
    async with listener(gateway) as heard, sender(broadcasts, gateway.url, gateway.key):
        for one in (mark("ai_start"), delta("a"), delta("a b"), mark("ai_done")):
            broadcasts.add("j-1", one)
        await wait_until_async(lambda: len(heard) == 3)
    assert heard == [("ai_start", ""), ("ai_delta", "a b"), ("ai_done", "")]


async def test_an_end_outlives_a_realtime_that_was_away_and_a_delta_does_not(
    gateway: Gateway,
) -> None:
    broadcasts = Broadcasts()
    async with listener(gateway) as heard:
        with capture_logs() as logs:
            async with sender(broadcasts, DEAD):
                broadcasts.add("j-1", delta("a"))
                broadcasts.add("j-1", mark("ai_done"))
                await wait_until_async(lambda: logs)
            async with sender(broadcasts, gateway.url, gateway.key):
                await wait_until_async(lambda: heard)
    assert heard == [("ai_done", "")]
    assert [line["event"] for line in logs] == ["realtime takes no broadcasts"]


async def test_a_frozen_realtime_delays_nobody_and_is_told_once(gateway: Gateway) -> None:
    broadcasts = Broadcasts()
    gateway.freeze()
    with capture_logs() as logs:
        async with sender(broadcasts, gateway.url, gateway.key):
            started = time.monotonic()
            for number in range(1000):
                broadcasts.add(f"j-{number}", delta("a"))
            assert time.monotonic() - started < 0.5
            await wait_until_async(lambda: logs, 5)
            await wait_until_async(lambda: len(broadcasts.take()) == 0)
    gateway.thaw()
    assert [line["event"] for line in logs] == ["realtime takes no broadcasts"]


def test_the_queue_is_bounded_by_turns_and_by_turn() -> None:
    broadcasts = Broadcasts()
    for number in range(MOST_TURNS + 1):
        for _ in range(20):
            broadcasts.add(f"j-{number}", mark("ai_start"))
    taken = 0
    while due := broadcasts.take():
        assert len(due) <= MOST_IN_A_POST
        taken += len(due)
    assert taken == MOST_TURNS * 8
    assert not broadcasts.bell.is_set()


def test_what_is_offered_again_stays_before_what_came_meanwhile() -> None:
    broadcasts = Broadcasts()
    broadcasts.add("j-1", mark("ai_start"))
    broadcasts.add("j-1", delta("a"))
    broadcasts.add("j-1", mark("ai_done"))
    due = broadcasts.take()
    broadcasts.add("j-1", mark("ai_abort"))
    broadcasts.offer_again(due)
    again = broadcasts.take()
    assert [one.event for _, one in again] == ["ai_start", "ai_done", "ai_abort"]
    broadcasts.offer_again(again)
    assert [one.event for _, one in broadcasts.take()] == ["ai_abort"]
