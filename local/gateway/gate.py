"""Holds a committed transaction back until every new snapshot sees it.

Postgres streams a commit once its log is flushed, a moment before the transaction stops counting
as running. A client (or a policy) that reads in that moment would miss the row it was told of.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Collection
from dataclasses import dataclass

import structlog
from psycopg import AsyncConnection, OperationalError, pq

from local.gateway.wires import readable

log = structlog.get_logger(__name__)

STATEMENT = b"gateway_snapshot"
FIRST_PAUSE, LONGEST_PAUSE = 0.0002, 0.005
WORRY_AFTER = 5.0
HALF, WHOLE = 1 << 31, 1 << 32


@dataclass(frozen=True, slots=True)
class Snapshot:
    """Which transactions a reader sees: all below `lowest`, and below `next_id` the not running."""

    lowest: int
    next_id: int
    running: frozenset[int]

    @classmethod
    def parse(cls, text: bytes) -> Snapshot:
        """The snapshot in the text form of pg_snapshot, `xmin:xmax:xid,xid`."""
        lowest, next_id, running = text.split(b":")
        return cls(
            int(lowest), int(next_id), frozenset(map(int, running.split(b",") if running else ()))
        )

    def sees(self, xid: int) -> bool:
        """Whether a committed transaction with this 32-bit id is visible."""
        distance = (xid - self.next_id + HALF) % WHOLE - HALF
        full = self.next_id + distance
        return full < self.lowest or (full < self.next_id and full not in self.running)


class VisibilityGate:
    """Asks the server for snapshots on a connection of its own, only when the last is too old."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection.pgconn
        self._snapshot = Snapshot(0, 0, frozenset())
        self._asked = False

    async def prepare(self) -> None:
        """Make the one statement ready; once per connection."""
        self._connection.send_prepare(STATEMENT, b"select pg_catalog.pg_current_snapshot()")
        await self._result()

    def ask(self, xids: Collection[int]) -> None:
        """Send the question early, so that the answer travels while the caller works."""
        if not self._asked and not all(map(self._snapshot.sees, xids)):
            self._connection.send_query_prepared(STATEMENT, None)
            self._connection.flush()
            self._asked = True

    async def wait(self, xids: Collection[int]) -> None:
        """Return when all these transactions are visible to whoever reads from now on."""
        pause, started = FIRST_PAUSE, time.monotonic()
        self.ask(xids)
        while self._asked:
            text = await self._result()
            self._asked = False
            self._snapshot = Snapshot.parse(text)
            if all(map(self._snapshot.sees, xids)):
                return
            if time.monotonic() - started > WORRY_AFTER:
                log.warning("transactions stay invisible", count=len(xids))
                started = time.monotonic()
            await asyncio.sleep(pause)
            pause = min(pause * 1.5, LONGEST_PAUSE)
            self.ask(xids)

    async def _result(self) -> bytes:
        connection, text = self._connection, b""
        while True:
            while connection.is_busy():
                await readable(connection)
                connection.consume_input()
            result = connection.get_result()
            if result is None:
                return text
            if result.status not in (pq.ExecStatus.TUPLES_OK, pq.ExecStatus.COMMAND_OK):
                raise OperationalError(result.error_message.decode(errors="replace"))
            if result.status == pq.ExecStatus.TUPLES_OK:
                text = result.get_value(0, 0) or b""
