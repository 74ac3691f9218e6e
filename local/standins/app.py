"""The stand-ins' HTTP application: the platforms, their record and their controls."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Callable, Iterable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import asdict
from functools import partial
from typing import Any

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Mount, Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from local.standins import openai
from local.standins.behaviour import BadControl
from local.standins.email import DEFAULT_PORT, Email
from local.standins.instagram import Instagram
from local.standins.messenger import Messenger
from local.standins.platform import Platform
from local.standins.record import Record
from local.standins.telegram import Telegram
from local.standins.whatsapp import WhatsApp
from romashka.channels.accounts import Account


class SaysItIsAStandIn:
    """Puts a header on every answer, so that nobody takes a stand-in for the platform."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on; add the header to what comes back."""

        async def marked(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message.get("headers", ()), (b"x-stand-in", b"romashka")]
            await send(message)

        await self._app(scope, receive, marked)


Build = Callable[[Account, Record, str], Platform]

# Each platform by the channel's type: its account and our webhook's address make it.
PLATFORMS: Mapping[str, Build] = {
    "whatsapp": WhatsApp,
    "instagram": Instagram,
    "messenger": Messenger,
    "email": Email,
    "telegram": Telegram,
}


def create_app(
    accounts: Iterable[Account], webhooks_url: str, *, mail_port: int = DEFAULT_PORT
) -> Starlette:
    """Build the application that plays the platform of each account, and the mail server beside it.

    What the platforms send goes to `webhooks_url`/webhooks/<type>, signed as each of them signs.
    """
    record = Record()
    builders: Mapping[str, Build] = {**PLATFORMS, "email": partial(Email, port=mail_port)}
    platforms = {
        one.type: builders[one.type](one, record, f"{webhooks_url}/webhooks/{one.type}")
        for one in accounts
    }

    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        async with AsyncExitStack() as stack:
            for platform in platforms.values():
                await platform.start()
                stack.push_async_callback(platform.close)
            yield

    return Starlette(
        routes=[
            *_record_routes(record, platforms),
            *_control_routes(platforms),
            *(Mount(f"/{name}", routes=one.routes()) for name, one in platforms.items()),
            Mount("/openai", app=openai.build_app()),
        ],
        middleware=[Middleware(SaysItIsAStandIn)],
        lifespan=lifespan,
    )


def _record_routes(record: Record, platforms: Mapping[str, Platform]) -> list[BaseRoute]:
    async def show(request: Request) -> Response:
        after = request.query_params.get("after", "0")
        entries = record.entries(
            platform=request.query_params.get("platform"),
            after=int(after) if after.isdecimal() else 0,
        )
        return JSONResponse({"stand_in": True, "received": entries})

    async def clear(_: Request) -> Response:
        for platform in platforms.values():
            await platform.forget()
        return JSONResponse({"forgotten": record.clear()})

    async def healthy(_: Request) -> Response:
        return JSONResponse({"status": "ok", "stand_in": True})

    return [
        Route("/", show, methods=["GET"]),
        Route("/record", show, methods=["GET"]),
        Route("/record", clear, methods=["DELETE"]),
        Route("/healthz", healthy, methods=["GET"]),
    ]


def _control_routes(platforms: Mapping[str, Platform]) -> list[BaseRoute]:
    """/control/<platform>; without a name it is WhatsApp's."""

    def chosen(request: Request) -> Platform:
        name = request.path_params.get("platform", "whatsapp")
        if name not in platforms:
            raise BadControl(f"there is no platform {name!r}; known are {', '.join(platforms)}")
        return platforms[name]

    async def control(request: Request) -> Response:
        try:
            platform = chosen(request)
            if request.method == "DELETE":
                platform.behave({})
            elif request.method == "POST":
                platform.behave(_object(await request.body()))
        except BadControl as error:
            return JSONResponse({"error": str(error)}, status_code=400)
        return JSONResponse(asdict(platform.behaviour))

    methods = ["GET", "POST", "DELETE"]
    return [
        Route("/control", control, methods=methods),
        Route("/control/{platform}", control, methods=methods),
    ]


def _object(body: bytes) -> Mapping[str, Any]:
    try:
        wish = json.loads(body or b"{}")
    except ValueError as error:
        raise BadControl("the body is not JSON") from error
    if not isinstance(wish, dict):
        raise BadControl("the body must be a JSON object")
    return wish
