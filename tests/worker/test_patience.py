"""How the loops wait for their own tasks."""

from __future__ import annotations

import asyncio

from worker.patience import end


async def test_a_task_that_misses_the_first_call_to_end_is_ended_by_the_next():
    missed = []

    async def follows_on() -> None:
        while True:
            try:
                await asyncio.sleep(60)
            except asyncio.CancelledError:
                if missed:
                    raise
                missed.append(True)

    task = asyncio.create_task(follows_on())
    await asyncio.sleep(0)
    await end([task])
    assert task.cancelled()
    assert missed


async def test_who_ends_tasks_and_is_ended_meanwhile_leaves_none_behind():
    missed = []

    async def follows_on() -> None:
        while True:
            try:
                await asyncio.sleep(60)
            except asyncio.CancelledError:
                missed.append(True)
                if len(missed) > 2:
                    raise

    inner = asyncio.create_task(follows_on())

    async def owns() -> None:
        try:
            await asyncio.gather(inner)
        finally:
            await end([inner])

    outer = asyncio.create_task(owns())
    await asyncio.sleep(0)
    await end([outer])
    assert inner.done()
    assert outer.cancelled()
