"""Rings become events and nothing else."""

from __future__ import annotations

import asyncio
import time

from worker.bells import Bells, wait_for_ring


async def test_unknown_event_is_left_alone() -> None:
    bells = Bells()
    bells.ring("echo", {})
    assert not bells.reply_jobs.is_set() and not bells.deliveries.is_set()


async def test_absurd_delay_rings_at_once() -> None:
    bells = Bells()
    bells.ring("reply_jobs", {"delay_ms": 10**12})
    assert bells.reply_jobs.is_set()


async def test_ring_during_work_is_not_lost() -> None:
    bell = asyncio.Event()
    bell.set()
    started = time.monotonic()
    await wait_for_ring(bell, 5)
    assert time.monotonic() - started < 1
    assert not bell.is_set()


async def test_waiting_ends_without_a_ring() -> None:
    await asyncio.wait_for(wait_for_ring(asyncio.Event(), 0.01), 1)
