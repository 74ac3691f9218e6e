"""Short words for database tests: call a function, read a value, write as this or that person."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
import pytest
from psycopg import Connection
from psycopg.types.json import Jsonb

from tests.conftest import take_role
from tests.function_coverage import note_refusal

PHONE = "4915112345678"


def call(db: Connection, function: str, *args: Any) -> Any:
    """Gives what a function of the database returns; a dict or list of dicts goes as jsonb."""
    places = ", ".join(["%s"] * len(args))
    return one(db, f"select {function}({places})", *[as_parameter(arg) for arg in args])


def as_parameter(value: Any) -> Any:
    """Gives the value as psycopg should send it."""
    nested = isinstance(value, list) and any(isinstance(item, dict) for item in value)
    return Jsonb(value) if nested or isinstance(value, dict) else value


def one(db: Connection, query: str, *args: Any) -> Any:
    """Gives the first value of the first row, None where there is none."""
    row = db.execute(query, args).fetchone()
    return None if row is None else row[0]


def rows(db: Connection, query: str, *args: Any) -> list[Any]:
    """Gives all rows; of a single column just its values."""
    cursor = db.execute(query, args)
    found = cursor.fetchall()
    return [row[0] for row in found] if len(cursor.description or ()) == 1 else found


@contextmanager
def refused(db: Connection, code: str) -> Iterator[None]:
    """Expects an error of this SQLSTATE; the transaction goes on after it."""
    with pytest.raises(psycopg.Error) as caught, db.transaction():
        yield
    assert caught.value.sqlstate == code, caught.value
    note_refusal(caught.value)


def add_user(db: Connection, **columns: Any) -> uuid.UUID:
    """Makes a person who can sign in."""
    user = uuid.uuid4()
    db.execute("insert into auth.users (id) values (%s)", [user])
    return user


def add_agent(db: Connection, role: str = "agent", name: str = "Ada") -> uuid.UUID:
    """Makes an agent or an admin."""
    user = add_user(db)
    return call(db, "private.ensure_agent", user, f"{user}@example.com", name, role)


@contextmanager
def acting(db: Connection, user: uuid.UUID | None, role: str = "authenticated") -> Iterator[None]:
    """Lets the statements within be those of a signed-in person, or of a bare API role."""
    claims = {} if user is None else {"sub": user}
    take_role(db, role, **claims)
    try:
        yield
    finally:
        if db.info.transaction_status != psycopg.pq.TransactionStatus.INERROR:
            take_role(db, None)


def message(text: str = "Hello", phone: str = PHONE, **more: Any) -> dict[str, Any]:
    """Gives a customer's WhatsApp message as the parser hands it over."""
    return {
        "kind": "message",
        "account": "shop",
        "external_id": f"wamid.{uuid.uuid4().hex}",
        "identities": [{"kind": "phone", "value": phone}],
        "customer_name": "Grace",
        "content": text,
        "message_type": "text",
        "media": [],
        "occurred_at": "2026-11-20T12:00:00+00:00",
        "reply_to": None,
        "sender": "customer",
        "calls_for_answer": True,
        "language": None,
        "metadata": {},
        **more,
    }


def receipt(external_id: str, status: str, **more: Any) -> dict[str, Any]:
    """Gives a delivery receipt as the parser hands it over."""
    return {
        "kind": "receipt",
        "account": "shop",
        "external_id": external_id,
        "status": status,
        "occurred_at": "2026-11-20T12:00:01+00:00",
        "tracker": None,
        **more,
    }


def ingest(db: Connection, *events: Any, channel_type: str = "whatsapp") -> dict[str, Any]:
    """Takes in one authentic request with these events, on the account "shop"."""
    call(db, "private.register_channel", channel_type, "shop", "Shop")
    return one(
        db,
        "select private.ingest_events(%s, %s, %s, %s, %s::text[])",
        channel_type,
        [b"{}"],
        Jsonb([{}]),
        Jsonb([list(events)]),
        [None],
    )


def write_in(db: Connection, text: str = "Hello", phone: str = PHONE, **more: Any) -> uuid.UUID:
    """Lets a customer write on WhatsApp; gives their conversation."""
    event = message(text, phone, **more)
    ingest(db, event)
    return one(
        db,
        "select conversation_id from messages where external_message_id = %s",
        event["external_id"],
    )


def state_of(db: Connection, conversation: uuid.UUID, column: str) -> Any:
    """Gives a column of a conversation."""
    return one(db, f"select {column} from conversations where id = %s", conversation)


def said(db: Connection, conversation: uuid.UUID) -> list[tuple[str, str]]:
    """Gives who said what in a conversation, private notes and events left out."""
    return rows(
        db,
        "select sender_type, content from messages"
        " where conversation_id = %s and not is_private order by seq",
        conversation,
    )


def add_article(db: Connection, title: str = "Delivery time", **columns: Any) -> uuid.UUID:
    """Publishes an article; gives its id."""
    values = {"title": title, "body": "Two to four working days.", "language": "en", **columns}
    names = ", ".join(values)
    places = ", ".join(["%s"] * len(values))
    query = f"insert into knowledge_articles ({names}) values ({places}) returning id"
    return one(db, query, *values.values())


def make_due(db: Connection) -> None:
    """Ends the short wait for more messages of a burst."""
    db.execute("update private.reply_jobs set not_before = now() where state = 'waiting'")


def claim_turns(db: Connection, worker: str = "w1", limit: int = 10) -> list[dict[str, Any]]:
    """Lets a living worker claim every turn that is open."""
    call(db, "private.heartbeat", "worker", worker)
    make_due(db)
    return rows(db, "select private.claim_reply_jobs(%s, %s)", worker, limit)


def answer(article: uuid.UUID, **more: Any) -> dict[str, Any]:
    """Gives a worker's reply that passes the gate."""
    return {
        "outcome": "answer",
        "content": "It takes two days.",
        "confidence": 0.9,
        "sources": [{"article_id": str(article), "chunk_id": None, "title": "Delivery time"}],
        "language": "en",
        "model": "test",
        "wire": "embedded",
        "usage": {"input_tokens": 10, "output_tokens": 5, "total_tokens": 15, "estimated": False},
        "latency_ms": 120,
        **more,
    }


def record(db: Connection, turn: dict[str, Any], reply: dict[str, Any], worker: str = "w1") -> str:
    """Lets a worker record its reply to a claimed turn; gives the state that came of it."""
    result = call(db, "private.record_ai_reply", turn["job_id"], worker, turn["attempt"], reply)
    return result["state"]


def claim_sends(
    db: Connection, worker: str = "w1", channel_types: tuple[str, ...] = ("whatsapp",)
) -> list[dict[str, Any]]:
    """Lets a living worker claim every delivery that is due."""
    call(db, "private.heartbeat", "worker", worker)
    return rows(db, "select private.claim_deliveries(%s, %s, 100)", worker, list(channel_types))


def report(
    db: Connection, send: dict[str, Any], result: str, worker: str = "w1", **more: Any
) -> str:
    """Lets a worker report what became of a send; gives the delivery's new state."""
    return call(
        db,
        "private.record_delivery",
        send["delivery_id"],
        worker,
        send["attempt"],
        {"result": result, **more},
    )


def broadcasts(db: Connection, topic: str, event: str | None = None) -> list[dict[str, Any]]:
    """Gives the payloads that Realtime was handed for a topic in this transaction."""
    return rows(
        db,
        "select payload from realtime.messages where topic = %s and event = coalesce(%s, event)"
        " and private and extension = 'broadcast' order by inserted_at, cmin::text::integer, ctid",
        topic,
        event,
    )
