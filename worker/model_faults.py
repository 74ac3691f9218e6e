"""Tells admins of a language model that only they can mend, and that it answers again."""

from __future__ import annotations

import asyncio

from romashka.database import DatabaseError, acall
from worker.shared import Shared


class ModelFaults:
    """Takes what providers find and alerts; `tell` never waits, a model's newest state counts."""

    def __init__(self, shared: Shared) -> None:
        self._shared = shared
        self._news: dict[str, str | None] = {}
        self._bell = asyncio.Event()

    def tell(self, model: str, fault: str | None) -> None:
        """Takes a fault of a model, or None once it answers again."""
        self._news[model] = fault
        self._bell.set()

    async def run(self) -> None:
        """Reports until cancelled; what the database does not take is offered again."""
        while True:
            await self._bell.wait()
            model, fault = self._news.popitem()
            try:
                await acall(self._shared.pool, "private.report_model", model, fault)
            except DatabaseError as error:
                await self._shared.outage.wait(error)
                self._news.setdefault(model, fault)
            if not self._news:
                self._bell.clear()
