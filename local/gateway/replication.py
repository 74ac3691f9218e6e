"""Streams committed changes out of Postgres: START_REPLICATION on a temporary slot."""

from __future__ import annotations

import asyncio
import secrets
import struct
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime

from psycopg import AsyncConnection, Error, OperationalError, pq, sql

from local.gateway.pgoutput import EPOCH
from local.gateway.wires import connect, readable

PUBLICATIONS = ("supabase_realtime", "supabase_realtime_messages_publication")
BATCH = 200
CONFIRM_EVERY = 1.0

XLOG_DATA, KEEPALIVE = 119, 107
XLOG_HEADER = 25


class ReplicationStream:
    """The log from the moment the slot was made; nothing before it and nothing after a break."""

    def __init__(self, connection: pq.abc.PGconn) -> None:
        self._connection = connection
        self._received = 0
        self._asked = False

    async def batches(self) -> AsyncIterator[list[bytes]]:
        """The pgoutput messages as they arrive, at most BATCH at a time.

        Raises psycopg.Error when the stream ends, which it does only by a failure.
        """
        while True:
            batch = self._read()
            if batch:
                yield batch
                continue
            if self._asked:
                self.confirm()
            await readable(self._connection)
            self._connection.consume_input()

    def confirm(self) -> None:
        """Tell the server how far we have read, so that it keeps us and lets old log go."""
        now = int((datetime.now(UTC) - EPOCH).total_seconds() * 1_000_000)
        seen = self._received
        self._connection.put_copy_data(struct.pack(">cqqqqB", b"r", seen, seen, seen, now, 0))
        self._connection.flush()
        self._asked = False

    def _read(self) -> list[bytes]:
        batch: list[bytes] = []
        while len(batch) < BATCH:
            size, data = self._connection.get_copy_data(1)
            if size == 0:
                break
            if size < 0:
                raise OperationalError(f"the replication stream ended: {self._why()}")
            self._take(bytes(data), batch)
        return batch

    def _take(self, data: bytes, batch: list[bytes]) -> None:
        if data[0] == XLOG_DATA:
            self._received = max(self._received, *struct.unpack_from(">qq", data, 1))
            batch.append(data[XLOG_HEADER:])
        elif data[0] == KEEPALIVE:
            self._received = max(self._received, *struct.unpack_from(">q", data, 1))
            self._asked = self._asked or data[17] == 1

    def _why(self) -> str:
        return self._connection.error_message.decode(errors="replace").strip()


@asynccontextmanager
async def open_stream(url: str) -> AsyncIterator[ReplicationStream]:
    """A stream of both publications, from now on. Raises psycopg.Error when it cannot be had."""
    connection = await connect(url, replication=True)
    try:
        await _start(connection)
        stream = ReplicationStream(connection.pgconn)
        confirming = asyncio.create_task(_confirm(stream))
        try:
            yield stream
        finally:
            confirming.cancel()
    finally:
        # A connection in copy mode cannot be closed politely; the temporary slot goes with it.
        connection.pgconn.finish()


async def _start(connection: AsyncConnection) -> None:
    slot = sql.Identifier(f"gateway_{secrets.token_hex(8)}")
    await connection.execute(
        sql.SQL("CREATE_REPLICATION_SLOT {} TEMPORARY LOGICAL pgoutput NOEXPORT_SNAPSHOT").format(
            slot
        )
    )
    await connection.execute(
        sql.SQL(
            "START_REPLICATION SLOT {} LOGICAL 0/0 (proto_version '1', publication_names {})"
        ).format(slot, sql.Literal(",".join(PUBLICATIONS)))
    )


async def _confirm(stream: ReplicationStream) -> None:
    with suppress(Error):
        while True:
            await asyncio.sleep(CONFIRM_EVERY)
            stream.confirm()
