"""What one client may ask of the gateway, and counters that notice when it asks for more."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """Counts, bytes and seconds; the defaults are those of the service or of its Pro plan."""

    channels_per_socket: int = 100
    joins_per_second: int = 500
    messages_per_second: int = 500
    presence_calls: int = 5
    presence_window: float = 30.0
    frame_bytes: int = 5_000_000
    payload_bytes: int = 3_000_000
    change_bytes: int = 1024 * 1024
    queued_frames: int = 5_000
    queued_bytes: int = 32 * 1024 * 1024
    slow_after: float = 10.0
    silent_after: float = 60.0
    recheck_after: float = 300.0
    judge_timeout: float = 3.0


class Window:
    """Allows `most` events in any `seconds`; asks a clock for the time."""

    def __init__(
        self, most: int, seconds: float, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._most = most
        self._seconds = seconds
        self._clock = clock
        self._times: deque[float] = deque()

    def allows(self) -> bool:
        """Count one event; False when it is one too many (and then it is not counted)."""
        now = self._clock()
        times = self._times
        while times and times[0] <= now - self._seconds:
            times.popleft()
        if len(times) >= self._most:
            return False
        times.append(now)
        return True
