"""A worker that dies while sending leaves a question, not a second message."""

from __future__ import annotations

from tests.sql.rows import acting, add_agent, broadcasts, call, claim_sends, one, refused, write_in


def start_send(db, channel_type="whatsapp"):
    if channel_type == "whatsapp":
        conversation = write_in(db)
    else:
        conversation = call(db, "create_conversation", "me@example.com", channel_type, "Hello")
    call(db, "send_message", conversation, "Good day")
    [send] = claim_sends(db, channel_types=(channel_type,))
    return send


def silence(db):
    db.execute("update private.processes set seen_at = now() - interval '1 minute'")


def state(db):
    return one(db, "select state from private.deliveries")


def test_a_living_workers_send_is_left_alone(db):
    start_send(db)
    call(db, "private.sweep")
    assert state(db) == "sending"


def test_a_dead_workers_send_is_unknown(db):
    start_send(db)
    silence(db)
    assert call(db, "private.sweep")["unknown"] == 1
    assert state(db) == "unknown"
    assert one(db, "select delivery_status from messages where sender_type = 'agent'") == "unknown"


def test_a_send_that_takes_too_long_is_unknown(db):
    start_send(db)
    db.execute("update private.deliveries set lease_until = now() - interval '1 second'")
    call(db, "private.sweep")
    assert state(db) == "unknown"


def test_mail_may_go_out_again(db):
    start_send(db, "email")
    silence(db)
    call(db, "private.sweep")
    assert state(db) == "queued"


def test_a_person_decides_to_send_it_again(db):
    send = start_send(db)
    silence(db)
    call(db, "private.sweep")
    before = len(broadcasts(db, "worker", "deliveries"))
    with acting(db, add_agent(db)):
        assert call(db, "retry_dead_letter", "delivery", send["delivery_id"]) == "queued"
    assert len(broadcasts(db, "worker", "deliveries")) == before + 1
    [again] = claim_sends(db)
    assert (again["delivery_id"], again["attempt"]) == (send["delivery_id"], 2)


def test_only_a_dead_delivery_is_sent_again(db):
    send = start_send(db)
    with refused(db, "PT404"):
        call(db, "retry_dead_letter", "delivery", send["delivery_id"])
