"""A connection that breaks in the middle of an answer."""

from __future__ import annotations

from starlette.responses import Response
from starlette.types import Receive, Scope, Send


class CutOff(Response):
    """Promises more than it sends, so that the caller cannot tell what became of its message."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer the beginning only."""
        headers = [(b"content-length", b"500"), (b"content-type", b"application/json")]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": b"{", "more_body": True})
