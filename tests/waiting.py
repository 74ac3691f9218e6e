"""Waits for a fact to become true, with a deadline, instead of sleeping."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import TypeVar

T = TypeVar("T")
PAUSE_S = 0.02


def wait_until(fact: Callable[[], T], timeout: float = 10.0) -> T:
    """Calls `fact` until it gives something true and gives that; fails after `timeout` seconds."""
    deadline = time.monotonic() + timeout
    while not (found := fact()):
        if time.monotonic() > deadline:
            raise AssertionError(f"not true within {timeout} s: {describe(fact)}")
        time.sleep(PAUSE_S)
    return found


async def wait_until_async(fact: Callable[[], T | Awaitable[T]], timeout: float = 10.0) -> T:
    """Does the same on the event loop; `fact` may be a coroutine function."""
    deadline = time.monotonic() + timeout
    while True:
        found = fact()
        value: T = await found if isinstance(found, Awaitable) else found
        if value:
            return value
        if time.monotonic() > deadline:
            raise AssertionError(f"not true within {timeout} s: {describe(fact)}")
        await asyncio.sleep(PAUSE_S)


def describe(fact: Callable[..., object]) -> str:
    """Gives a name for what was waited for."""
    return getattr(fact, "__name__", repr(fact))
