"""One HTTP request to a platform, within its deadline, and whether it can have gone out."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from romashka.channels.errors import Ambiguous, Rejected, Unavailable

if TYPE_CHECKING:
    import httpx2

# Idle connections go before the platform drops them: a request written to a dropped one could not
# be told from a request that was read.
IDLE_S = 4.0


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
        self._client: httpx2.AsyncClient | None = None

    async def request(self, method: str, url: str, **content: Any) -> httpx2.Response:
        """The platform's answer, whatever its status; `content` as httpx2 takes it.

        Raises Unavailable where nothing can have gone out, Ambiguous where it may have; always
        within `timeout_s`.
        """
        from httpx2 import HTTPError, InvalidURL

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
        from httpx2 import HTTPError, InvalidURL

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

    def _open_client(self) -> httpx2.AsyncClient:
        if self._client is None:
            self._client = _client(self.timeout_s, self._headers)
        return self._client


def _client(timeout_s: float, headers: Mapping[str, str]) -> httpx2.AsyncClient:
    """A client on our own transport; where the machine has a proxy, on the library's."""
    import httpx
    import httpx2

    from romashka.transport import StreamTransport, has_proxy

    # The roots that come along with the library: a machine may have none of its own.
    tls = httpx.create_ssl_context()
    return httpx2.AsyncClient(
        headers=headers,
        timeout=httpx2.Timeout(timeout_s, connect=min(3.0, timeout_s)),
        limits=httpx2.Limits(max_connections=100, keepalive_expiry=IDLE_S),
        verify=tls,
        transport=None if has_proxy() else StreamTransport(tls=tls, idle_s=IDLE_S),
    )


async def _read(answer: httpx2.Response, limit: int) -> bytes:
    found = bytearray()
    async for piece in answer.aiter_bytes():
        found += piece
        if len(found) > limit:
            raise Rejected("too_large", f"more than {limit} bytes")
    return bytes(found)
