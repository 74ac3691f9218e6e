"""How long a send that fails is tried again."""

from __future__ import annotations

import pytest

from tests.sql.rows import call, claim_sends, ingest, one, receipt, report, rows, write_in


@pytest.fixture
def send(db):
    """A claimed delivery on WhatsApp that has failed seven times."""
    call(db, "send_message", write_in(db), "Hi")
    db.execute("update private.deliveries set failures = 7")
    return claim_sends(db)[0]


def throttled_for(db, hours):
    query = "update private.deliveries set throttled_at = now() - %s * interval '1 hour'"
    db.execute(query, [hours])


def test_too_fast_is_no_failure(db, send):
    assert report(db, send, "retry", code="130429") == "queued"
    assert rows(db, "select failures, throttled_at is null from private.deliveries") == [(7, False)]


@pytest.mark.parametrize(("hours", "end"), [(23, "queued"), (25, "dead")])
def test_a_day_of_it_is_enough(db, send, hours, end):
    throttled_for(db, hours)
    assert report(db, send, "retry", code="130429", error="slow") == end


def test_the_waits_grow_to_minutes(db, send):
    db.execute("update private.deliveries set attempts = 30")
    report(db, {**send, "attempt": 30}, "retry", code="130429")
    query = "select extract(epoch from next_attempt_at - clock_timestamp()) from private.deliveries"
    assert 200 < one(db, query) < 310


def test_another_error_ends_the_day(db, send):
    db.execute("update private.deliveries set failures = 0")
    throttled_for(db, 25)
    assert report(db, send, "retry", code="131016") == "queued"
    assert one(db, "select throttled_at from private.deliveries") is None


@pytest.mark.parametrize(("hours", "end"), [(23, "queued"), (25, "failed")])
def test_a_late_receipt_counts_likewise(db, send, hours, end):
    report(db, send, "sent", external_ids=["wamid.1"])
    throttled_for(db, hours)
    ingest(db, receipt("wamid.1", "failed", error_code="130429"))
    assert rows(db, "select state, failures from private.deliveries") == [(end, 7)]


def test_a_person_begins_anew(db, send):
    throttled_for(db, 25)
    report(db, send, "retry", code="130429")
    call(db, "private.retry_delivery", send["delivery_id"])
    assert rows(db, "select state, throttled_at from private.deliveries") == [("queued", None)]
