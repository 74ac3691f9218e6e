"""Tells admins of a language model that only they can mend, and that it answers again."""

from __future__ import annotations

import asyncio

from romashka.database import DatabaseError, acall
from worker.shared import Shared


class ModelFaults:
    """Takes what providers find and alerts; `tell` never waits, the newest state counts."""

    def __init__(self, shared: Shared) -> None:
        self._shared = shared
        self._news: asyncio.Queue[str | None] = asyncio.Queue(maxsize=1)

    def tell(self, fault: str | None) -> None:
        """Takes a fault, or None once a provider works again."""
        if self._news.full():
            self._news.get_nowait()
        self._news.put_nowait(fault)

    async def run(self) -> None:
        """Reports until cancelled; what the database does not take is offered again."""
        while True:
            fault = await self._news.get()
            try:
                await acall(self._shared.pool, "private.report_model", fault)
            except DatabaseError as error:
                await self._shared.outage.wait(error)
                if self._news.empty():
                    self.tell(fault)
