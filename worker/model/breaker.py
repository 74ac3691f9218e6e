"""Spares a provider that fails, and the customers who would wait for it.

Five failures in a row within 30 s close it off for 30 s; then one call may try. A fault that only
a person can mend (a wrong key, model or address) closes it off at once.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable

FAILURES = 5
WITHIN_S = 30.0
REST_S = 30.0


class Breaker:
    """The state of one provider; `clock` gives monotonic seconds."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._failures: deque[float] = deque(maxlen=FAILURES)
        self._rests_until: float | None = None
        self._is_tried = False

    @property
    def is_closed_off(self) -> bool:
        """Whether the provider rests, or is only just being tried again."""
        return self._rests_until is not None

    def admits(self) -> bool:
        """Whether a call may be made now; after a rest the first one to ask is the trial.

        Whoever was admitted says `worked`, `failed` or `left` afterwards.
        """
        if self._rests_until is None:
            return True
        if self._is_tried or self._clock() < self._rests_until:
            return False
        self._is_tried = True
        return True

    def worked(self) -> bool:
        """Notes an answer; True when that ended a rest."""
        was_closed_off = self.is_closed_off
        self._failures.clear()
        self._rests_until, self._is_tried = None, False
        return was_closed_off

    def failed(self, *, for_good: bool = False) -> bool:
        """Notes a failure; True when the provider begins to rest with it, not when it goes on."""
        now = self._clock()
        self._failures.append(now)
        was_closed_off = self.is_closed_off
        many = len(self._failures) == FAILURES and now - self._failures[0] <= WITHIN_S
        if for_good or self._is_tried or (many and not was_closed_off):
            self._rests_until, self._is_tried = now + REST_S, False
        return self.is_closed_off and not was_closed_off

    def left(self) -> None:
        """Notes a call that says nothing about the provider: the next one may be the trial."""
        self._is_tried = False
