"""The gateway's ASGI application: REST, auth, storage, functions and Realtime behind one port."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.cors import CORSMiddleware
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from local.gateway.auth import auth_routes
from local.gateway.cron import Cron
from local.gateway.functions import Functions, function_routes
from local.gateway.guard import Guard, http_error
from local.gateway.hub import Hub
from local.gateway.pools import own_pool, request_pool
from local.gateway.realtime_routes import realtime_routes
from local.gateway.rest import rest_routes
from local.gateway.settings import GatewaySettings
from local.gateway.storage import storage_routes
from local.gateway.storage.files import Files
from local.gateway.tokens import Keys, role_token
from worker.patience import end

EXPOSED = [
    "Content-Encoding",
    "Content-Location",
    "Content-Range",
    "Content-Type",
    "Date",
    "ETag",
    "Location",
    "Preference-Applied",
    "Proxy-Status",
    "Retry-After",
    "Server",
    "X-Total-Count",
    "Link",
]


class Gateway:
    """What the gateway holds over its life: pools, files, functions, Realtime and the clock."""

    def __init__(self, settings: GatewaySettings) -> None:
        self.settings = settings
        self.own = own_pool(settings.database_url)
        self.requests = request_pool(settings.database_url, settings.requests_url)
        self.files = Files(settings.storage_dir)
        self.functions = Functions(settings)
        self.hub = Hub(
            self.own,
            settings.database_url,
            settings.jwt_secret,
            settings.realtime_mode,
            keys=project_keys(settings),
        )
        self.cron = Cron(settings.database_url, self._state)

    def routes(self) -> list[BaseRoute]:
        """Every route, most specific first."""
        return [
            Route("/health", self.health),
            *rest_routes(self.settings, self.requests),
            *auth_routes(self.settings, self.own),
            *storage_routes(self.settings, self.requests, self.files),
            *function_routes(self.functions),
            *realtime_routes(self.hub),
        ]

    async def health(self, _: Request) -> Response:
        """Whether the gateway is up and its database answers: 200 or 503."""
        try:
            async with self.own.connection(timeout=1.0) as connection:
                await connection.execute("select 1")
        except Exception:
            return JSONResponse({"gateway": "up", "database": "away"}, 503)
        return JSONResponse({"gateway": "up", "database": "up"})

    def _state(self) -> dict[str, Any]:
        """What a heartbeat says."""
        return {"sockets": len(self.hub.sockets), "realtime_mode": self.hub.mode.name}

    @asynccontextmanager
    async def lifespan(self, _: Starlette) -> AsyncIterator[None]:
        """Open the pools and start what runs beside requests; undo it in reverse."""
        self.files.prepare()
        async with AsyncExitStack() as stack:
            for pool in (self.own, self.requests):
                await pool.open(wait=False)
                stack.push_async_callback(pool.close, timeout=2.0)
            stack.push_async_callback(self.functions.stop)
            await self.hub.start()
            stack.push_async_callback(self.hub.stop)
            clock = asyncio.create_task(self.cron.run())
            stack.push_async_callback(end, [clock])
            yield


def project_keys(settings: GatewaySettings) -> Keys:
    """The project's keys of both kinds, as Realtime takes them."""
    return Keys(
        anon=role_token("anon", settings.jwt_secret),
        service_role=role_token("service_role", settings.jwt_secret),
        publishable=settings.publishable_key,
        secret=settings.secret_key,
    )


def create_app(settings: GatewaySettings) -> Starlette:
    """The application for these settings; its lifespan opens and closes everything it uses."""
    gateway = Gateway(settings)
    cors = Middleware(
        CORSMiddleware,
        allow_origins=["*"],
        allow_methods=["GET", "HEAD", "PUT", "PATCH", "POST", "DELETE", "OPTIONS"],
        allow_headers=["*"],
        expose_headers=EXPOSED,
        max_age=3600,
    )
    return Starlette(
        routes=gateway.routes(),
        middleware=[cors, Middleware(Guard, deadline=settings.deadline)],
        exception_handlers={404: http_error, 405: http_error},
        lifespan=gateway.lifespan,
    )
