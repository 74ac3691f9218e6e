"""What follows from a failed send, beside its own state."""

from __future__ import annotations

from tests.sql.rows import call, claim_sends, one, report, write_in


def test_a_refused_account_and_a_customer_who_stopped_us_are_noted(db):
    call(db, "send_message", write_in(db), "Good day")
    [send] = claim_sends(db)
    report(db, send, "failed", code="403", error="stopped", unreachable=True)
    assert one(db, "select delivery_status from messages where sender_type = 'agent'") == "failed"
    assert one(db, "select unreachable_since is not null from customer_identities")
    call(db, "send_message", write_in(db, phone="4915999"), "Good day")
    [send] = claim_sends(db)
    report(db, send, "failed", code="190", error="token", account_blocked=True)
    assert one(db, "select status from channels where account = 'shop'") == "disconnected"
