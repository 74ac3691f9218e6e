"""Pools of connections to Postgres, for threads and greenlets and for asyncio.

psycopg is imported inside functions only, because gunicorn's gevent worker has to patch the
sockets first; imported before that, every query would run alone.
"""

from __future__ import annotations

import select
from typing import TYPE_CHECKING, Any

from romashka.database import SET_TIMEOUT, milliseconds

if TYPE_CHECKING:
    from psycopg import AsyncConnection, Connection
    from psycopg_pool import AsyncConnectionPool, ConnectionPool


def open_pool(
    url: str, *, name: str, size: int = 4, timeout_s: float = 5.0, wait_s: float | None = None
) -> ConnectionPool:
    """A pool of at most `size` connections for threads or greenlets; does not wait for Postgres.

    `timeout_s` bounds connecting and each statement, `wait_s` (the same unless given) the wait
    for a connection.
    """
    from psycopg_pool import ConnectionPool

    def configure(connection: Connection) -> None:
        connection.execute(SET_TIMEOUT, milliseconds(timeout_s, local=False))

    return ConnectionPool(
        url,
        name=name,
        kwargs=_connection_settings(name, timeout_s),
        configure=configure,
        open=True,
        **_pool_settings(size, wait_s or timeout_s),
    )


def async_pool(
    url: str, *, name: str, size: int = 4, timeout_s: float = 5.0
) -> AsyncConnectionPool:
    """The same for asyncio, not open yet: use it by `async with`.

    An idle connection on which something came unasked, such as its end, is checked before use; to
    ask each would be one more round trip for every call.
    """
    from psycopg_pool import AsyncConnectionPool

    async def configure(connection: AsyncConnection) -> None:
        await connection.execute(SET_TIMEOUT, milliseconds(timeout_s, local=False))

    async def check(connection: AsyncConnection) -> None:
        if connection.closed or _has_news(connection.fileno()):
            await AsyncConnectionPool.check_connection(connection)

    return AsyncConnectionPool(
        url,
        name=name,
        kwargs=_connection_settings(name, timeout_s),
        configure=configure,
        check=check,
        open=False,
        **_pool_settings(size, timeout_s),
    )


def _has_news(socket: int) -> bool:
    """Whether there is something to read, or the socket is no longer whole."""
    watch = select.poll()
    watch.register(socket, select.POLLIN)
    return bool(watch.poll(0))


def _connection_settings(name: str, timeout_s: float) -> dict[str, Any]:
    """What every connection gets: no prepared statements (a pooler forgets them), no long hang."""
    return {
        "autocommit": True,
        "prepare_threshold": None,
        "application_name": name,
        "connect_timeout": max(2, round(timeout_s)),
        "tcp_user_timeout": round(timeout_s * 1000),
        "keepalives_idle": 10,
    }


def _pool_settings(size: int, wait_s: float) -> dict[str, Any]:
    # The short reconnect_timeout keeps the pool's growing pauses from outlasting an outage: a
    # pool that has given up starts afresh with the next caller.
    return {
        "min_size": 1,
        "max_size": size,
        "timeout": wait_s,
        "reconnect_timeout": 2.0,
        "max_lifetime": 1800.0,
    }
