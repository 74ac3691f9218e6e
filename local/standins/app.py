"""The stand-ins' HTTP application: the platforms, their record and their controls."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import asdict
from typing import Any

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Mount, Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from local.standins import openai
from local.standins.behaviour import BadControl, Behaviour
from local.standins.receipts import ReceiptSender
from local.standins.record import Record
from local.standins.whatsapp import Account, WhatsApp


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


def create_app(account: Account, *, webhook_url: str, app_secret: str) -> Starlette:
    """Build the application; receipts go to `webhook_url`, signed with `app_secret`."""
    record = Record()
    receipts = ReceiptSender(webhook_url, app_secret)
    whatsapp = WhatsApp(account, record, receipts)

    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        yield
        await receipts.close()

    return Starlette(
        routes=[
            *_record_routes(record, receipts),
            *_control_routes(whatsapp),
            Mount("/whatsapp", routes=whatsapp.routes()),
            Mount("/openai", app=openai.build_app()),
        ],
        middleware=[Middleware(SaysItIsAStandIn)],
        lifespan=lifespan,
    )


def _record_routes(record: Record, receipts: ReceiptSender) -> list[BaseRoute]:
    async def show(request: Request) -> Response:
        after = request.query_params.get("after", "0")
        entries = record.entries(
            platform=request.query_params.get("platform"),
            after=int(after) if after.isdecimal() else 0,
        )
        return JSONResponse({"stand_in": True, "received": entries})

    async def clear(_: Request) -> Response:
        await receipts.forget()
        return JSONResponse({"forgotten": record.clear()})

    async def healthy(_: Request) -> Response:
        return JSONResponse({"status": "ok", "stand_in": True})

    return [
        Route("/", show, methods=["GET"]),
        Route("/record", show, methods=["GET"]),
        Route("/record", clear, methods=["DELETE"]),
        Route("/healthz", healthy, methods=["GET"]),
    ]


def _control_routes(whatsapp: WhatsApp) -> list[BaseRoute]:
    async def show(_: Request) -> Response:
        return JSONResponse(asdict(whatsapp.behaviour))

    async def change(request: Request) -> Response:
        try:
            whatsapp.behaviour = Behaviour.from_json(_object(await request.body()))
        except BadControl as error:
            return JSONResponse({"error": str(error)}, status_code=400)
        return await show(request)

    async def reset(request: Request) -> Response:
        whatsapp.behaviour = Behaviour()
        return await show(request)

    return [
        Route("/control", show, methods=["GET"]),
        Route("/control", change, methods=["POST"]),
        Route("/control", reset, methods=["DELETE"]),
    ]


def _object(body: bytes) -> Mapping[str, Any]:
    try:
        wish = json.loads(body or b"{}")
    except ValueError as error:
        raise BadControl("the body is not JSON") from error
    if not isinstance(wish, dict):
        raise BadControl("the body must be a JSON object")
    return wish
