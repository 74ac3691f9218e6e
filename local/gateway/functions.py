"""Edge functions: each runs in a Deno process of its own, started by its first request."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import Any

import httpx
import jwt
import structlog
from starlette.background import BackgroundTask
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import Route

from local.gateway.bodies import read_body
from local.gateway.callers import bearer, decode
from local.gateway.deno import Deno, FunctionFailed
from local.gateway.errors import ApiError
from local.gateway.settings import GatewaySettings

log = structlog.get_logger(__name__)

NAME = re.compile(r"[A-Za-z][A-Za-z0-9_-]{0,62}", re.ASCII)
BODY_LIMIT = 6 * 1024 * 1024
TIMEOUT = httpx.Timeout(30.0, connect=2.0)
METHODS = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"]
# Headers that speak of one connection and not of the message.
HOP_BY_HOP = frozenset(
    {"connection", "keep-alive", "proxy-authenticate", "proxy-authorization", "te", "trailer"}
    | {"transfer-encoding", "upgrade", "host", "content-length"}
)
NOT_HANDED_BACK = HOP_BY_HOP - {"content-length"} | {"date", "server", "vary"}


def function_routes(functions: Functions) -> list[Route]:
    """The routes under /functions/v1."""
    return [
        Route("/functions/v1/{name}", functions.serve, methods=METHODS),
        Route("/functions/v1/{name}/{rest:path}", functions.serve, methods=METHODS),
    ]


class Functions:
    """The project's functions and the processes of those that have been called."""

    def __init__(self, settings: GatewaySettings) -> None:
        self.settings = settings
        self._running: dict[str, Deno] = {}
        self._client = httpx.AsyncClient(timeout=TIMEOUT, follow_redirects=False)

    async def stop(self) -> None:
        """End every process."""
        for process in self._running.values():
            await process.stop()
        await self._client.aclose()

    async def serve(self, request: Request) -> Response:
        """Hand a request to its function and the answer back."""
        name = request.path_params["name"]
        entry = self.settings.functions_dir / name / "index.ts"
        if not NAME.fullmatch(name) or not entry.is_file():
            raise _refusal(404, "NOT_FOUND", "Requested function was not found")
        if verifies_jwt(self.settings.functions_dir, name):
            self._require_token(request)
        body = await read_body(request, BODY_LIMIT)
        process = self._running.setdefault(name, Deno(name, entry, self.settings))
        try:
            return await self._forward(request, process, body)
        except FunctionFailed as error:
            raise _refusal(503, error.code, str(error)) from None
        except httpx.TimeoutException:
            raise _refusal(504, "IDLE_TIMEOUT", "Function took too long to answer") from None
        except httpx.TransportError:
            raise _refusal(502, "WORKER_ERROR", "Function exited before it answered") from None

    def _require_token(self, request: Request) -> None:
        token = bearer(request.headers)
        if token is None:
            raise _refusal(401, "UNAUTHORIZED_NO_AUTH_HEADER", "Missing authorization header")
        try:
            decode(self.settings, token)
        except jwt.InvalidTokenError:
            raise _refusal(401, "UNAUTHORIZED_INVALID_JWT", "Invalid JWT") from None

    async def _forward(self, request: Request, process: Deno, body: bytes) -> Response:
        origin = await process.origin()
        path = request.url.path.removeprefix("/functions/v1")
        query = f"?{request.url.query}" if request.url.query else ""
        headers = [item for item in request.headers.items() if item[0] not in HOP_BY_HOP]
        headers += [
            ("host", request.headers.get("host", "")),
            ("x-forwarded-for", request.client.host if request.client else ""),
            ("x-forwarded-proto", request.url.scheme),
        ]
        asked = self._client.build_request(
            request.method, origin + path + query, headers=headers, content=body or None
        )
        answer = await self._client.send(asked, stream=True)
        out = StreamingResponse(
            answer.aiter_raw(), answer.status_code, background=BackgroundTask(answer.aclose)
        )
        out.raw_headers = [
            (name.lower(), value)
            for name, value in answer.headers.raw
            if name.lower().decode("latin-1") not in NOT_HANDED_BACK
        ]
        return out


def verifies_jwt(functions_dir: Path, name: str) -> bool:
    """Whether a function wants a signed-in caller, as supabase/config.toml says (default: yes)."""
    try:
        config: dict[str, Any] = tomllib.loads((functions_dir.parent / "config.toml").read_text())
    except (OSError, tomllib.TOMLDecodeError):
        return True
    return bool(config.get("functions", {}).get(name, {}).get("verify_jwt", True))


def _refusal(status: int, code: str, message: str) -> ApiError:
    return ApiError(status, {"code": code, "message": message})
