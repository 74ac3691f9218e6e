"""The gateway's two pools of connections: its own, and the one it lends to API requests."""

from __future__ import annotations

from typing import Any

from psycopg import AsyncRawCursor
from psycopg_pool import AsyncConnectionPool

from local.gateway.session import Connection, Pool

WAIT_FOR_CONNECTION = 3.0
OPTIONS = "-c timezone=UTC -c datestyle=ISO -c application_name=gateway"


def own_pool(database_url: str) -> Pool:
    """Connections of the gateway itself: sign-ins, Realtime, housekeeping."""
    return AsyncConnectionPool(
        database_url,
        kwargs={"autocommit": True, "options": OPTIONS},
        min_size=2,
        max_size=12,
        timeout=WAIT_FOR_CONNECTION,
        check=AsyncConnectionPool.check_connection,
        open=False,
        name="gateway",
    )


def request_pool(database_url: str) -> Pool:
    """Connections for API requests: they can become anon, authenticated or service_role only.

    Parameters are `$1`, so that a `%` in a client's text means nothing. Statements are not
    prepared, because a migration would break the prepared ones.
    """
    return AsyncConnectionPool(
        database_url,
        kwargs={
            "autocommit": True,
            "options": OPTIONS,
            "prepare_threshold": None,
            "cursor_factory": AsyncRawCursor[Any],
        },
        min_size=2,
        max_size=16,
        timeout=WAIT_FOR_CONNECTION,
        check=AsyncConnectionPool.check_connection,
        configure=_become_authenticator,
        open=False,
        name="requests",
    )


async def _become_authenticator(connection: Connection) -> None:
    await connection.execute("set session authorization authenticator")
