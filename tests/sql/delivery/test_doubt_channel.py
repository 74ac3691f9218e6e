"""A platform that takes what we send and refuses our account for it later, again and again."""

from __future__ import annotations

import itertools

import pytest

from tests.sql.delivery.fallbacks import add_identity
from tests.sql.rows import (
    add_agent,
    call,
    claim_sends,
    ingest,
    one,
    receipt,
    report,
    rows,
    write_in,
)

WAIT = "select round(extract(epoch from retry_at - clock_timestamp()) / 60)::integer from channels"
ALERTS = "select resolved_at is null from alerts order by raised_at"
STATUS = "select status from channels where type = 'whatsapp'"
numbers = itertools.count()


@pytest.fixture
def refused_once(db):
    """An account that took the one message in the outbox and refused it a moment later."""
    add_agent(db)
    call(db, "send_message", write_in(db), "Good day")
    refuse_late(db)


def take(db):
    """Lets WhatsApp take the one message that may go; its wamid."""
    [send] = claim_sends(db)
    external_id = f"wamid.{next(numbers)}"
    report(db, send, "sent", external_ids=[external_id])
    return external_id


def fail(db, external_id, code="131042"):
    ingest(db, receipt(external_id, "failed", error_code=code, error="no payment method"))


def refuse_late(db):
    fail(db, take(db))


def pass_time(db):
    db.execute("update channels set retry_at = statement_timestamp() where retry_at is not null")
    db.execute("update private.deliveries set next_attempt_at = now() where state = 'queued'")


def test_it_is_tried_ever_later_and_the_alert_stays_open(db, refused_once):
    waits = [one(db, WAIT)]
    for _ in range(5):
        pass_time(db)
        refuse_late(db)
        waits.append(one(db, WAIT))
    assert waits == [5, 10, 20, 40, 60, 60]
    assert rows(db, ALERTS) == [True]
    kinds = rows(db, "select kind from private.channel_events order by id")
    assert kinds == ["connected", "disconnected"]
    assert rows(db, "select state, failures from private.deliveries") == [("queued", 0)]


def test_what_is_only_taken_proves_nothing(db, refused_once):
    pass_time(db)
    take(db)
    call(db, "send_message", write_in(db, phone="492"), "Good day")
    assert claim_sends(db) == []
    call(db, "private.watch_channels")
    assert (rows(db, ALERTS), one(db, STATUS)) == ([True], "disconnected")
    assert one(db, WAIT) == 5
    pass_time(db)
    assert len(claim_sends(db)) == 1


@pytest.mark.parametrize("status", ["delivered", "read"])
def test_a_message_that_arrives_is_proof(db, refused_once, status):
    pass_time(db)
    ingest(db, receipt(take(db), status))
    assert (rows(db, ALERTS), one(db, STATUS)) == ([False], "connected")
    call(db, "send_message", write_in(db, phone="492"), "Good day")
    refuse_late(db)
    assert one(db, WAIT) == 5


def test_what_was_sent_before_the_refusal_is_no_proof_and_no_further_refusal(db):
    add_agent(db)
    for phone in ("491", "492", "493"):
        call(db, "send_message", write_in(db, phone=phone), "Good day")
    for number, send in enumerate(claim_sends(db)):
        report(db, send, "sent", external_ids=[f"wamid.early.{number}"])
    fail(db, "wamid.early.0")
    fail(db, "wamid.early.1")
    ingest(db, receipt("wamid.early.2", "delivered"))
    assert (one(db, WAIT), one(db, "select refusals from channels")) == (5, 1)
    assert rows(db, ALERTS) == [True]


def test_a_late_word_of_an_old_refusal_does_not_stop_an_account_that_is_proven(db):
    add_agent(db)
    for phone in ("491", "492"):
        call(db, "send_message", write_in(db, phone=phone), "Good day")
    for number, send in enumerate(claim_sends(db)):
        report(db, send, "sent", external_ids=[f"wamid.early.{number}"])
    fail(db, "wamid.early.0")
    pass_time(db)
    ingest(db, receipt(take(db), "delivered"))
    fail(db, "wamid.early.1")
    pass_time(db)
    assert one(db, STATUS) == "connected"
    assert len(claim_sends(db)) == 1


def test_another_failure_of_an_old_message_does_not_bring_the_next_trial_forward(db, refused_once):
    db.execute("update private.deliveries set attempted_at = attempted_at - interval '1 hour'")
    db.execute("update private.deliveries set error_code = '131026'")
    one(db, "select private.note_failure(deliveries)::text from private.deliveries")
    assert one(db, WAIT) == 5


def test_a_trial_that_fails_by_itself_leaves_it_to_the_next(db, refused_once):
    pass_time(db)
    fail(db, take(db), "131026")
    assert one(db, WAIT) == 0
    assert one(db, STATUS) == "disconnected"


def test_an_admin_may_say_that_it_works(db, refused_once):
    call(db, "private.unblock_channel", one(db, "select id from channels"))
    pass_time(db)
    assert (rows(db, ALERTS), one(db, STATUS)) == ([False], "connected")
    assert len(claim_sends(db)) == 1


def test_an_account_that_is_set_anew_is_tried_at_once_and_believed(db, refused_once):
    channel = one(db, "select id from channels")
    call(db, "private.store_secret", channel, "access_token", b"gAAAAABa")
    db.execute("update private.deliveries set next_attempt_at = now()")
    take(db)
    assert (rows(db, ALERTS), one(db, STATUS)) == ([False], "connected")


def test_what_waits_meanwhile_goes_by_another_channel(db, refused_once):
    add_identity(db, one(db, "select conversation_id from private.deliveries"))
    db.execute("update private.deliveries set created_at = created_at - interval '1 hour'")
    assert call(db, "private.fall_back_blocked") == 1
    states = rows(db, "select channel_type, state from private.deliveries order by channel_type")
    assert states == [("email", "queued"), ("whatsapp", "failed")]
