"""An answer that many may ask for at once and that is worked out once."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Generic, TypeVar

T = TypeVar("T")
HALF_A_SECOND = 0.5


def half_a_second(_: object) -> float:
    """How long most answers last, in seconds."""
    return HALF_A_SECOND


class Fresh(Generic[T]):
    """Gives what `ask` said a moment ago; who asks meanwhile waits for the same.

    However many ask, `ask` runs once at a time, and an answer serves for as many seconds as `lasts`
    gives it.
    """

    def __init__(self, ask: Callable[[], T], lasts: Callable[[T], float] = half_a_second) -> None:
        self._ask = ask
        self._lasts = lasts
        self._lock = threading.Lock()
        self._known: tuple[float, T] | None = None

    def __call__(self) -> T:
        """The answer; raises what `ask` raises."""
        with self._lock:
            if self._known is None or time.monotonic() > self._known[0]:
                found = self._ask()
                self._known = time.monotonic() + self._lasts(found), found
            return self._known[1]
