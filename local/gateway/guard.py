"""The outermost layer: every failure becomes a short JSON answer, and nothing runs for ever."""

from __future__ import annotations

import asyncio

import psycopg
import structlog
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from local.gateway.errors import ApiError, AuthError, RestError, StorageError, from_database

log = structlog.get_logger("gateway")
# Files may take as long as their line does; a function has a deadline of its own.
UNHURRIED = ("/storage/v1/object", "/functions/v1", "/realtime/v1")


class Guard:
    """ASGI middleware that answers in place of a handler that failed or took too long."""

    def __init__(self, app: ASGIApp, deadline: float) -> None:
        self.app = app
        self.deadline = deadline

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on; whatever is raised becomes an answer if none has begun."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        begun = False

        async def watch(message: Message) -> None:
            nonlocal begun
            begun = True
            await send(message)

        path = str(scope["path"])
        limit = None if path.startswith(UNHURRIED) else self.deadline
        try:
            async with asyncio.timeout(limit):
                await self.app(scope, receive, watch)
        except Exception as error:
            if begun:
                raise
            await _answer(path, error)(scope, receive, send)


def _answer(path: str, error: Exception) -> Response:
    if isinstance(error, ApiError):
        return error.response()
    if isinstance(error, psycopg.Error):
        return _database_answer(path, error)
    if isinstance(error, TimeoutError):
        return _in_shape(path, 504, "the request took too long").response()
    log.error("request failed", area=_area(path), error=type(error).__name__, exc_info=error)
    return _in_shape(path, 500, "unexpected error in the gateway").response()


def _database_answer(path: str, error: psycopg.Error) -> Response:
    told = from_database(error, authenticated=True)
    if _area(path) == "rest" or told.status == 503:
        return told.response()
    # Without the message, because the database quotes values in it.
    log.error("the database refused", area=_area(path), sqlstate=error.sqlstate)
    return _in_shape(path, 500, "the database refused").response()


def _in_shape(path: str, status: int, message: str) -> ApiError:
    """A failure of our own, in the shape that the clients of this area read."""
    area = _area(path)
    if area == "auth":
        return AuthError(
            status, "request_timeout" if status == 504 else "unexpected_failure", message
        )
    if area == "storage":
        return StorageError(status, "internal", message, status=status)
    return RestError(status, "PGRSTX00" if status == 500 else "PGRST003", message)


def _area(path: str) -> str:
    return path.strip("/").split("/", 1)[0]


async def http_error(_: Request, error: Exception) -> Response:
    """The answer for a path nobody serves, or a method it does not take."""
    status = error.status_code if isinstance(error, HTTPException) else 500
    if status == 404:
        return JSONResponse({"message": "no Route matched with those values"}, 404)
    headers = dict(error.headers or {}) if isinstance(error, HTTPException) else {}
    return JSONResponse({"message": "Method Not Allowed", "code": str(status)}, status, headers)
