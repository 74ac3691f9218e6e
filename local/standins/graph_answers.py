"""How the stand-ins of Meta's platforms read requests, refuse, and leave callers unanswered."""

from __future__ import annotations

import json
import secrets
from collections.abc import Awaitable, Callable

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from local.standins.graph_errors import GraphError, graph_error

Handler = Callable[[Request], Awaitable[Response]]


def guarded(handler: Handler, token: str) -> Handler:
    """The handler behind the check of the access token; refusals become Meta's envelopes."""

    async def answer(request: Request) -> Response:
        try:
            _check_token(request, token)
            return await handler(request)
        except GraphError as error:
            return refusal(error)

    return answer


def refusal(error: GraphError) -> Response:
    """The answer to a refused call."""
    headers = {} if error.retry_after is None else {"Retry-After": str(error.retry_after)}
    return JSONResponse(error.envelope(), status_code=error.http, headers=headers)


def json_of(body: bytes) -> object:
    """The JSON of a body; raises GraphError."""
    try:
        return json.loads(body)
    except ValueError as error:
        raise graph_error(100, "The request body is not JSON") from error


def _check_token(request: Request, token: str) -> None:
    given = request.headers.get("authorization", "")
    if not secrets.compare_digest(given.encode(), f"Bearer {token}".encode()):
        raise graph_error(190, "Invalid OAuth access token - Cannot parse access token")
