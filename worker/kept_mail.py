"""Mails as they lie in the database: all of their bytes, or one file out of them."""

from __future__ import annotations

from romashka.channels.base import Fetched
from romashka.channels.errors import Rejected
from romashka.channels.events import Media
from romashka.database import acall
from worker.mail_reading import MailReader
from worker.shared import Shared

# A mail is read in pieces of this size, so that no answer of the database is much larger.
PIECE = 4 * 1024 * 1024


async def body_of(shared: Shared, inbound_id: int, size: int) -> bytes:
    """The kept request; its pieces never lie in memory twice. Raises DatabaseError."""
    body = bytearray()
    while len(body) < size:
        piece: bytes | None = await acall(
            shared.pool, "private.mail_bytes", inbound_id, len(body), PIECE
        )
        if not piece:
            break
        body += piece
    return bytes(body)


async def file_of(
    shared: Shared, reader: MailReader, inbound_id: int | None, media: Media, limit: int
) -> Fetched:
    """A file out of a kept mail; raises Rejected as MailReader.file does."""
    kept = None if inbound_id is None else await acall(shared.pool, "private.kept_mail", inbound_id)
    if kept is None or inbound_id is None:
        raise Rejected("gone", "the mail is not kept any more")
    body = await body_of(shared, inbound_id, kept["size"])
    content = await reader.file(body, kept["headers"], media.id or "", limit)
    return Fetched(content=content, mime_type=media.mime_type, filename=media.filename)
