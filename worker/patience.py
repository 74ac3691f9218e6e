"""How the loops wait: for a database that is away (said once), and for their own tasks."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Collection, Sequence
from contextlib import suppress
from typing import Any

import structlog

from romashka.database import DatabaseAway, DatabaseError

# SQLSTATEs that say that migrations are not there yet: unknown function, unknown table.
MISSING_STATES = ("42883", "42P01")
PAUSES_S = (0.1, 0.2, 0.5, 1.0)
CANCEL_AGAIN_S = 0.5

log = structlog.get_logger(__name__)


class Outage:
    """One per process: logs the first failed call and the first that works again."""

    def __init__(self) -> None:
        self._since: float | None = None
        self._failures = 0

    async def wait(self, error: DatabaseError) -> None:
        """Notes a failed call and waits a moment, longer the longer it lasts."""
        if self._since is None:
            self._since = time.monotonic()
            say = log.warning if isinstance(error, DatabaseAway) else log.error
            # What is not there (a function, a table) is named: that text holds no customer's words.
            missing = {"missing": str(error)[:300]} if error.code in MISSING_STATES else {}
            say("database is away", code=error.code, error=type(error).__name__, **missing)
        self._failures += 1
        await asyncio.sleep(PAUSES_S[min(self._failures, len(PAUSES_S)) - 1])

    def over(self) -> None:
        """Notes a call that worked."""
        if self._since is not None:
            log.warning("database is back", away_s=round(time.monotonic() - self._since, 1))
        self._since, self._failures = None, 0


async def all_of(tasks: Collection[asyncio.Task[Any]], seconds: float) -> None:
    """Waits for all of the tasks, at most this long; what they raise is theirs."""
    if tasks:
        await asyncio.wait(tasks, timeout=seconds)


async def first_of(tasks: Collection[asyncio.Task[Any]], seconds: float) -> None:
    """Waits for one of the tasks, at most this long."""
    if tasks:
        await asyncio.wait(tasks, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)


async def end(tasks: Sequence[asyncio.Future[Any]]) -> None:
    """Cancels tasks and waits until they are gone.

    Again where need be: a task that is about to get a connection, or whose clean-up raises, may
    miss the first call. Whoever is cancelled meanwhile ends when they have ended.
    """
    cancelled = None
    for task in tasks:
        task.cancel()
    for task in tasks:
        while not task.done():
            try:
                await asyncio.wait([task], timeout=CANCEL_AGAIN_S)
            except asyncio.CancelledError as error:
                cancelled = error
            task.cancel()
        with suppress(asyncio.CancelledError, Exception):  # they were asked to end, in any way
            task.result()
    if cancelled is not None:
        raise cancelled
