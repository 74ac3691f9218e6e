"""One HTTP request to a platform, within its deadline, and whether it can have gone out."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from romashka.channels.errors import Ambiguous, Rejected, Unavailable

if TYPE_CHECKING:
    import httpx


@dataclass(frozen=True, slots=True, kw_only=True)
class Download:
    """A file from an address: the answer's status, its type, and the bytes where it was a 200."""

    status: int
    mime_type: str | None
    content: bytes


class Caller:
    """Calls one platform; keeps its connections until closed.

    Addresses may hold a token and are never put into an error or a log.
    """

    def __init__(self, timeout_s: float, headers: Mapping[str, str] | None = None) -> None:
        self.timeout_s = timeout_s
        self._headers = dict(headers or {})
        self._client: httpx.AsyncClient | None = None

    async def request(self, method: str, url: str, **content: Any) -> httpx.Response:
        """The platform's answer, whatever its status; `content` as httpx takes it.

        Raises Unavailable where nothing can have gone out, Ambiguous where it may have; always
        within `timeout_s`.
        """
        from httpx import HTTPError, InvalidURL

        went_out = False

        async def trace(event: str, _info: Mapping[str, Any]) -> None:
            nonlocal went_out
            went_out = went_out or event.endswith("send_request_headers.started")

        try:
            async with asyncio.timeout(self.timeout_s):
                return await self._open_client().request(
                    method, url, extensions={"trace": trace}, **content
                )
        except (HTTPError, InvalidURL, TimeoutError) as error:
            kind = type(error).__name__
        if went_out:
            raise Ambiguous(f"{kind} after the request went out")
        raise Unavailable(f"{kind} before the request went out")

    async def download(
        self, url: str, limit: int, *, timeout_s: float, headers: Mapping[str, str] | None = None
    ) -> Download:
        """The bytes at an address, never more than `limit` of them in memory; follows nothing.

        Raises Rejected for more bytes, Unavailable where they did not come within `timeout_s`.
        """
        from httpx import HTTPError, InvalidURL

        client = self._open_client()
        try:
            async with (
                asyncio.timeout(timeout_s),
                client.stream("GET", url, headers=headers, timeout=timeout_s) as answer,
            ):
                content = await _read(answer, limit) if answer.status_code == 200 else b""
                kind = answer.headers.get("content-type")
                return Download(status=answer.status_code, mime_type=kind, content=content)
        except (HTTPError, InvalidURL, TimeoutError) as error:
            name = type(error).__name__
        raise Unavailable(f"{name} while a file was fetched")

    async def close(self) -> None:
        """Close the connections; the next request opens new ones."""
        if self._client is not None:
            await self._client.aclose()
            self._client = None

    def _open_client(self) -> httpx.AsyncClient:
        import httpx

        if self._client is None:
            # Idle connections go before the platform drops them: a request written to a dropped
            # one could not be told from a request that was read.
            limits = httpx.Limits(max_connections=100, keepalive_expiry=4.0)
            timeout = httpx.Timeout(self.timeout_s, connect=min(3.0, self.timeout_s))
            self._client = httpx.AsyncClient(headers=self._headers, limits=limits, timeout=timeout)
        return self._client


async def _read(answer: httpx.Response, limit: int) -> bytes:
    found = bytearray()
    async for piece in answer.aiter_bytes():
        found += piece
        if len(found) > limit:
            raise Rejected("too_large", f"more than {limit} bytes")
    return bytes(found)
