"""What the stand-ins received: the proof of what "the platforms" saw, kept in memory."""

from __future__ import annotations

import itertools
from collections import deque
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from typing import Any

MAX_ENTRIES = 100_000


def now() -> str:
    """The current time as ISO 8601 in UTC."""
    return datetime.now(UTC).isoformat(timespec="milliseconds")


@dataclass(slots=True, kw_only=True)
class Receipt:
    """One receipt on its way to our webhook: tried until it was answered with 200."""

    status: str
    attempts: int = 0
    answers: list[int | str] = field(default_factory=list)
    accepted_at: str | None = None


@dataclass(slots=True, kw_only=True)
class Entry:
    """One request a stand-in received, what it answered and what came of it."""

    number: int
    platform: str
    kind: str
    account: str
    recipient: str | None
    text: str | None
    payload: Any
    received_at: str = field(default_factory=now)
    answer_status: int | None = None
    answer_code: int | None = None
    message_id: str | None = None
    receipts: list[Receipt] = field(default_factory=list)

    def as_json(self) -> dict[str, Any]:
        """The entry as plain data."""
        return asdict(self)


class Record:
    """The entries of one stand-in process, oldest first; the oldest go when it is full."""

    def __init__(self) -> None:
        self._entries: deque[Entry] = deque(maxlen=MAX_ENTRIES)
        self._numbers = itertools.count(1)

    def add(self, **values: Any) -> Entry:
        """Note a request; the entry is completed while it is answered."""
        entry = Entry(number=next(self._numbers), **values)
        self._entries.append(entry)
        return entry

    def entries(self, *, platform: str | None, after: int) -> list[dict[str, Any]]:
        """The entries with a number above `after`, of one platform or of all."""
        return [
            entry.as_json()
            for entry in self._entries
            if entry.number > after and platform in (None, entry.platform)
        ]

    def clear(self) -> int:
        """Forget everything; returns how many entries that were."""
        forgotten = len(self._entries)
        self._entries.clear()
        return forgotten
