"""Waiting for a libpq connection in the event loop, without a watcher left behind while we work."""

from __future__ import annotations

import asyncio
from contextlib import suppress

from psycopg import AsyncConnection, Error, pq
from psycopg.conninfo import make_conninfo

CONNECT_TIMEOUT = 5

# Text of values in the log and in our own queries must not depend on the server's configuration.
SESSION_OPTIONS = " ".join(
    f"-c {setting}"
    for setting in (
        "timezone=UTC",
        "datestyle=ISO,YMD",
        "intervalstyle=postgres",
        "extra_float_digits=1",
        "bytea_output=hex",
        "client_encoding=UTF8",
        "statement_timeout=0",
        "idle_session_timeout=0",
    )
)


async def connect(url: str, *, replication: bool = False) -> AsyncConnection:
    """An autocommit connection whose texts are in one known form. Raises psycopg.OperationalError.

    `url` must not carry `options` of its own.
    """
    parameters: dict[str, str] = {"options": SESSION_OPTIONS, "application_name": "gateway"}
    if replication:
        parameters["replication"] = "database"
    address = make_conninfo(url, connect_timeout=CONNECT_TIMEOUT, **parameters)
    attempt = asyncio.ensure_future(AsyncConnection.connect(address, autocommit=True))
    try:
        return await asyncio.shield(attempt)
    except asyncio.CancelledError:
        # Given up halfway, the socket would stay open, and the server would wait a minute for the
        # rest of the log-in and hold up every `drop database` meanwhile.
        with suppress(Error):
            (await attempt).pgconn.finish()
        raise


async def readable(connection: pq.abc.PGconn) -> None:
    """Return once the server has sent something (or has gone)."""
    loop = asyncio.get_running_loop()
    arrived: asyncio.Future[None] = loop.create_future()
    # One shot: a watcher that stays would spin the loop while the data waits to be read.
    loop.add_reader(connection.socket, _settle, arrived)
    try:
        await arrived
    finally:
        loop.remove_reader(connection.socket)


def _settle(arrived: asyncio.Future[None]) -> None:
    if not arrived.done():
        arrived.set_result(None)
