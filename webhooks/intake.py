"""Group commit: requests wait here together, one transaction stores whatever has gathered."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import structlog

from romashka.database import ConnectionLost, DatabaseAway, DatabaseError, call, to_json

if TYPE_CHECKING:
    from psycopg_pool import ConnectionPool

LARGEST_BATCH = 200
LARGEST_BATCH_BYTES = 16 * 1024 * 1024
LONGEST_QUEUE = 2000
PATIENCE_S = 8.0

log = structlog.get_logger(__name__)


class NotStored(Exception):
    """The request is not known to be stored: the sender should send it again."""


@dataclass(slots=True, kw_only=True)
class Parked:
    """One authentic request on its way into the database.

    `events` are in as_json's form; None where `error` says why there are none.
    """

    channel_type: str
    body: bytes
    headers: Mapping[str, str]
    events: Sequence[Mapping[str, Any]] | None
    error: str | None = None
    done: threading.Event = field(default_factory=threading.Event)
    failure: Exception | None = None
    given_up: bool = False


class Intake:
    """Stores requests in batches, never waiting for company: one flusher takes what there is."""

    def __init__(
        self,
        pool: ConnectionPool,
        count: Callable[[dict[str, Any]], None],
        *,
        longest_queue: int = LONGEST_QUEUE,
        patience_s: float = PATIENCE_S,
    ) -> None:
        """`count` hears the summary of every stored batch."""
        self._pool = pool
        self._count = count
        self._longest_queue = longest_queue
        self._patience_s = patience_s
        self._queue: deque[Parked] = deque()
        self._work = threading.Event()
        self._is_open = True
        self._flusher = threading.Thread(target=self._run, name="intake", daemon=True)
        self._flusher.start()

    def store(self, request: Parked) -> None:
        """Return once the request is committed; raises NotStored when that is not known."""
        if len(self._queue) >= self._longest_queue or not self._is_open:
            raise NotStored("too many requests are waiting")
        self._queue.append(request)
        self._work.set()
        if not request.done.wait(self._patience_s):
            request.given_up = True
            raise NotStored(f"not stored within {self._patience_s:g} s")
        if request.failure is not None:
            raise NotStored(type(request.failure).__name__) from request.failure

    def waiting(self) -> int:
        """How many requests have not been taken up yet."""
        return len(self._queue)

    def close(self, timeout_s: float = 5.0) -> None:
        """Store what waits, then stop."""
        self._is_open = False
        self._work.set()
        self._flusher.join(timeout_s)

    def _run(self) -> None:
        while self._is_open or self._queue:
            self._work.wait()
            if self._is_open:
                self._work.clear()
            while batch := self._take():
                try:
                    self._flush(batch)
                except Exception as error:
                    # Whatever it was: nobody may hang, and the next batch has its own chance.
                    log.exception("flush_failed", requests=len(batch))
                    _fail(batch, error)

    def _take(self) -> list[Parked]:
        """The requests at the head of the queue that can go into one call: of one channel."""
        batch: list[Parked] = []
        size = 0
        while self._queue and len(batch) < LARGEST_BATCH and size < LARGEST_BATCH_BYTES:
            if batch and self._queue[0].channel_type != batch[0].channel_type:
                break
            request = self._queue.popleft()
            if not request.given_up:
                batch.append(request)
                size += len(request.body)
        return batch

    def _flush(self, batch: list[Parked]) -> None:
        try:
            self._ingest(batch)
        except DatabaseAway as error:
            _fail(batch, error)
        except DatabaseError as error:
            log.warning("batch_refused", requests=len(batch), code=error.code)
            self._flush_singly(batch)

    def _flush_singly(self, batch: list[Parked]) -> None:
        """After a refused batch: the guilty request is kept raw with its error, alone."""
        for request in batch:
            try:
                self._ingest_or_keep(request)
            except DatabaseError as error:
                _fail([request], error)

    def _ingest_or_keep(self, request: Parked) -> None:
        try:
            self._ingest([request])
        except DatabaseAway:
            raise
        except DatabaseError as error:
            log.error("request_refused", channel=request.channel_type, code=error.code)
            request.events = None
            request.error = f"refused by the database: {error.code} {error}"[:500]
            self._ingest([request])

    def _ingest(self, batch: list[Parked]) -> None:
        try:
            summary = self._call(batch)
        except ConnectionLost:
            # After a restart of Postgres every pooled connection is dead at once. Storing twice
            # is harmless: what is already there counts as a duplicate.
            self._pool.check()
            summary = self._call(batch)
        for request in batch:
            request.done.set()
        self._count(summary)

    def _call(self, batch: list[Parked]) -> Any:
        return call(
            self._pool,
            "private.ingest_events",
            batch[0].channel_type,
            [request.body for request in batch],
            to_json([request.headers for request in batch]),
            to_json([request.events for request in batch]),
            [request.error for request in batch],
        )


def _fail(batch: Sequence[Parked], error: Exception) -> None:
    for request in batch:
        request.failure = error
        request.done.set()
