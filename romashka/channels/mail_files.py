"""The files that go out with a mail: fetched from storage within limits, the rest named by link."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from romashka.channels.base import Fetched, OutboundFile
from romashka.channels.errors import Rejected, Unavailable

# What servers commonly take is 25 MB, of which base64 costs a third.
ROOM = 20 * 1024 * 1024
Split = tuple[list[tuple[OutboundFile, Fetched]], list[OutboundFile]]


async def fetch_files(files: Sequence[OutboundFile], timeout_s: float, room: int = ROOM) -> Split:
    """The files with their bytes, as far as they fit into `room` in all, and those that do not.

    Raises Unavailable where storage does not answer in time, Rejected where a file is gone.
    """
    attached: list[tuple[OutboundFile, Fetched]] = []
    linked: list[OutboundFile] = []
    for file in files:
        fetched = None if (file.size or 0) > room else await _fetch(file, timeout_s, room)
        if fetched is None:
            linked.append(file)
        else:
            attached.append((file, fetched))
            room -= len(fetched.content)
    return attached, linked


async def _fetch(file: OutboundFile, timeout_s: float, room: int) -> Fetched | None:
    """The file, None when it is larger than `room`."""
    import httpx

    content = bytearray()
    try:
        async with (
            asyncio.timeout(timeout_s),
            httpx.AsyncClient(timeout=timeout_s) as client,
            client.stream("GET", file.url) as answer,
        ):
            _check(answer.status_code)
            async for piece in answer.aiter_bytes():
                content += piece
                if len(content) > room:
                    return None
            mime_type = answer.headers.get("content-type")
    except (httpx.HTTPError, httpx.InvalidURL, TimeoutError) as error:
        raise Unavailable(f"{type(error).__name__} while a file was fetched", "file") from None
    return Fetched(content=bytes(content), mime_type=mime_type, filename=file.filename)


def _check(status: int) -> None:
    if status in (404, 410):
        raise Rejected("file_gone", "a file of the message is gone")
    if status >= 300:
        raise Unavailable(f"storage answered HTTP {status}", "file")
