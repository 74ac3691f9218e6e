"""One send: the platform's answer, or its error, as the database wants to hear it."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any, Literal

from romashka.channels.base import Channel, Choice, OutboundFile, OutboundMessage
from romashka.channels.errors import (
    AccountBlocked,
    Rejected,
    SendError,
    Throttled,
    Unavailable,
    Unreachable,
)
from worker.storage import Storage, StorageAway

SIGNED_FOR_S = 600
# Files are read and put up within the send; a delivery's lease has room for that.
FILES_S = 60.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """What became of a send; `unknown` means that it may have gone out, so it is not repeated."""

    result: Literal["sent", "retry", "failed", "unknown"]
    external_ids: tuple[str, ...] = ()
    code: str | None = None
    error: str | None = None
    retry_after_s: float | None = None
    account_blocked: bool = False
    unreachable: bool = False
    channel_paused: bool = False

    def as_json(self) -> dict[str, Any]:
        """The form that record_delivery takes."""
        return asdict(self) | {"external_ids": list(self.external_ids)}


def read_outbound(row: Mapping[str, Any]) -> OutboundMessage:
    """The message of a row that claim_deliveries gave."""
    return OutboundMessage(
        delivery_id=str(row["delivery_id"]),
        message_id=str(row["message_id"]),
        account=str(row["account"]),
        identities=row.get("identities") or {},
        content=str(row.get("content") or ""),
        conversation_id=str(row.get("conversation_id") or ""),
        sender_type=str(row.get("sender_type") or "ai"),
        message_type=str(row.get("message_type") or "text"),
        files=tuple(
            _file(found)
            for found in row.get("media") or ()
            if found.get("path") or found.get("url")
        ),
        choices=tuple(_choice(found) for found in row.get("choices") or ()),
        template=row.get("template"),
        mail=row.get("mail") or {},
        language=row.get("language"),
        reply_to=row.get("reply_to"),
        via=row.get("via"),
        window_open=bool(row.get("window_open", True)),
        is_reachable=bool(row.get("is_reachable", True)),
        parts_sent=tuple(map(str, row.get("external_ids") or ())),
        attempt=int(row["attempt"]),
    )


def _file(found: Mapping[str, Any]) -> OutboundFile:
    return OutboundFile(
        kind=str(found.get("kind") or "document"),
        url=str(found.get("url") or ""),
        path=found.get("path"),
        mime_type=found.get("mime_type"),
        filename=found.get("filename"),
        size=found.get("size"),
    )


def _choice(found: Mapping[str, Any]) -> Choice:
    """A choice's title comes back as the customer's message, so it may do as its id too."""
    title = str(found["title"])
    return Choice(
        id=str(found.get("id") or title), title=title, description=found.get("description")
    )


async def send(
    channel: Channel, message: OutboundMessage, limit_s: float, storage: Storage | None = None
) -> Result:
    """Sends within `limit_s` seconds; every exception but a cancellation becomes a result.

    To a customer who has stopped us nothing is sent until they write again. Files that lie in
    `storage` get their address first; nothing has gone out before that.
    """
    if not message.is_reachable:
        return Result(result="failed", code="unreachable", error="the customer has stopped us here")
    try:
        async with asyncio.timeout(limit_s):
            message = await with_addresses(message, storage)
    except (StorageAway, TimeoutError):
        return Result(result="retry", code="storage", error="the files cannot be read now")
    limit_s += FILES_S if message.files else 0
    try:
        async with asyncio.timeout(limit_s):
            external_ids = await channel.send(message)
    except TimeoutError:
        return Result(result="unknown", code="timeout", error=f"no answer within {limit_s} s")
    except SendError as error:
        return result_of(error)
    except Exception as error:
        # A bug after the request went out looks like one before it: nobody knows, so no repeat.
        return Result(result="unknown", code="unexpected", error=type(error).__name__)
    return Result(result="sent", external_ids=external_ids)


async def with_addresses(message: OutboundMessage, storage: Storage | None) -> OutboundMessage:
    """The message with an address for each file that lies in Storage; raises StorageAway."""
    if storage is None or not any(file.path for file in message.files):
        return message
    files = [
        replace(file, url=await storage.signed_url(file.path, SIGNED_FOR_S)) if file.path else file
        for file in message.files
    ]
    return replace(message, files=tuple(files))


def result_of(error: SendError) -> Result:
    """What an error of a channel means for the delivery."""
    known = Result(result="unknown", code=error.code, error=error.reason, external_ids=error.sent)
    match error:
        case AccountBlocked():
            return replace(known, result="failed", account_blocked=True)
        case Rejected():
            unreachable = isinstance(error, Unreachable)
            return replace(known, result="failed", unreachable=unreachable)
        case Throttled():
            return replace(
                known,
                result="retry",
                retry_after_s=error.retry_after,
                channel_paused=error.whole_account,
            )
        case Unavailable():
            return replace(known, result="retry")
        case _:
            return known
