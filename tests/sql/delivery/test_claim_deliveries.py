"""Claiming: in order, once, with all that a channel needs."""

from __future__ import annotations

import threading

import psycopg

from tests.sql.delivery.fallbacks import add_identity, answered, claim_from
from tests.sql.rows import (
    PHONE,
    call,
    claim_sends,
    ingest,
    message,
    one,
    report,
    rows,
    write_in,
)


def test_a_claim_carries_all_that_sending_takes(db):
    conversation = write_in(db, external_id="wamid.question")
    sent = call(db, "send_message", conversation, "Good day")
    db.execute(
        "update messages set reply_to_id ="
        " (select id from messages where external_message_id = 'wamid.question')"
        " where id = %s",
        [sent["id"]],
    )
    [send] = claim_sends(db)
    assert {name: send[name] for name in ("account", "identities", "content", "reply_to")} == {
        "account": "shop",
        "identities": {"phone": PHONE},
        "content": "Good day",
        "reply_to": "wamid.question",
    }
    assert (send["attempt"], send["window_open"], send["sender_type"]) == (1, True, "agent")


def test_one_at_a_time_in_a_conversation_and_in_order(db):
    conversation = write_in(db)
    for text in ("One", "Two", "Three"):
        call(db, "send_message", conversation, text)
    order = []
    while sends := claim_sends(db):
        [send] = sends
        order.append(send["content"])
        assert claim_sends(db) == []
        report(db, send, "sent", external_ids=[f"wamid.{len(order)}"])
    assert order == ["One", "Two", "Three"]


def test_a_message_that_must_wait_holds_back_the_next_of_its_conversation_only(db):
    first, second = write_in(db, phone="491"), write_in(db, phone="492")
    for conversation in (first, second):
        call(db, "send_message", conversation, "One")
        call(db, "send_message", conversation, "Two")
    [failed] = [send for send in claim_sends(db) if send["conversation_id"] == str(first)]
    report(db, failed, "retry", retry_after_s=60)
    [other] = rows(db, "select id from private.deliveries where state = 'sending'")
    db.execute("update private.deliveries set state = 'sent' where id = %s", [other])
    assert [send["conversation_id"] for send in claim_sends(db)] == [str(second)]


def test_only_the_channels_a_worker_can_speak(db):
    conversation = write_in(db)
    call(db, "send_message", conversation, "Good day")
    assert claim_sends(db, channel_types=("telegram", "email")) == []


def test_after_the_window_the_channel_is_told(db):
    conversation = write_in(db)
    call(db, "send_message", conversation, "Good day")
    db.execute("update conversations set window_expires_at = now() - interval '1 second'")
    [send] = claim_sends(db)
    assert send["window_open"] is False


def test_a_worker_of_another_account_leaves_a_delivery_alone(db):
    call(db, "private.heartbeat", "worker", "w1")
    call(db, "send_message", write_in(db), "Good day")
    claim = "select private.claim_deliveries('w1', '{whatsapp}', 10, %s)"
    assert rows(db, claim, ["another shop"]) == []
    assert [send["account"] for send in rows(db, claim, ["another shop", "shop"])] == ["shop"]


def test_what_another_channel_took_over_and_is_stuck_there_holds_nothing_back(db):
    conversation = answered(db)
    add_identity(db, conversation)
    report(db, claim_from(db), "failed", code="131026")
    call(db, "send_message", conversation, "Second")
    assert claim_from(db)["content"] == "Second"
    assert claim_from(db, "email")["channel_type"] == "email"


def test_two_workers_never_hold_the_same(fresh_database):
    url, claimed = fresh_database(), []
    with psycopg.connect(url, autocommit=True) as connection:
        ingest(connection, *[message(phone=f"49{number}") for number in range(60)])
        connection.execute(
            "insert into messages (conversation_id, sender_type, content)"
            " select id, 'agent', 'Hi' from conversations"
        )

    def work(name):
        with psycopg.connect(url, autocommit=True) as connection:
            for _ in range(20):
                sends = rows(
                    connection, "select private.claim_deliveries(%s, '{whatsapp}', 5)", name
                )
                claimed.extend(send["delivery_id"] for send in sends)

    threads = [threading.Thread(target=work, args=[f"w{number}"]) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(claimed) == len(set(claimed)) == 60
    with psycopg.connect(url) as connection:
        assert one(connection, "select max(attempts) from private.deliveries") == 1
