"""Everybody at once: customers, agents, workers, platforms and the sweep, on real connections."""

from __future__ import annotations

import random
import threading
import time
import uuid
from collections import Counter

import psycopg
from psycopg import Connection

from tests.invariants import broken_invariants
from tests.sql.rows import (
    add_agent,
    add_article,
    answer,
    call,
    claim_sends,
    ingest,
    message,
    one,
    receipt,
    record,
    report,
    rows,
)

SECONDS = 3.0
CUSTOMERS = 8
VERBS = ("take_over", "give_back", "resolve_conversation", "reopen_conversation", "hand_over")

DEBOUNCED = """
update private.reply_jobs set not_before = now() where id in (
  select id from private.reply_jobs where state = 'waiting' for update skip locked
)
"""


def customers(db: Connection, dice: random.Random) -> None:
    """Writes a batch of messages, some of them twice, some of them about others."""
    events = [message(phone=f"49{dice.randrange(CUSTOMERS)}") for _ in range(dice.randint(1, 6))]
    known = rows(db, "select external_message_id from messages order by random() limit 3")
    for target in filter(None, known):
        events.append(
            {
                "kind": dice.choice(["reaction", "edit", "revoke"]),
                "account": "shop",
                "target_id": target,
                "identities": [],
                "emoji": "+",
                "content": "Edited",
            }
        )
    dice.shuffle(events)
    ingest(db, *events, *events[:2])


def platform(db: Connection, dice: random.Random) -> None:
    """Reports on what was sent, in no order."""
    sent = rows(
        db,
        "select external_id from private.deliveries where external_id is not null"
        " order by random() limit 6",
    )
    statuses = ("sent", "delivered", "read", "failed")
    ingest(db, *[receipt(external_id, dice.choice(statuses)) for external_id in sent])


def agents(db: Connection, dice: random.Random) -> None:
    """Does something to a conversation."""
    [conversation] = rows(db, "select id from conversations order by random() limit 1") or [None]
    if conversation is None:
        return
    if dice.random() < 0.5:
        call(db, dice.choice(VERBS), conversation)
    elif dice.random() < 0.5:
        call(db, "send_message", conversation, "Good day")
    else:
        call(db, "mark_messages_read", conversation)


def answerer(db: Connection, dice: random.Random) -> None:
    """Claims turns and answers some of them in time."""
    article = one(db, "select id from knowledge_articles limit 1")
    worker = f"a{dice.randrange(3)}"
    call(db, "private.heartbeat", "worker", worker)
    db.execute(DEBOUNCED)
    for turn in rows(db, "select private.claim_reply_jobs(%s, 5)", worker):
        record(db, turn, answer(article, confidence=1 - dice.random() ** 2), worker)
    if dice.random() < 0.1:
        call(db, "private.release_reply_jobs", worker)


def sender(db: Connection, dice: random.Random) -> None:
    """Claims deliveries and reports on most of them."""
    worker = f"s{dice.randrange(3)}"
    for send in claim_sends(db, worker)[:10]:
        result = dice.choice(["sent", "sent", "sent", "retry", "failed", "unknown"])
        report(db, send, result, worker, external_id=f"wamid.{uuid.uuid4().hex}", retry_after_s=0)


def keeper(db: Connection, dice: random.Random) -> None:
    """Sweeps, keeps up and lets time run out for somebody."""
    call(db, "private.sweep")
    if dice.random() < 0.3:
        call(db, "private.upkeep")


def test_nothing_breaks_and_no_two_wait_for_each_other(fresh_database):
    url, stop = fresh_database(), time.monotonic() + SECONDS
    problems: Counter[str] = Counter()
    with psycopg.connect(url, autocommit=True) as connection:
        call(connection, "private.register_channel", "whatsapp", "shop", "Shop")
        add_agent(connection)
        add_article(connection)

    def act(actor, number):
        dice = random.Random(number)
        with psycopg.connect(url, autocommit=True) as connection:
            while time.monotonic() < stop:
                try:
                    actor(connection, dice)
                except psycopg.Error as problem:
                    if not (problem.sqlstate or "").startswith("PT4"):
                        problems[f"{actor.__name__}: {problem}"] += 1

    actors = (customers, customers, platform, agents, answerer, answerer, sender, keeper)
    threads = [threading.Thread(target=act, args=pair[::-1]) for pair in enumerate(actors)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert problems == {}
    with psycopg.connect(url) as connection:
        # What runs out since the keeper ended: with the system away, only this sweeps.
        while call(connection, "private.sweep")["handed_over"]:
            continue
        assert broken_invariants(connection) == {}
