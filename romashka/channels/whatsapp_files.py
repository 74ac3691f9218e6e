"""Files on WhatsApp: those of customers are looked up by id and read, ours are put up and sent."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Mapping
from urllib.parse import urlsplit

from romashka.channels.base import Fetched, OutboundFile
from romashka.channels.errors import (
    AccountBlocked,
    Ambiguous,
    Rejected,
    SendError,
    Throttled,
    Unavailable,
)
from romashka.channels.events import Media
from romashka.channels.fields import text_in
from romashka.channels.meta import Graph, Upload
from romashka.channels.sums import check_sum
from romashka.channels.whatsapp_parts import LIMITS, kind_of, name_of, type_of

# Meta shuts an account out of look-ups for half an hour after 20 that failed within an hour.
MOST_FAILURES, WITHIN_S, SHUT_OUT_S = 15, 3600.0, 1800.0
DOWNLOAD_S = 50.0
# Where Meta keeps files: only these may see our token.
FILE_HOSTS = (".fbsbx.com", ".facebook.com", ".whatsapp.net", ".fbcdn.net")


class Lookups:
    """Counts an account's failed look-ups, so that the platform never has to shut it out."""

    def __init__(self) -> None:
        self._failed: deque[float] = deque(maxlen=MOST_FAILURES)

    def check(self) -> None:
        """Raises Throttled while one more failure could be too many."""
        full = len(self._failed) == MOST_FAILURES
        if full and time.monotonic() - self._failed[0] < WITHIN_S:
            raise Throttled("lookups", "too many files could not be looked up", SHUT_OUT_S)

    def failed(self) -> None:
        """Note a look-up that the platform refused."""
        self._failed.append(time.monotonic())


async def fetch_media(graph: Graph, lookups: Lookups, media: Media, limit: int) -> Fetched:
    """A customer's file by its id, or else by its address; raises a SendError.

    The address that belongs to an id works for some minutes only, so it is asked for each time.
    """
    url, declared = media.url, media.mime_type
    found: Mapping[str, object] = {}
    if media.id:
        found = await _look_up(graph, lookups, media.id)
        url, declared = text_in(found, "url"), text_in(found, "mime_type") or declared
    if not url:
        raise Rejected("no_address", "the platform gives no address for this file")
    if not _is_metas(graph, url):
        raise Rejected("foreign_address", "the file is at no address of the platform's")
    answer = await graph.download(url, limit, timeout_s=DOWNLOAD_S, with_token=True)
    if answer.status != 200:
        raise _refused(answer.status)
    _check(answer.content, media, found)
    return Fetched(content=answer.content, mime_type=declared or answer.mime_type)


def _check(content: bytes, media: Media, found: Mapping[str, object]) -> None:
    """Raises Rejected unless size and sum are what the webhook and the look-up have said."""
    for size in (media.size, found.get("file_size")):
        if isinstance(size, int) and size != len(content):
            raise Rejected("wrong_size", f"{len(content)} bytes, {size} were announced")
    for sha256 in (media.sha256, text_in(found, "sha256")):
        check_sum(content, sha256)


async def _look_up(graph: Graph, lookups: Lookups, media_id: str) -> Mapping[str, object]:
    lookups.check()
    if not media_id.isascii() or not media_id.replace("_", "").replace("-", "").isalnum():
        raise Rejected("bad_id", "no id that the platform could have made")
    try:
        return await graph.get(media_id)
    except Rejected:
        lookups.failed()
        raise


def _is_metas(graph: Graph, url: str) -> bool:
    parts, ours = urlsplit(url), urlsplit(graph.url)
    if (parts.scheme, parts.netloc) == (ours.scheme, ours.netloc):
        return True
    return parts.scheme == "https" and f".{parts.hostname or ''}".endswith(FILE_HOSTS)


def _refused(status: int) -> SendError:
    reason = f"HTTP {status} for a file"
    if status == 401:
        return AccountBlocked(str(status), reason)
    if status == 429:
        return Throttled(str(status), reason)
    if 400 <= status < 500:
        return Rejected(str(status), reason)
    return Unavailable(reason, str(status))


async def put_up(graph: Graph, account: str, file: OutboundFile) -> str:
    """Our file at the platform: its id; raises a SendError, never Ambiguous.

    Nobody has seen it yet, so that after an answer that got lost it is simply put up again.
    """
    limit = LIMITS[kind_of(file)]
    found = await graph.download(file.url, limit, timeout_s=DOWNLOAD_S, with_token=False)
    if found.status != 200:
        raise Unavailable(f"HTTP {found.status} for our own file", "file")
    upload = Upload(name=name_of(file), content=found.content, mime_type=type_of(file))
    fields = {"messaging_product": "whatsapp", "type": upload.mime_type}
    try:
        answer = await graph.upload(f"{account}/media", fields, upload)
    except Ambiguous as error:
        raise Unavailable(error.reason, error.code) from None
    media_id = text_in(answer, "id")
    if media_id is None:
        raise Unavailable("the platform's answer has no id of a file")
    return media_id
