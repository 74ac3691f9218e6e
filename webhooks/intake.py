"""Group commit: requests wait here together, one transaction stores whatever has gathered."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import structlog

from romashka.database import DatabaseAway, DatabaseError, TooSlow
from webhooks.ingest import Ingest
from webhooks.parked import MOST_EVENTS, NotStored, Parked

if TYPE_CHECKING:
    from psycopg_pool import ConnectionPool

LARGEST_BATCH = 200
LARGEST_BATCH_BYTES = 16 * 1024 * 1024
LONGEST_QUEUE = 2000
PATIENCE_S = 8.0
# Platforms hang up after 20 s; a request with more events than a person's is waited for so long.
LONG_PATIENCE_S = 18.0
MANY_EVENTS = 50

log = structlog.get_logger(__name__)


class Intake:
    """Stores requests in batches, never waiting for company: one flusher takes what there is.

    A request with very many events is stored in slices, and between two of them whatever else
    waits: it holds nobody up.
    """

    def __init__(
        self,
        pool: ConnectionPool,
        count: Callable[[dict[str, Any]], None],
        *,
        longest_queue: int = LONGEST_QUEUE,
        patience_s: float = PATIENCE_S,
    ) -> None:
        """`count` hears the summary of every stored batch."""
        self._ingest = Ingest(pool, count)
        self._longest_queue = longest_queue
        self._patience_s = patience_s
        self._queue: deque[Parked] = deque()
        self._large: deque[Parked] = deque()
        self._work = threading.Event()
        self._is_open = True
        self._flusher = threading.Thread(target=self._run, name="intake", daemon=True)
        self._flusher.start()

    def store(self, request: Parked) -> None:
        """Return once the request is committed; raises NotStored when that is not known."""
        if len(self._queue) + len(self._large) >= self._longest_queue or not self._is_open:
            raise NotStored("too many requests are waiting")
        (self._large if request.size > MOST_EVENTS else self._queue).append(request)
        self._work.set()
        patience_s = LONG_PATIENCE_S if request.size > MANY_EVENTS else self._patience_s
        if not request.done.wait(patience_s):
            request.given_up = True
            raise NotStored(f"not stored within {patience_s:g} s")
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
        while self._is_open or self._queue or self._large:
            self._work.wait()
            if self._is_open:
                self._work.clear()
            while self._queue or self._large:
                self._carefully(self._flush, self._take())
                if self._large:
                    self._carefully(self._flush_slice, [self._large.popleft()])

    def _carefully(self, flush: Callable[[list[Parked]], None], batch: list[Parked]) -> None:
        try:
            flush(batch)
        except Exception as error:
            # Whatever it was: nobody may hang, and the next batch has its own chance.
            log.exception("flush_failed", requests=len(batch))
            _fail(batch, error)

    def _take(self) -> list[Parked]:
        """The requests at the head of the queue that can go into one call: of one channel."""
        batch: list[Parked] = []
        size = events = 0
        while self._queue and len(batch) < LARGEST_BATCH and size < LARGEST_BATCH_BYTES:
            events += self._queue[0].size
            if batch and (
                self._queue[0].channel_type != batch[0].channel_type or events > MOST_EVENTS
            ):
                break
            batch.append(self._queue.popleft())
            size += len(batch[-1].body)
        return batch

    def _flush(self, batch: list[Parked]) -> None:
        batch = [request for request in batch if not request.is_over]
        if not batch:
            return
        try:
            self._ingest.whole(batch)
        except DatabaseAway as error:
            _fail(batch, error)
        except TooSlow as error:
            self._halve(batch, error)
        except DatabaseError as error:
            self._refused(batch, error)

    def _halve(self, batch: list[Parked], error: TooSlow) -> None:
        """After a batch that took too long: each half alone, one request in slices."""
        log.warning("batch_too_slow", requests=len(batch), events=sum(one.size for one in batch))
        middle = len(batch) // 2
        if middle:
            self._flush(batch[:middle])
            self._flush(batch[middle:])
        elif batch[0].size > 1:
            batch[0].at_once = batch[0].size // 2
            self._large.append(batch[0])
        else:
            _fail(batch, error)

    def _refused(self, batch: list[Parked], error: DatabaseError) -> None:
        """After a refused batch: the guilty request is kept raw with its error, alone."""
        log.warning("batch_refused", requests=len(batch), code=error.code)
        if len(batch) > 1:
            for request in batch:
                self._flush([request])
        elif batch[0].is_known(error.code):
            batch[0].done.set()
        else:
            self._keep_raw(batch[0], error)

    def _flush_slice(self, batch: list[Parked]) -> None:
        """Store the next slice of a large request; it comes back for the next, before others."""
        (request,) = batch
        try:
            if not request.is_over:
                self._ingest.next_slice(request)
        except DatabaseAway as error:
            request.fail(error)
        except TooSlow as error:
            log.warning("slice_too_slow", events=request.at_once)
            if request.at_once == 1:
                request.fail(error)
            request.at_once = max(1, request.at_once // 2)
        except DatabaseError as error:
            self._keep_raw(request, error)
        if not request.is_over:
            self._large.appendleft(request)

    def _keep_raw(self, request: Parked, error: DatabaseError) -> None:
        log.error("request_refused", channel=request.channel_type, code=error.code)
        try:
            self._ingest.only_bytes(request, f"refused by the database: {error.code} {error}"[:500])
        except DatabaseError as again:
            request.fail(again)


def _fail(batch: Sequence[Parked], error: Exception) -> None:
    for request in batch:
        request.fail(error)
