"""The gateway's two pools of connections: its own, and the one it lends to API requests."""

from __future__ import annotations

import select
from typing import Any

from psycopg import AsyncRawCursor
from psycopg_pool import AsyncConnectionPool

from local.gateway.session import Connection, Pool

WAIT_FOR_CONNECTION = 2.0
OPTIONS = "-c timezone=UTC -c datestyle=ISO -c application_name=gateway"


def own_pool(database_url: str) -> Pool:
    """Connections of the gateway itself: sign-ins, Realtime, housekeeping."""
    return AsyncConnectionPool(
        database_url,
        kwargs={"autocommit": True, "options": OPTIONS},
        min_size=2,
        max_size=12,
        timeout=WAIT_FOR_CONNECTION,
        check=check_alive,
        open=False,
        name="gateway",
    )


def request_pool(database_url: str, requests_url: str | None) -> Pool:
    """Connections for API requests: they can become anon, authenticated or service_role only.

    Given an address for authenticator they log in there, else they step down from superuser.

    Parameters are `$1`, so that a `%` in a client's text means nothing. Statements are not
    prepared, because a migration would break the prepared ones.
    """
    return AsyncConnectionPool(
        requests_url or database_url,
        kwargs={
            "autocommit": True,
            "options": OPTIONS,
            "prepare_threshold": None,
            "cursor_factory": AsyncRawCursor[Any],
        },
        min_size=2,
        max_size=16,
        timeout=WAIT_FOR_CONNECTION,
        check=check_alive,
        configure=None if requests_url else _become_authenticator,
        open=False,
        name="requests",
    )


async def check_alive(connection: Connection) -> None:
    """Refuse a dead connection; costs a round trip only when there is something to doubt.

    An idle server says nothing, so bytes that wait mean that it hung up, or is about to.
    """
    poll = select.poll()
    poll.register(connection.fileno(), select.POLLIN)
    if poll.poll(0):
        await AsyncConnectionPool.check_connection(connection)


async def _become_authenticator(connection: Connection) -> None:
    await connection.execute("set session authorization authenticator")
