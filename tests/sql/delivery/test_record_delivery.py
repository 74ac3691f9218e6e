"""What became of a send: taken, refused, to be tried again, or nobody knows."""

from __future__ import annotations

import uuid

import pytest

from tests.sql.rows import (
    call,
    claim_sends,
    ingest,
    one,
    receipt,
    refused,
    report,
    rows,
    write_in,
)


@pytest.fixture
def send(db):
    """A claimed delivery on WhatsApp."""
    conversation = write_in(db)
    call(db, "send_message", conversation, "Good day")
    return claim_sends(db)[0]


def delivery(db, columns="state"):
    return db.execute(f"select {columns} from private.deliveries").fetchone()


def status(db):
    return one(db, "select delivery_status from messages where sender_type = 'agent'")


def test_sent_shows_on_the_message_and_is_measured(db, send):
    assert report(db, send, "sent", external_ids=["wamid.1"]) == "sent"
    assert status(db) == "sent"
    query = "select external_message_id from messages where sender_type = 'agent'"
    assert one(db, query) == "wamid.1"
    assert rows(
        db, "select metric_value >= 0 from realtime_metrics where metric_name = 'delivery_time'"
    ) == [True]


@pytest.mark.parametrize(
    ("attempt", "at_least", "at_most"), [(1, 0.8, 1.2), (2, 3.2, 4.8), (4, 51, 77)]
)
def test_the_wait_grows_with_every_failure(db, send, attempt, at_least, at_most):
    db.execute("update private.deliveries set failures = %s", [attempt - 1])
    report(db, send, "retry", code="5xx", error="busy")
    query = "extract(epoch from next_attempt_at - clock_timestamp()), state, error_code"
    wait, state, code = delivery(db, query)
    assert at_least - 1 < wait < at_most
    assert (state, code, status(db)) == ("queued", "5xx", "queued")


@pytest.mark.parametrize(
    ("asked", "waited"), [(30, 30), (10**9, 3600), (10**12, 1), (-5, 1), ("soon", 1), (None, 1)]
)
def test_the_platforms_own_wait_is_kept_within_reason(db, send, asked, waited):
    report(db, send, "retry", retry_after_s=asked)
    [wait] = delivery(db, "extract(epoch from next_attempt_at - clock_timestamp())")
    assert float(wait) == pytest.approx(waited, abs=1)


def test_after_eight_failures_it_is_dead_and_seen(db, send):
    db.execute("update private.deliveries set failures = 7")
    assert report(db, send, "retry", error="busy") == "dead"
    assert status(db) == "dead"
    assert rows(db, "select kind, reason from dead_letters") == [("delivery", "dead busy")]


def test_a_blocked_account_is_no_failure(db, send):
    db.execute("update private.deliveries set failures = 7")
    report(db, send, "failed", code="190", error="token", account_blocked=True)
    assert delivery(db, "state, failures") == ("queued", 7)


def test_a_retry_by_a_person_begins_anew(db, send):
    report(db, send, "sent", external_ids=["wamid.old"])
    ingest(db, receipt("wamid.old", "failed", error_code="131026"))
    call(db, "private.retry_delivery", send["delivery_id"])
    [again] = claim_sends(db)
    assert report(db, again, "sent", external_ids=["wamid.new"]) == "sent"
    ingest(db, receipt("wamid.old", "failed", tracker=send["delivery_id"]))
    assert delivery(db, "state, external_id, failures") == ("sent", "wamid.new", 0)
    assert one(db, "select external_message_id from messages where sender_type = 'agent'") == (
        "wamid.new"
    )


def test_a_refused_message_is_not_tried_again(db, send):
    assert report(db, send, "failed", code="131026", error="no such user") == "failed"
    assert claim_sends(db) == []
    assert rows(
        db, "select metadata ->> 'code' from realtime_metrics where metric_name = 'delivery_failed'"
    ) == ["131026"]


def test_a_send_that_may_have_gone_out_waits_for_a_person_or_a_receipt(db, send):
    assert report(db, send, "unknown", error="timeout") == "unknown"
    assert claim_sends(db) == []
    ingest(db, receipt("wamid.1", "delivered", tracker=send["delivery_id"]))
    assert delivery(db, "state, external_id") == ("delivered", "wamid.1")


def test_a_worker_that_lost_its_claim_reports_nothing(db, send):
    assert report(db, send, "sent", worker="w2", external_ids=["wamid.1"]) == "fenced"
    stale = {**send, "attempt": send["attempt"] - 1}
    assert report(db, stale, "sent", external_ids=["wamid.1"]) == "fenced"
    assert delivery(db) == ("sending",)


def test_a_late_report_of_success_ends_the_doubt(db, send):
    db.execute("update private.deliveries set state = 'unknown'")
    assert report(db, send, "sent", external_ids=["wamid.1"]) == "sent"


def test_a_receipt_that_was_faster_stands(db, send):
    ingest(db, receipt("wamid.1", "read", tracker=send["delivery_id"]))
    assert report(db, send, "sent", external_ids=["wamid.1"]) == "read"
    assert status(db) == "read"


@pytest.mark.parametrize(
    ("result", "ids"), [("failed", []), ("retry", []), ("unknown", ["wamid.1"])]
)
def test_what_was_read_has_not_failed_unless_a_part_is_known_to_be_missing(db, send, result, ids):
    ingest(db, receipt("wamid.1", "read", tracker=send["delivery_id"]))
    assert report(db, send, result, external_ids=ids) == "read"
    assert delivery(db) == ("read",)


def test_what_was_read_in_part_is_sent_again_where_a_part_is_missing(db, send):
    ingest(db, receipt("wamid.1", "read", tracker=send["delivery_id"]))
    assert report(db, send, "retry", external_ids=["wamid.1"]) == "queued"


def test_a_failed_delivery_stays_failed_whatever_is_told_later(db, send):
    report(db, send, "failed", code="131026")
    assert report(db, send, "retry", external_ids=["wamid.1"]) == "failed"


def test_receipts_of_others_that_are_parked_are_left_to_them(db, send):
    ingest(db, receipt("wamid.2", "read"))
    report(db, send, "sent", external_ids=["wamid.1"])
    assert rows(db, "select delivery_id from private.receipts") == [None]


def test_an_id_that_another_message_has_is_no_ruin(db, send):
    write_in(db, external_id="wamid.1")
    assert report(db, send, "sent", external_ids=["wamid.1"]) == "sent"


def test_an_unknown_delivery_is_missing(db, send):
    with refused(db, "PT404"):
        report(db, {**send, "delivery_id": uuid.uuid4()}, "sent")


def test_parts_that_went_out_are_not_sent_again(db):
    conversation = write_in(db)
    call(db, "send_message", conversation, "Good day")
    report(db, claim_sends(db)[0], "retry", external_ids=["mid.text"], retry_after_s=0)
    [again] = claim_sends(db)
    assert again["external_ids"] == ["mid.text"]
    assert report(db, again, "sent", external_ids=["mid.text", "mid.file"]) == "sent"
    ingest(db, receipt("mid.file", "delivered"), receipt("mid.text", "delivered"))
    assert delivery(db, "state, external_id") == ("delivered", "mid.text")
