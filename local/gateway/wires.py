"""Waiting for a libpq connection in the event loop, without a watcher left behind while we work."""

from __future__ import annotations

import asyncio

from psycopg import AsyncConnection, pq
from psycopg.conninfo import make_conninfo

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
    parameters = {"options": SESSION_OPTIONS, "application_name": "gateway"}
    if replication:
        parameters["replication"] = "database"
    return await AsyncConnection.connect(make_conninfo(url, **parameters), autocommit=True)


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
