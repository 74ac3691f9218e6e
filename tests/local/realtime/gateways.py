"""Runs the Realtime half of the gateway for tests, in a thread with a loop of its own."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from typing import Any

import psycopg
import uvicorn
from psycopg_pool import AsyncConnectionPool
from starlette.applications import Starlette

from local.gateway.hub import Hub
from local.gateway.limits import Limits
from local.gateway.modes import Mode
from local.gateway.realtime_routes import UVICORN_OPTIONS, realtime_routes
from local.gateway.tokens import Keys, role_token, sign
from tests.waiting import wait_until

ADA = "aaaaaaaa-aaaa-4aaa-8aaa-aaaaaaaaaaaa"
BOB = "bbbbbbbb-bbbb-4bbb-8bbb-bbbbbbbbbbbb"
NEVER = 4_000_000_000
END_STREAM = (
    "select pg_terminate_backend(pid) from pg_stat_activity"
    " where backend_type = 'walsender' and datname = current_database()"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Gateway:
    """A running gateway: where it is, what it signs with, and the database below it."""

    url: str
    database_url: str = field(repr=False)
    secret: str = field(repr=False)
    keys: Keys
    hub: Hub
    loop: asyncio.AbstractEventLoop
    connection: psycopg.Connection

    def token(self, role: str, **claims: Any) -> str:
        """A token of a role; it never ends unless `exp` says when."""
        return sign({"role": role, "exp": NEVER, **claims}, self.secret)

    def user(self, subject: str, **claims: Any) -> str:
        """A signed-in user's token."""
        return self.token("authenticated", sub=subject, **claims)

    def execute(self, statement: str, *values: Any) -> list[tuple[Any, ...]]:
        """Run a statement as the superuser, committed at once."""
        cursor = self.connection.execute(statement.encode(), values or None)
        return cursor.fetchall() if cursor.description else []


def serve(app: Starlette) -> tuple[uvicorn.Server, threading.Thread, int]:
    """Serve an application in a thread, on a free port, until its server is told to exit."""
    config = uvicorn.Config(
        app, port=0, log_level="error", timeout_graceful_shutdown=1, **UVICORN_OPTIONS
    )
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    wait_until(lambda: server.started or not thread.is_alive(), 20)
    assert server.started
    return server, thread, server.servers[0].sockets[0].getsockname()[1]


@contextmanager
def running_gateway(
    database_url: str, secret: str, mode: Mode | str = "plain", limits: Limits | None = None
) -> Iterator[Gateway]:
    """A gateway over a database (superuser's address) that has the platform."""
    keys = Keys(
        anon=role_token("anon", secret),
        service_role=role_token("service_role", secret),
        publishable="sb_publishable_test",
        secret="sb_secret_test",
    )
    made: list[tuple[Hub, asyncio.AbstractEventLoop]] = []

    @asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[None]:
        async with AsyncConnectionPool(
            database_url, kwargs={"autocommit": True}, min_size=1, max_size=8, open=False
        ) as pool:
            hub = Hub(pool, database_url, secret, mode, keys=keys, limits=limits)
            app.router.routes += realtime_routes(hub)
            await hub.start()
            made.append((hub, asyncio.get_running_loop()))
            yield
            await hub.stop()

    server, thread, port = serve(Starlette(lifespan=lifespan))
    hub, loop = made[0]
    try:
        with psycopg.connect(database_url, autocommit=True) as connection:
            yield Gateway(
                url=f"http://127.0.0.1:{port}",
                database_url=database_url,
                secret=secret,
                keys=keys,
                hub=hub,
                loop=loop,
                connection=connection,
            )
    finally:
        server.should_exit = True
        thread.join(20)


StartGateway = Callable[..., Gateway]
