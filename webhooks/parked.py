"""One authentic request on its way into the database."""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

# Events stored in one call: far below the time a call may take, also on a busy machine.
MOST_EVENTS = 500
UNIQUE_VIOLATION = "23505"


class NotStored(Exception):
    """The request is not known to be stored: the sender should send it again."""


@dataclass(slots=True, kw_only=True)
class Parked:
    """A request that waits to be stored.

    `events` are JSON texts in as_json's form; None where `error` says why there are none. A
    request with many is stored in slices: `stored` events are in, `at_once` come with each slice.
    """

    channel_type: str
    body: bytes
    headers: Mapping[str, str]
    events: Sequence[str] | None
    error: str | None = None
    done: threading.Event = field(default_factory=threading.Event)
    failure: Exception | None = None
    given_up: bool = False
    inbound_id: int | None = None
    stored: int = 0
    at_once: int = MOST_EVENTS

    @property
    def size(self) -> int:
        """How many events it has."""
        return len(self.events or ())

    def is_known(self, code: str) -> bool:
        """Whether this SQLSTATE says that its proof, good once, has stored a request already."""
        return code == UNIQUE_VIOLATION and "once" in self.headers

    @property
    def is_over(self) -> bool:
        """Whether nobody waits for it any more."""
        return self.given_up or self.done.is_set()

    def fail(self, error: Exception) -> None:
        """Tell who waits that it is not known to be stored, unless it is."""
        if not self.done.is_set():
            self.failure = error
            self.done.set()
