"""Files in the private bucket `media` of Supabase Storage, through Supabase's own client."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Sequence
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    import httpx
    from supabase import AsyncClient

BUCKET = "media"
Answer = TypeVar("Answer")


class StorageAway(Exception):
    """Storage did not do what was asked; it may later. The text names no path and no key."""


class Storage:
    """The bucket; keeps its connections until closed. Every call ends within `timeout_s`."""

    def __init__(self, url: str, key: str, timeout_s: float = 60.0) -> None:
        self._url, self._key, self._timeout_s = url, key, timeout_s
        self._http: httpx.AsyncClient | None = None
        self._client: AsyncClient | None = None

    async def upload(self, path: str, content: bytes, mime_type: str) -> None:
        """Put a file there, over whatever lies under that path; raises StorageAway."""
        options: Any = {"content-type": mime_type, "upsert": "true"}  # the library's TypedDict
        bucket = await self._bucket()
        await self._within(bucket.upload(path, content, options))

    async def signed_url(self, path: str, seconds: int) -> str:
        """An address at which anybody can read the file for so long; raises StorageAway."""
        bucket = await self._bucket()
        answer: Any = await self._within(bucket.create_signed_url(path, seconds))
        return str(answer["signedURL"])

    async def remove(self, paths: Sequence[str]) -> None:
        """Delete files; one that is not there is no error. Raises StorageAway."""
        bucket = await self._bucket()
        await self._within(bucket.remove(list(paths)))

    async def close(self) -> None:
        """Close the connections; the next call opens new ones."""
        http, self._http, self._client = self._http, None, None
        if http is not None:
            await http.aclose()

    async def _bucket(self) -> Any:  # Any: supabase's own class is not exported
        import httpx
        from supabase import AsyncClientOptions, acreate_client

        if self._client is None:
            self._http = httpx.AsyncClient(timeout=self._timeout_s)
            options = AsyncClientOptions(
                httpx_client=self._http, auto_refresh_token=False, persist_session=False
            )
            self._client = await acreate_client(self._url, self._key, options)
        return self._client.storage.from_(BUCKET)

    async def _within(self, call: Awaitable[Answer]) -> Answer:
        import httpx
        from storage3.exceptions import StorageApiError
        from storage3.utils import StorageException

        try:
            async with asyncio.timeout(self._timeout_s):
                return await call
        except StorageApiError as error:
            reason = f"storage answered {error.code or error.status}"
        except (httpx.HTTPError, StorageException, TimeoutError) as error:
            reason = type(error).__name__
        raise StorageAway(reason)
