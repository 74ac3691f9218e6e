"""The doorbell against a real gateway: it rings, it comes back, and nothing it meets kills it."""

from __future__ import annotations

import asyncio
import signal
import time
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path
from typing import Any

import jwt
import psycopg
import pytest
from psycopg.types.json import Jsonb

from local.gateway.project import secret_key
from local.postgres import Postgres
from tests.waiting import wait_until_async
from tests.worker.gateways import Gateway
from worker.bells import Bells, Cancel
from worker.doorbell import Doorbell
from worker.patience import end

# A doorbell that rings does so at once: only one that never does is waited for so long.
WITHIN_S = 20.0


class Line:
    """A gateway, the address of its database, and rings sent as the database sends them."""

    def __init__(self, gateway: Gateway, url: str) -> None:
        self.gateway = gateway
        self._url = url

    def ring(self, event: str, payload: dict[str, Any]) -> None:
        with psycopg.connect(self._url) as connection:
            connection.execute(
                "select realtime.send(%s, %s, 'worker', true)", (Jsonb(payload), event)
            )


@pytest.fixture(autouse=True)
def never_deaf(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is lost is noticed by what it is, and not only because nothing was heard for long."""
    monkeypatch.setattr("worker.doorbell.DEAF_AFTER_S", 600.0)


@pytest.fixture
def line(
    server: Postgres, platform_database: Callable[[], str], jwt_secret: str, tmp_path: Path
) -> Iterator[Line]:
    url = platform_database()
    superuser = server.url("supabase_admin", database=url.rsplit("/", 1)[1])
    gateway = Gateway(superuser, jwt_secret, tmp_path)
    gateway.start()
    yield Line(gateway, url)
    gateway.kill()


@pytest.fixture
async def bells(line: Line) -> AsyncIterator[Bells]:
    """The bells of a doorbell that is joined."""
    async with listening(line) as (doorbell, bells):
        await wait_until_async(lambda: doorbell.state == "joined")
        yield bells


class listening:
    """A doorbell that runs for the length of a block."""

    def __init__(self, line: Line) -> None:
        self.bells = Bells()
        self.doorbell = Doorbell(line.gateway.url, line.gateway.key, "test:1", self.bells)

    async def __aenter__(self) -> tuple[Doorbell, Bells]:
        self._task = asyncio.create_task(self.doorbell.run())
        return self.doorbell, self.bells

    async def __aexit__(self, *_: object) -> None:
        await end([self._task])


async def test_joining_wakes_every_loop_to_catch_up(bells: Bells) -> None:
    assert bells.reply_jobs.is_set()
    assert bells.deliveries.is_set()


async def test_ring_wakes_the_loop_it_is_for(line: Line, bells: Bells) -> None:
    bells.reply_jobs.clear()
    bells.deliveries.clear()
    line.ring("deliveries", {})
    await asyncio.wait_for(bells.deliveries.wait(), WITHIN_S)
    assert not bells.reply_jobs.is_set()


async def test_ring_with_a_delay_wakes_when_the_turn_is_due(line: Line, bells: Bells) -> None:
    bells.reply_jobs.clear()
    started = time.monotonic()
    line.ring("reply_jobs", {"delay_ms": 300})
    await asyncio.wait_for(bells.reply_jobs.wait(), WITHIN_S)
    assert time.monotonic() - started >= 0.3


async def test_cancel_says_which_claim(line: Line, bells: Bells) -> None:
    line.ring("cancel", {"job_id": "j", "attempt": 3})
    assert await asyncio.wait_for(bells.cancels.get(), WITHIN_S) == Cancel("j", 3)


async def test_ring_that_cannot_be_read_is_survived(line: Line, bells: Bells) -> None:
    line.ring("cancel", {"job_id": ["no"]})
    line.ring("reply_jobs", {"delay_ms": "soon"})
    line.ring("cancel", {"job_id": "j"})
    assert await asyncio.wait_for(bells.cancels.get(), WITHIN_S) == Cancel("j", None)


async def test_raising_callback_does_not_end_the_listening(
    line: Line, bells: Bells, monkeypatch: pytest.MonkeyPatch
) -> None:
    raised = asyncio.Event()

    def broken(self: Bells, event: str, payload: object) -> None:
        raised.set()
        raise RuntimeError("a bug")

    with monkeypatch.context() as patch:
        patch.setattr(Bells, "ring", broken)
        line.ring("deliveries", {})
        await asyncio.wait_for(raised.wait(), WITHIN_S)
    line.ring("cancel", {"job_id": "j"})
    assert await asyncio.wait_for(bells.cancels.get(), WITHIN_S) == Cancel("j", None)


async def test_gateway_that_is_away_at_the_start_is_joined_later(line: Line) -> None:
    line.gateway.kill()
    async with listening(line) as (doorbell, _):
        await asyncio.to_thread(line.gateway.start)
        await wait_until_async(lambda: doorbell.state == "joined", timeout=WITHIN_S)


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM])
async def test_killed_gateway_is_joined_again_with_a_catch_up(
    line: Line, number: signal.Signals
) -> None:
    async with listening(line) as (doorbell, bells):
        await wait_until_async(lambda: doorbell.state == "joined")
        await asyncio.to_thread(line.gateway.kill, number)
        await wait_until_async(lambda: doorbell.state == "away", timeout=WITHIN_S)
        bells.reply_jobs.clear()
        await asyncio.to_thread(line.gateway.start)
        await asyncio.wait_for(bells.reply_jobs.wait(), WITHIN_S)
        await wait_until_async(lambda: doorbell.state == "joined")
        line.ring("cancel", {"job_id": "j"})
        assert await asyncio.wait_for(bells.cancels.get(), WITHIN_S) == Cancel("j", None)


async def test_dead_listening_task_is_replaced(line: Line, monkeypatch: pytest.MonkeyPatch) -> None:
    async with listening(line) as (doorbell, bells):
        await wait_until_async(lambda: doorbell.state == "joined")
        bells.reply_jobs.clear()
        # What an exception inside the library does: the task ends, the client looks connected.
        (listen,) = (
            task
            for task in asyncio.all_tasks()
            if getattr(task.get_coro(), "__qualname__", "") == "AsyncRealtimeClient._listen"
        )
        listen.cancel()
        await asyncio.wait_for(bells.reply_jobs.wait(), WITHIN_S)
        line.ring("cancel", {"job_id": "j"})
        assert await asyncio.wait_for(bells.cancels.get(), WITHIN_S) == Cancel("j", None)


async def test_frozen_gateway_is_noticed_and_joined_again(
    line: Line, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("worker.doorbell.ECHO_EVERY_S", 0.3)
    monkeypatch.setattr("worker.doorbell.DEAF_AFTER_S", 1.0)
    async with listening(line) as (doorbell, bells):
        await wait_until_async(lambda: doorbell.state == "joined")
        line.gateway.freeze()
        await wait_until_async(lambda: doorbell.state == "away", timeout=WITHIN_S)
        line.gateway.thaw()
        await wait_until_async(lambda: doorbell.state == "joined", timeout=WITHIN_S)
        line.ring("cancel", {"job_id": "j"})
        assert await asyncio.wait_for(bells.cancels.get(), WITHIN_S) == Cancel("j", None)


async def test_wrong_key_leaves_the_doorbell_away(line: Line) -> None:
    line.gateway.key = "wrong"
    async with listening(line) as (doorbell, bells):
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(bells.reply_jobs.wait(), 1)
        assert doorbell.state == "away"


async def test_secret_key_of_the_newer_form_joins(line: Line, jwt_secret: str) -> None:
    line.gateway.key = secret_key(jwt_secret)
    async with listening(line) as (doorbell, bells):
        await wait_until_async(lambda: doorbell.state == "joined")
        line.ring("cancel", {"job_id": "j"})
        assert await asyncio.wait_for(bells.cancels.get(), WITHIN_S) == Cancel("j", None)


async def test_key_that_runs_out_is_noticed_at_once(line: Line, jwt_secret: str) -> None:
    claims = {"role": "service_role", "exp": int(time.time()) + 4}
    line.gateway.key = jwt.encode(claims, jwt_secret)
    async with listening(line) as (doorbell, _):
        await wait_until_async(lambda: doorbell.state == "joined")
        await wait_until_async(lambda: doorbell.state == "away", timeout=WITHIN_S)
