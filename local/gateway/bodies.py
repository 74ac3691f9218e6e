"""Reading request bodies without ever holding more than is allowed."""

from __future__ import annotations

import json
from collections.abc import Callable

from starlette.requests import Request

from local.gateway.errors import ApiError


def too_large() -> ApiError:
    """The refusal of a body over the limit (413)."""
    return ApiError(413, {"message": "Payload too large", "code": "413"})


async def read_body(request: Request, limit: int) -> bytes:
    """The whole body; 413 as soon as it is known to be over `limit` bytes."""
    declared = request.headers.get("content-length", "")
    if declared.isdigit() and int(declared[:18]) > limit:
        raise too_large()
    chunks: list[bytes] = []
    size = 0
    async for chunk in request.stream():
        size += len(chunk)
        if size > limit:
            raise too_large()
        chunks.append(chunk)
    return b"".join(chunks)


async def read_object(
    request: Request, limit: int, refuse: Callable[[], ApiError]
) -> dict[str, object]:
    """A body that is a JSON object, or nothing, which reads as an empty one."""
    body = await read_body(request, limit)
    try:
        parsed = json.loads(body.decode() or "{}")
    except (ValueError, RecursionError):
        raise refuse() from None
    if not isinstance(parsed, dict):
        raise refuse()
    return parsed
