"""The media loop: fetches the files that platforms hold for us and puts them into Storage.

At most four files are in memory at once. Files of customers that were erased or messages that were
taken back are deleted from Storage here as well.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Literal

import structlog

from romashka.channels.base import Channel, Fetched, Fetching
from romashka.channels.email import Email
from romashka.channels.errors import AccountBlocked, Rejected, SendError, Throttled
from romashka.channels.events import Media
from romashka.channels.roster import accounts_among, having
from romashka.channels.sums import check_sum
from romashka.database import acall, acall_all
from worker.claiming import ClaimLoop, Row
from worker.faults import fault
from worker.file_types import Unwanted, safe_name, type_of
from worker.kept_mail import file_of
from worker.mail_reading import MailReader
from worker.shared import Shared
from worker.storage import Storage, StorageAway

SWEEP_S = 2.0
AT_ONCE = 4
REMOVED_AT_ONCE = 100
FETCH_S = 60.0
LARGEST_IMAGE = 16 * 1024 * 1024

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What became of a file, as record_media takes it."""

    result: Literal["stored", "retry", "failed"]
    path: str | None = None
    mime_type: str | None = None
    size: int | None = None
    filename: str | None = None
    code: str | None = None
    error: str | None = None
    retry_after_s: float | None = None
    account_blocked: bool = False


class MediaLoop(ClaimLoop):
    """Fetches until told to stop; `active` counts the files in hand."""

    name = "media"

    def __init__(
        self,
        shared: Shared,
        channels: Mapping[str, Channel],
        storage: Storage,
        *,
        longest_bytes: int,
    ) -> None:
        super().__init__(
            shared, shared.bells.media, concurrency=AT_ONCE, batch=AT_ONCE, sweep_s=SWEEP_S
        )
        self._channels = channels
        self._storage = storage
        self._longest = longest_bytes
        self._mails = MailReader()

    async def claim(self, room: int) -> Sequence[Row]:
        """Files that are due; what must go is deleted first."""
        await self._remove()
        rows: Sequence[Row] = await acall_all(
            self._shared.pool,
            "private.claim_media",
            self._shared.name,
            [*having(self._channels, Fetching), *having(self._channels, Email)],
            room,
            accounts_among(self._channels, Fetching) + accounts_among(self._channels, Email),
        )
        return rows

    async def drain(self, seconds: float) -> None:
        """Waits for what is in hand, and ends the process that takes files out of mails."""
        await super().drain(seconds)
        await self._mails.close()

    async def work(self, row: Row) -> None:
        """Fetch one file, store it, record it; a lost claim takes its upload back."""
        outcome = await self._outcome(row)
        state = await acall(
            self._shared.pool,
            "private.record_media",
            row["file_id"],
            self._shared.name,
            row["attempt"],
            asdict(outcome),
        )
        log.info(
            "file ended",
            file_id=row["file_id"],
            message_id=row["message_id"],
            channel=row["channel_type"],
            attempt=row["attempt"],
            state=state,
            code=outcome.code,
            bytes=outcome.size,
        )
        if state == "fenced" and outcome.path:
            await self._take_back(row, outcome.path)

    async def _take_back(self, row: Row, path: str) -> None:
        """Another claim may have stored the same file under the same path: then it stays."""
        if await acall(self._shared.pool, "private.file_is_kept", row["message_id"], path):
            return
        await self._storage.remove([path])

    async def _outcome(self, row: Row) -> Outcome:
        media = read_media(row["media"])
        try:
            async with asyncio.timeout(FETCH_S):
                found = await self._fetch(row, media)
            return await self._store(row, media, found)
        except SendError as error:
            return outcome_of(error)
        except Unwanted as error:
            return Outcome(result="failed", code="unwanted", error=str(error))
        except StorageAway as error:
            return Outcome(result="retry", code="storage", error=str(error))
        except TimeoutError:
            return Outcome(result="retry", code="timeout", error=f"not here within {FETCH_S} s")
        except Exception as error:
            log.error("a file could not be stored", file_id=row["file_id"], **fault(error))
            return Outcome(result="retry", code="unexpected", error=type(error).__name__)

    async def _fetch(self, row: Row, media: Media) -> Fetched:
        channel = self._channels.get(row["channel_type"])
        limit = self._longest
        if media.kind in ("image", "sticker"):
            limit = min(limit, LARGEST_IMAGE)
        if media.size is not None and media.size > limit:
            raise Rejected("too_large", f"{media.size} bytes, {limit} are allowed")
        if isinstance(channel, Email):
            return await file_of(self._shared, self._mails, row["inbound_id"], media, limit)
        if not isinstance(channel, Fetching):  # the account is gone since the claim
            raise Rejected("not_fetching", "this channel holds no files")
        return await channel.fetch(row["account"], media, limit)

    async def _store(self, row: Row, media: Media, found: Fetched) -> Outcome:
        check_sum(found.content, media.sha256)
        mime_type = type_of(found.content, media.mime_type or found.mime_type, media.kind)
        name = media.filename or found.filename
        path = path_of(row, safe_name(name, mime_type))
        await self._storage.upload(path, found.content, mime_type)
        return Outcome(
            result="stored",
            path=path,
            mime_type=mime_type,
            size=len(found.content),
            filename=name,
        )

    async def _remove(self) -> None:
        """Delete what must go; where Storage is away, the next look finds it again."""
        paths = await acall_all(self._shared.pool, "private.files_to_remove", REMOVED_AT_ONCE)
        if not paths:
            return
        try:
            await self._storage.remove(paths)
        except StorageAway as error:
            log.warning("files could not be deleted", files=len(paths), reason=str(error))
        else:
            log.info("files deleted", files=len(paths))


def path_of(row: Row, name: str) -> str:
    """Where a file of a customer lies in the bucket."""
    return f"{row['conversation_id']}/customer/{row['message_id']}-{row['place']}-{name}"


def read_media(found: Mapping[str, Any]) -> Media:
    """What the platform said of a file, as the parser read it."""
    size = found.get("size")
    return Media(
        kind=str(found.get("kind") or "document"),
        id=found.get("id"),
        url=found.get("url"),
        mime_type=found.get("mime_type"),
        filename=found.get("filename"),
        sha256=found.get("sha256"),
        size=size if isinstance(size, int) else None,
    )


def outcome_of(error: SendError) -> Outcome:
    """What an error of a channel means for the file: an answer that got lost may be asked again."""
    match error:
        case AccountBlocked():
            return Outcome(
                result="retry", code=error.code, error=error.reason, account_blocked=True
            )
        case Rejected():
            return Outcome(result="failed", code=error.code, error=error.reason)
        case Throttled():
            return Outcome(
                result="retry",
                code=error.code,
                error=error.reason,
                retry_after_s=error.retry_after,
            )
        case _:
            return Outcome(result="retry", code=error.code, error=error.reason)
