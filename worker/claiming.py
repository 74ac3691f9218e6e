"""What every loop that claims rows does: claim as many as there is room for, work, wait, go on."""

from __future__ import annotations

import asyncio
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from typing import Any

import structlog

from romashka.database import DatabaseError
from worker.bells import wait_for_ring
from worker.faults import fault
from worker.patience import all_of, first_of
from worker.shared import Shared

Row = Mapping[str, Any]

log = structlog.get_logger(__name__)


class ClaimLoop(ABC):
    """Claims rows and works on several at a time until told to stop.

    `concurrency` rows at most are in hand; the loop looks by itself every `sweep_s` seconds, and at
    once when `bell` rings. A claim that is lost with this process ends with its lease.
    """

    name = "work"

    def __init__(
        self, shared: Shared, bell: asyncio.Event, *, concurrency: int, batch: int, sweep_s: float
    ) -> None:
        self._shared = shared
        self._outage = shared.outage
        self._bell = bell
        self._concurrency, self._batch, self._sweep_s = concurrency, batch, sweep_s
        self._tasks: set[asyncio.Task[None]] = set()
        self._stopping = False

    @abstractmethod
    async def claim(self, room: int) -> Sequence[Row]:
        """At most `room` rows that are ours now."""

    @abstractmethod
    async def work(self, row: Row) -> None:
        """Do what a claimed row asks for, and record it."""

    @property
    def active(self) -> int:
        """How many rows are in hand."""
        return len(self._tasks)

    async def run(self) -> None:
        """Claims and works until `stop`; one failed step never ends it."""
        while not self._stopping:
            try:
                await self._step()
            except DatabaseError as error:
                await self._outage.wait(error)
            except Exception as error:
                log.error("a step of a loop failed", loop=self.name, **fault(error))
                await asyncio.sleep(self._sweep_s)

    def stop(self) -> None:
        """Claims nothing more; what is in hand goes on."""
        self._stopping = True
        self._bell.set()

    async def drain(self, seconds: float) -> None:
        """Waits for what is in hand; what is left then ends with its lease."""
        await all_of(self._tasks, seconds)
        for task in self._tasks:
            task.cancel()

    async def _step(self) -> None:
        room = min(self._concurrency - len(self._tasks), self._batch)
        if room <= 0:
            await first_of(self._tasks, self._sweep_s)
            return
        rows = await self.claim(room)
        self._outage.over()
        for row in rows:
            task = asyncio.create_task(self.work(row), name=self.name)
            self._tasks.add(task)
            task.add_done_callback(self._ended)
        if len(rows) < room and not self._stopping:
            await wait_for_ring(self._bell, self._sweep_s)

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        # There is room now, and what waited for this one's end can be claimed.
        self._bell.set()
        if not task.cancelled() and (error := task.exception()) is not None:
            log.error("work on a row failed", loop=self.name, **fault(error))
