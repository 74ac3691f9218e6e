"""An answer that many may ask for at once and that is worked out once."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Generic, TypeVar

T = TypeVar("T")
HALF_A_SECOND = 0.5


class Fresh(Generic[T]):
    """Gives what `ask` said at most `for_s` seconds ago; who asks meanwhile waits for the same.

    However many ask, `ask` runs once at a time and at most every `for_s` seconds.
    """

    def __init__(self, ask: Callable[[], T], for_s: float = HALF_A_SECOND) -> None:
        self._ask = ask
        self._for_s = for_s
        self._lock = threading.Lock()
        self._known: tuple[float, T] | None = None

    def __call__(self) -> T:
        """The answer; raises what `ask` raises."""
        with self._lock:
            if self._known is None or time.monotonic() - self._known[0] > self._for_s:
                found = self._ask()
                self._known = time.monotonic(), found
            return self._known[1]
