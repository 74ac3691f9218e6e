"""One HTTP request to a platform, within its deadline, and whether it can have gone out."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from romashka.channels.base import Fetched
from romashka.channels.errors import Ambiguous, Rejected, Unavailable

if TYPE_CHECKING:
    import httpx


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

    async def download(self, url: str, limit: int) -> Fetched:
        """The bytes at an address, at most `limit`, within `timeout_s`.

        Raises Rejected for more than that, Unavailable where they cannot be had now.
        """
        from httpx import HTTPError, InvalidURL

        try:
            async with (
                asyncio.timeout(self.timeout_s),
                self._open_client().stream("GET", url) as response,
            ):
                if not response.is_success:
                    raise Unavailable(f"HTTP {response.status_code}", str(response.status_code))
                return await _read(response, limit)
        except (HTTPError, InvalidURL, TimeoutError) as error:
            kind = type(error).__name__
        raise Unavailable(f"{kind} while a file was fetched")

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


async def _read(response: httpx.Response, limit: int) -> Fetched:
    content = bytearray()
    async for chunk in response.aiter_bytes():
        content += chunk
        if len(content) > limit:
            raise Rejected("too_large", f"the file has more than {limit} bytes")
    mime_type = response.headers.get("content-type", "").partition(";")[0].strip()
    return Fetched(content=bytes(content), mime_type=mime_type or None)
