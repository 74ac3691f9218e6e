"""Whether there is time for a model: what it took lately, and how many wait for it."""

from __future__ import annotations

import asyncio
import math
import time
from collections import deque
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

from worker.deadline import Deadline

LATELY_S = 60.0
MOST_KEPT = 200
FEWEST = 10
SHARE = 0.95


class NoTime(Exception):
    """The model would not be done in time, so it is not asked."""


class Pace:
    """How long the answers of one model took lately; failures are the breaker's."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._took: deque[tuple[float, float]] = deque(maxlen=MOST_KEPT)

    def note(self, seconds: float) -> None:
        """Takes the time of one answer."""
        self._took.append((self._clock(), seconds))

    def expected(self) -> float:
        """The 95th percentile of the last minute in seconds; 0 while too little is known."""
        oldest = self._clock() - LATELY_S
        while self._took and self._took[0][0] < oldest:
            self._took.popleft()
        if len(self._took) < FEWEST:
            return 0.0
        ordered = sorted(seconds for _, seconds in self._took)
        return ordered[math.ceil(SHARE * len(ordered)) - 1]


class Seats:
    """At most so many calls at once, of all providers of a worker together."""

    def __init__(self, count: int) -> None:
        self._free = asyncio.Semaphore(count)

    @property
    def is_full(self) -> bool:
        """Whether the next one would have to wait."""
        return self._free.locked()

    @asynccontextmanager
    async def taken(self, deadline: Deadline, pace: Pace) -> AsyncIterator[None]:
        """A seat for the length of a block; raises NoTime where the model would come too late.

        Nobody waits for longer than leaves the model its usual time.
        """
        spare = deadline.model_left() - pace.expected()
        if spare <= 0:
            raise NoTime
        try:
            async with asyncio.timeout(spare):
                await self._free.acquire()
        except TimeoutError:
            raise NoTime from None
        try:
            yield
        finally:
            self._free.release()
