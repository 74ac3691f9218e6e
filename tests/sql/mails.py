"""Mails for database tests: as the parser hands them over, and as the queue holds them."""

from __future__ import annotations

import uuid
from typing import Any

from psycopg import Connection

from tests.sql.rows import call, ingest, message, one, rows

ADA = "ada@example.com"
PROVEN = {"dmarc": "pass", "trusted": True}
DISOWNED = {"dmarc": "fail", "trusted": False}


def mail(text: str = "Hello", sender: str = ADA, **more: Any) -> dict[str, Any]:
    """Gives a mail as the parser hands it over; `thread` and `metadata` may be given in part."""
    thread = {"conversation": None, "references": [], "own": [], "tag": None, "subject": ""}
    metadata = {"authentication": PROVEN, "references": [], **more.pop("metadata", {})}
    return message(
        text,
        identities=[{"kind": "email", "value": sender}],
        external_id=more.pop("external_id", f"{uuid.uuid4().hex}@example.com"),
        thread=thread | more.pop("thread", {}),
        metadata=metadata,
        **{"may_open": True, "message_type": "text", **more},
    )


def receive(db: Connection, text: str = "Hello", sender: str = ADA, **more: Any) -> Any:
    """Takes a mail in; gives the conversation it became part of, None when it is not stored."""
    event = mail(text, sender, **more)
    ingest(db, event, channel_type="email")
    query = "select conversation_id from messages where external_message_id = %s"
    return one(db, query, event["external_id"])


def answer_by_mail(db: Connection, conversation: Any, text: str = "Yes.", **more: Any) -> None:
    """Says something in a conversation as the system; `more` are columns."""
    columns = {"conversation_id": conversation, "sender_type": "system", "content": text, **more}
    places = ", ".join(["%s"] * len(columns))
    db.execute(
        f"insert into messages ({', '.join(columns)}) values ({places})", list(columns.values())
    )


def queue_raw_mail(db: Connection) -> int:
    """Queues a mail to be read; gives its request's id."""
    return ingest(db, {"kind": "mail", "account": "shop"}, channel_type="email")["inbound_ids"][0]


def claim(db: Connection, worker: str = "w1", limit: int = 10) -> list[dict[str, Any]]:
    """Lets a living worker claim the mails that wait."""
    call(db, "private.heartbeat", "worker", worker)
    return rows(db, "select private.claim_mail(%s, %s)", worker, limit)


def record(db: Connection, claimed: dict[str, Any], *events: Any, **more: Any) -> str:
    """Lets a worker record what a claimed mail said."""
    return call(
        db,
        "private.record_mail",
        claimed["inbound_id"],
        more.get("worker", "w1"),
        claimed["attempt"],
        list(events) or None,
        more.get("error"),
    )
