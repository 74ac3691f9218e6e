"""The one door to Postgres: call a function by name, get its decoded result or a clear error.

psycopg is imported inside functions only, because gunicorn's gevent worker has to patch the
sockets first; imported before that, every query would run alone.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from functools import lru_cache
from itertools import count
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from psycopg import AsyncConnection, Connection
    from psycopg_pool import AsyncConnectionPool, ConnectionPool

Values = list[Any]

SET_TIMEOUT = b"select pg_catalog.set_config('statement_timeout', %s, %s)"
FUNCTION_NAME = re.compile(r"[a-z][a-z0-9_]*\.[a-z][a-z0-9_]*", re.ASCII)
PARAMETER_NAME = re.compile(r"[a-z][a-z0-9_]*", re.ASCII)
CONTENTION = ("40001", "40P01")
TRIES_UNDER_CONTENTION = 3
# States that say "the database cannot serve now": lost or refused connections, shutdown, no
# space or slots, read-only, and a database whose migrations are not there yet.
AWAY_CLASSES = ("08", "53", "57", "58", "28")
LOST_CLASSES = ("08", "57P")
AWAY_STATES = ("25006", "55P03", "3D000", "3F000", "42883", "42P01")


class DatabaseError(Exception):
    """The database did not do what was asked; `code` is the SQLSTATE, empty where none came."""

    def __init__(self, message: str, code: str = "", hint: str = "") -> None:
        super().__init__(message)
        self.code = code
        self.hint = hint


class DatabaseAway(DatabaseError):
    """The database cannot be reached or cannot serve now; the same call may work later."""


class NoConnection(DatabaseAway):
    """No connection could be had in time, so nothing was asked."""


class ConnectionLost(DatabaseAway):
    """The connection broke while the question was out: it may have been carried out."""


class TooSlow(DatabaseError):
    """57014: the statement took longer than it may and was rolled back; less at once may work."""


class Refused(DatabaseError):
    """A function said no, with one of our own codes."""


class BadInput(Refused):
    """PT400: the arguments make no sense."""


class Denied(Refused):
    """PT401 or PT403: not signed in, or not allowed."""


class Missing(Refused):
    """PT404: what was named does not exist."""


class Conflict(Refused):
    """PT409: the state has moved on."""


class TooMany(Refused):
    """PT429: a limit was reached."""


ERRORS: Mapping[str, type[DatabaseError]] = {
    "57014": TooSlow,
    "PT400": BadInput,
    "PT401": Denied,
    "PT403": Denied,
    "PT404": Missing,
    "PT409": Conflict,
    "PT429": TooMany,
}


_encode = json.JSONEncoder(ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode


def to_json(value: Any) -> str:
    """A value as JSON text for a jsonb parameter (needed for lists; dicts convert by themselves).

    Raises ValueError for NaN and the infinities, which jsonb does not know.
    """
    return _encode(value)


def call(
    pool: ConnectionPool, function: str, *args: Any, timeout_s: float | None = None, **named: Any
) -> Any:
    """Run `select function(args)` and give its decoded value: a scalar, or what the jsonb holds.

    dicts become jsonb, lists arrays (use to_json for a jsonb list). `timeout_s` replaces the
    pool's limit for this statement. Raises DatabaseAway, a Refused, or DatabaseError.
    """
    values = call_all(pool, function, *args, timeout_s=timeout_s, **named)
    return values[0] if values else None


def call_all(
    pool: ConnectionPool, function: str, *args: Any, timeout_s: float | None = None, **named: Any
) -> list[Any]:
    """As `call`, for a function that returns a set: the value of every row."""
    from psycopg import Error

    query, values = _statement(function, args, named)
    for try_number in count(1):
        try:
            with pool.connection() as connection:
                return _run(connection, query, values, timeout_s)
        except (Error, UnicodeError) as error:
            if not _worth_another(error, try_number):
                raise _translated(error) from error
    raise AssertionError("count never ends")


async def acall(
    pool: AsyncConnectionPool,
    function: str,
    *args: Any,
    timeout_s: float | None = None,
    **named: Any,
) -> Any:
    """`call` for asyncio."""
    values = await acall_all(pool, function, *args, timeout_s=timeout_s, **named)
    return values[0] if values else None


async def acall_all(
    pool: AsyncConnectionPool,
    function: str,
    *args: Any,
    timeout_s: float | None = None,
    **named: Any,
) -> list[Any]:
    """`call_all` for asyncio."""
    from psycopg import Error

    query, values = _statement(function, args, named)
    for try_number in count(1):
        try:
            async with pool.connection() as connection:
                return await _arun(connection, query, values, timeout_s)
        except (Error, UnicodeError) as error:
            if not _worth_another(error, try_number):
                raise _translated(error) from error
    raise AssertionError("count never ends")


def milliseconds(timeout_s: float, *, local: bool) -> Values:
    """The values of SET_TIMEOUT; local: for this transaction only."""
    return [str(max(1, round(timeout_s * 1000))), local]


def _run(
    connection: Connection, query: bytes, values: Values, timeout_s: float | None
) -> list[Any]:
    if timeout_s is None:
        return [row[0] for row in connection.execute(query, values)]
    from psycopg import ClientCursor

    with ClientCursor(connection) as cursor:
        cursor.execute(_timed(query), [*milliseconds(timeout_s, local=True), *values])
        cursor.nextset()
        return [row[0] for row in cursor]


async def _arun(
    connection: AsyncConnection, query: bytes, values: Values, timeout_s: float | None
) -> list[Any]:
    if timeout_s is None:
        return [row[0] async for row in await connection.execute(query, values)]
    from psycopg import AsyncClientCursor

    async with AsyncClientCursor(connection) as cursor:
        await cursor.execute(_timed(query), [*milliseconds(timeout_s, local=True), *values])
        cursor.nextset()
        return [row[0] async for row in cursor]


def _timed(query: bytes) -> bytes:
    """The limit and the call as one message, which is one transaction.

    Were they several, a process that stops between two of them would hold the locks of the call
    for as long as it is stopped.
    """
    return SET_TIMEOUT + b"; " + query


def _statement(function: str, args: tuple[Any, ...], named: dict[str, Any]) -> tuple[bytes, Values]:
    """The select and its values; the names are checked, so nothing of a value becomes SQL."""
    if args and named:
        raise TypeError("give a function's arguments by position or by name, not both")
    return _select(function, len(args), tuple(named)), [
        to_json(value) if isinstance(value, dict) else value for value in args or named.values()
    ]


@lru_cache(maxsize=256)
def _select(function: str, positions: int, names: tuple[str, ...]) -> bytes:
    if not FUNCTION_NAME.fullmatch(function):
        raise ValueError(f"not the name of a function: {function!r}")
    if not all(PARAMETER_NAME.fullmatch(name) for name in names):
        raise ValueError(f"not names of parameters: {names!r}")
    holders = [f"{name} => %s" for name in names] or ["%s"] * positions
    return f"select {function}({', '.join(holders)})".encode()


def _worth_another(error: Exception, try_number: int) -> bool:
    """A deadlock's victim was rolled back whole, so trying again is safe."""
    return getattr(error, "sqlstate", None) in CONTENTION and try_number < TRIES_UNDER_CONTENTION


def _translated(error: Exception) -> DatabaseError:
    from psycopg import OperationalError
    from psycopg_pool import PoolClosed, PoolTimeout, TooManyRequests

    code = getattr(error, "sqlstate", None) or ""
    diagnosis = getattr(error, "diag", None)
    text = getattr(diagnosis, "message_primary", None) or str(error)
    hint = getattr(diagnosis, "message_hint", None) or ""
    if isinstance(error, (PoolTimeout, PoolClosed, TooManyRequests)):
        return NoConnection(text)
    if code.startswith(LOST_CLASSES) or (isinstance(error, OperationalError) and not code):
        return ConnectionLost(text, code, hint)
    if code not in ERRORS and (code.startswith(AWAY_CLASSES) or code in AWAY_STATES):
        return DatabaseAway(text, code, hint)
    return ERRORS.get(code, DatabaseError)(text, code, hint)
