"""What a message that failed late says of our account."""

from __future__ import annotations

import pytest

from tests.sql.rows import call, claim_sends, ingest, one, receipt, report, rows, write_in


@pytest.fixture
def send(db):
    """A delivery that WhatsApp took as wamid.1."""
    return taken(db, "wamid.1")


def taken(db, *external_ids):
    call(db, "send_message", write_in(db), "Hi")
    [send] = claim_sends(db)
    report(db, send, "sent", external_ids=list(external_ids))
    return send


def fail(db, code, external_id="wamid.1"):
    ingest(db, receipt(external_id, "failed", error_code=code, error="no"))


def state(db):
    return rows(db, "select state, failures from private.deliveries")


@pytest.mark.parametrize("code", ["131031", "131042", "190"])
def test_a_refused_account_is_blocked_and_the_message_waits(db, send, code):
    db.execute("update private.deliveries set failures = 7")
    fail(db, code)
    assert state(db) == [("queued", 7)]
    assert one(db, "select retry_at > now() from channels") is True
    assert rows(db, "select kind, severity from alerts") == [("channel", "critical")]
    assert claim_sends(db) == []
    db.execute("update channels set retry_at = now()")
    db.execute("update private.deliveries set next_attempt_at = now()")
    [again] = claim_sends(db)
    assert report(db, again, "sent", external_ids=["wamid.2"]) == "sent"


def test_of_several_parts_nothing_is_sent_again_but_the_account_is_blocked(db):
    taken(db, "wamid.1", "wamid.2")
    fail(db, "131042", "wamid.2")
    assert state(db) == [("failed", 0)]
    assert one(db, "select status from channels") == "disconnected"


@pytest.mark.parametrize(
    ("code", "is_error"), [("131016", True), ("999", True), ("131026", False), ("131009", False)]
)
def test_what_fails_late_counts_for_the_channel(db, send, code, is_error):
    fail(db, code)
    assert bool(one(db, "select last_error_at from channels")) is is_error


def test_a_bounce_from_elsewhere_is_not_our_account(db, send):
    db.execute("update private.deliveries set channel_type = 'email', error_code = '535'")
    one(db, "select private.blame_channel(deliveries)::text from private.deliveries")
    assert one(db, "select retry_at from channels") is None
