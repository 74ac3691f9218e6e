"""What every living worker does on a timer: the safety nets, the housekeeping, its heartbeat."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

import structlog

from romashka.database import DatabaseError, acall
from worker.faults import fault
from worker.patience import end
from worker.shared import Shared

SWEEP_EVERY_S = 0.25
HEARTBEAT_EVERY_S = 1.0
UPKEEP_EVERY_S = 5.0
# A sweep or a heartbeat that takes longer than this is of no use to anybody.
STATEMENT_S = 2.0
UPKEEP_STATEMENT_S = 30.0

Work = Callable[[], Awaitable[None]]

log = structlog.get_logger(__name__)


class Upkeep:
    """Runs the timers; `state` describes this worker in its heartbeat."""

    def __init__(self, shared: Shared, state: Callable[[], Mapping[str, Any]]) -> None:
        self._shared = shared
        self._outage = shared.outage
        self._state = state

    async def run(self) -> None:
        """All three timers, until cancelled.

        No TaskGroup: it cancels its tasks once, and waits for ever for one that missed it.
        """
        timers = [
            asyncio.create_task(self._every(SWEEP_EVERY_S, self.sweep)),
            asyncio.create_task(self._every(HEARTBEAT_EVERY_S, self.beat)),
            asyncio.create_task(self._every(UPKEEP_EVERY_S, self.keep_up)),
        ]
        try:
            await asyncio.gather(*timers)
        finally:
            await end(timers)

    async def sweep(self) -> None:
        """Hands over what is overdue, some at a time, and marks lost sends unknown."""
        pool = self._shared.pool
        while (await acall(pool, "private.sweep", timeout_s=STATEMENT_S))["handed_over"]:
            continue

    async def beat(self) -> None:
        """Says that this worker lives, and how it is."""
        await acall(
            self._shared.pool,
            "private.heartbeat",
            "worker",
            self._shared.name,
            dict(self._state()),
            timeout_s=STATEMENT_S,
        )

    async def keep_up(self) -> None:
        """Old metrics and raw requests go, alerts rise and fall."""
        await acall(self._shared.pool, "private.upkeep", timeout_s=UPKEEP_STATEMENT_S)

    async def _every(self, seconds: float, work: Work) -> None:
        loop = asyncio.get_running_loop()
        due = loop.time()
        while True:
            try:
                await work()
            except DatabaseError as error:
                await self._outage.wait(error)
            except Exception as error:
                log.error("upkeep failed", work=work.__name__, **fault(error))
            else:
                self._outage.over()
            due = max(due + seconds, loop.time())
            await asyncio.sleep(due - loop.time())
