"""The clock of a bad day: when what the database sends is silently lost."""

from __future__ import annotations

import time
from collections.abc import Callable

from local.gateway.limits import Window
from local.gateway.modes import BadDay


class GapClock:
    """Says whether now is a gap; without a bad day there never is one."""

    def __init__(self, bad_day: BadDay | None, clock: Callable[[], float] = time.monotonic) -> None:
        self._bad_day = bad_day
        self._clock = clock
        self._begins: float | None = None
        self._deliveries: Window | None = None
        if bad_day is not None:
            self._deliveries = Window(bad_day.deliveries_per_second, 1.0, clock)
            if bad_day.first_gap is not None:
                self._begins = clock() + bad_day.first_gap

    def begin(self) -> None:
        """Start a gap now. Raises ValueError when this is no bad day."""
        if self._bad_day is None:
            raise ValueError("only a bad day has gaps")
        self._begins = self._clock()

    def loses_broadcasts(self) -> bool:
        """Whether broadcasts from the database are lost at this moment."""
        return self._bad_day is not None and self._within(self._bad_day, self._bad_day.gap)

    def loses_changes(self) -> bool:
        """Whether postgres_changes are lost at this moment."""
        return self._bad_day is not None and self._within(self._bad_day, self._bad_day.changes_gap)

    def loses_delivery(self) -> bool:
        """Count one delivery to one client; whether it is over the limit and vanishes."""
        return self._deliveries is not None and not self._deliveries.allows()

    def _within(self, bad_day: BadDay, length: float) -> bool:
        now = self._clock()
        if self._begins is None:
            return False
        if now >= self._begins + bad_day.gap:
            self._begins = None if bad_day.first_gap is None else self._begins + bad_day.every
            return False
        return self._begins <= now < self._begins + length
