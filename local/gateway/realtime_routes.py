"""The routes of the Realtime half: the WebSocket and broadcasts over HTTP."""

from __future__ import annotations

import asyncio
from ipaddress import ip_address
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route, WebSocketRoute
from starlette.websockets import WebSocket

from local.gateway.broadcasts import Broadcast, Unacceptable, from_batch, from_single
from local.gateway.direct import DirectWebSocket
from local.gateway.hub import Hub
from local.gateway.protocol import FrameError, Version, loads
from local.gateway.sockets import Socket
from local.gateway.tokens import TokenError

VERSIONS: dict[str, Version] = {"1.0.0": 1, "2.0.0": 2}
BODY_LIMIT = 8_000_000
UNAUTHORIZED = {"message": "Unauthorized"}
WRONG_TYPE = {"error": "Unsupported Media Type. Use application/json or application/octet-stream"}

# What uvicorn must be told for the WebSocket: compressing each frame for each client would cost
# more than everything else together, and no client frame may be larger than the real server takes.
UVICORN_OPTIONS: dict[str, Any] = {
    "ws_max_size": 5_000_000,
    "ws_per_message_deflate": False,
    "loop": "uvloop",
    "ws": DirectWebSocket,
}


def realtime_routes(hub: Hub) -> list[BaseRoute]:
    """The routes of a hub, under /realtime/v1; on a bad day also the one that begins a gap."""
    endpoints = _Endpoints(hub)
    routes: list[BaseRoute] = [
        WebSocketRoute("/realtime/v1/websocket", endpoints.websocket),
        Route("/realtime/v1/api/broadcast", endpoints.batch, methods=["POST"]),
        Route(
            "/realtime/v1/api/broadcast/{topic:path}/events/{event:path}",
            endpoints.single,
            methods=["POST"],
        ),
    ]
    if hub.mode.bad_day is not None:
        routes.append(Route("/realtime/v1/control/gap", endpoints.gap, methods=["POST"]))
    return routes


class _Endpoints:
    def __init__(self, hub: Hub) -> None:
        self._hub = hub

    async def websocket(self, websocket: WebSocket) -> None:
        """Take a client in, or refuse it as the real server does."""
        query = websocket.query_params
        version = VERSIONS.get(query.get("vsn", "1.0.0"))
        if version is None:
            await _deny(websocket, Response(status_code=403))
            return
        key = query.get("apikey") or websocket.headers.get("x-api-key") or ""
        try:
            if not key:
                raise TokenError("MissingAPIKey", "API key is missing")
            token = self._hub.as_token(key)
            claims = self._hub.decode(token)
        except TokenError as error:
            await asyncio.sleep(self._hub.mode.handshake_delay)
            await _deny(websocket, JSONResponse({"error": error.brief}, 401))
            return
        await websocket.accept()
        await self._hub.serve(Socket(websocket, version, token, claims, self._hub.limits))

    async def batch(self, request: Request) -> Response:
        """Broadcast several messages; those the caller may not send are dropped in silence.

        Each topic is asked about once, as the real server does.
        """
        try:
            claims = self._claims(request)
            broadcasts = from_batch(loads(await _body(request)), self._hub.limits.payload_bytes)
        except TokenError:
            return JSONResponse(UNAUTHORIZED, 401)
        except _TooLarge:
            return JSONResponse(
                {"errors": {"messages": ["Payload size exceeds tenant limit"]}}, 422
            )
        except FrameError:
            return JSONResponse({"errors": {"messages": ["can't be blank"]}}, 422)
        except Unacceptable as refusal:
            return JSONResponse({"errors": refusal.errors}, 422)
        allowed: dict[tuple[str, bool], bool] = {}
        for broadcast in broadcasts:
            if broadcast.place not in allowed:
                allowed[broadcast.place] = await self._may_send(broadcast, claims)
            if allowed[broadcast.place]:
                self._hub.rooms.deliver(broadcast)
        return Response(status_code=202)

    async def single(self, request: Request) -> Response:
        """Broadcast one message whose payload is the body."""
        kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
        if kind not in ("application/json", "application/octet-stream"):
            return JSONResponse(WRONG_TYPE, 415)
        try:
            claims = self._claims(request)
            broadcast = from_single(
                request.path_params["topic"],
                request.path_params["event"],
                await _body(request),
                is_json=kind == "application/json",
                is_private=request.query_params.get("private") == "true",
                largest=self._hub.limits.payload_bytes,
            )
        except TokenError:
            return JSONResponse(UNAUTHORIZED, 401)
        except FrameError:
            return JSONResponse({"errors": {"payload": ["is invalid"]}}, 422)
        except _TooLarge:
            return JSONResponse({"errors": {"payload": ["Payload size exceeds tenant limit"]}}, 422)
        except Unacceptable as refusal:
            return JSONResponse({"errors": refusal.errors}, 422)
        if not await self._may_send(broadcast, claims):
            return JSONResponse(UNAUTHORIZED, 403)
        self._hub.rooms.deliver(broadcast)
        return Response(status_code=202)

    async def gap(self, request: Request) -> Response:
        """Begin a gap of the bad day now: only for the service key, and only on this machine."""
        try:
            role = self._claims(request)["role"]
        except TokenError:
            return JSONResponse(UNAUTHORIZED, 401)
        host = request.client.host if request.client else ""
        if role != "service_role" or not ip_address(host).is_loopback:
            return JSONResponse(UNAUTHORIZED, 403)
        self._hub.gaps.begin()
        return Response(status_code=202)

    def _claims(self, request: Request) -> dict[str, Any]:
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        if scheme.lower() != "bearer" or not token.strip():
            token = request.headers.get("apikey", "")
        return self._hub.decode(self._hub.as_token(token.strip()))

    async def _may_send(self, broadcast: Broadcast, claims: dict[str, Any]) -> bool:
        if not broadcast.is_private:
            return True
        return (await self._hub.policies.may_write(broadcast.name, claims)).broadcast


async def _deny(websocket: WebSocket, response: Response) -> None:
    await websocket.send_denial_response(response)
    # uvicorn takes an application that returns before the connection is gone for a broken one.
    await asyncio.sleep(0.05)


class _TooLarge(Exception):
    pass


async def _body(request: Request) -> bytes:
    body = b""
    async for chunk in request.stream():
        body += chunk
        if len(body) > BODY_LIMIT:
            raise _TooLarge
    return body
