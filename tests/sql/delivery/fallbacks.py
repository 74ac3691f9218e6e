"""A customer on WhatsApp who may be written to elsewhere too."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from psycopg import Connection

from tests.sql.rows import call, claim_sends, one, write_in


def add_identity(
    db: Connection,
    conversation: UUID,
    channel_type: str = "email",
    value: str = "grace@example.com",
    *,
    rank: int | None = 1,
    consent: bool = True,
) -> UUID:
    """Gives the customer of a conversation one more identity; its id."""
    channel = call(db, "private.register_channel", channel_type, "shop", "Shop")
    identity = one(
        db,
        "insert into customer_identities (customer_id, channel_id, kind, value, fallback_rank)"
        " select customer_id, %s, %s, %s, %s from conversations where id = %s returning id",
        channel,
        "email" if channel_type == "email" else "external",
        value,
        rank,
        conversation,
    )
    if consent:
        call(db, "record_consent", identity, "asked in the chat")
    return identity


def answered(db: Connection, text: str = "Two days.", **more: Any) -> UUID:
    """Lets a customer ask and an agent answer; the conversation."""
    conversation = write_in(db, **more)
    call(db, "send_message", conversation, text)
    return conversation


def claim_from(db: Connection, *channel_types: str) -> dict[str, Any]:
    """Claims the one delivery that is due on these channels."""
    [send] = claim_sends(db, channel_types=channel_types or ("whatsapp",))
    return send
