"""The call that stores requests: many at once, or one with many events slice by slice."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING, Any

from romashka.database import ConnectionLost, call, to_json
from webhooks.parked import Parked

if TYPE_CHECKING:
    from psycopg_pool import ConnectionPool

UNFINISHED = "stored in part: the rest was not confirmed to the platform"


class Ingest:
    """Stores over a pool; every method raises DatabaseError when nothing was stored."""

    def __init__(self, pool: ConnectionPool, count: Callable[[dict[str, Any]], None]) -> None:
        """`count` hears the summary of every call."""
        self._pool = pool
        self._count = count

    def whole(self, batch: Sequence[Parked]) -> None:
        """Store requests of one channel in one transaction."""
        summary = self._call(
            batch[0].channel_type,
            [request.body for request in batch],
            to_json([request.headers for request in batch]),
            _array("null" if one.events is None else _array(one.events) for one in batch),
            [request.error for request in batch],
        )
        for request in batch:
            request.done.set()
        self._count(summary)

    def next_slice(self, request: Parked) -> None:
        """Store the next events of a request: its bytes with the first, the answer after the last.

        Until then its row says that it is unfinished, so that a replay finds it should everybody
        die. Stored events that come again are duplicates and do nothing.
        """
        events = (request.events or ())[request.stored : request.stored + request.at_once]
        is_last = request.stored + len(events) >= request.size
        summary = self._call_for(request, _array(events), None if is_last else UNFINISHED)
        request.inbound_id = summary["inbound_ids"][0]
        request.stored += len(events)
        if is_last:
            request.done.set()
        self._count(summary)

    def only_bytes(self, request: Parked, error: str) -> None:
        """Keep a request the database refuses to read, as a dead letter with the reason."""
        self._count(self._call_for(request, "null", error))
        request.done.set()

    def _call_for(self, request: Parked, events: str, error: str | None) -> Any:
        is_kept = request.inbound_id is not None
        return self._call(
            request.channel_type,
            [] if is_kept else [request.body],
            to_json([request.headers]),
            _array([events]),
            [error],
            [request.inbound_id] if is_kept else None,
        )

    def _call(self, *values: Any) -> Any:
        try:
            return call(self._pool, "private.ingest_events", *values)
        except ConnectionLost:
            # After a restart of Postgres every pooled connection is dead at once. Storing twice
            # is harmless: what is already there counts as a duplicate.
            self._pool.check()
            return call(self._pool, "private.ingest_events", *values)


def _array(texts: Iterable[str]) -> str:
    return f"[{','.join(texts)}]"
