"""Receipts: in any order, any number of times, before or after what they are about."""

from __future__ import annotations

import psycopg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.sql.rows import call, claim_sends, ingest, one, receipt, report, rows, write_in

# The order in which a later state may follow an earlier one.
RANK = ("sent", "failed", "delivered", "read")


@pytest.fixture
def sent(db):
    """A delivery that WhatsApp took as wamid.1."""
    conversation = write_in(db)
    call(db, "send_message", conversation, "Good day")
    report(db, claim_sends(db)[0], "sent", external_ids=["wamid.1"])


def state(db):
    return one(db, "select state from private.deliveries")


def test_receipts_move_the_message_on(db, sent):
    for status in ("sent", "delivered", "read"):
        ingest(db, receipt("wamid.1", status))
        assert state(db) == status
    query = "select delivery_status from messages where sender_type = 'agent'"
    assert one(db, query) == "read"
    query = "select num_nulls(sent_at, delivered_at, read_at) from private.deliveries"
    assert one(db, query) == 0


@pytest.mark.parametrize("late", ["sent", "delivered", "failed"])
def test_nothing_goes_back(db, sent, late):
    ingest(db, receipt("wamid.1", "read"), receipt("wamid.1", late))
    assert state(db) == "read"


def test_a_failure_after_sent_counts_with_its_reason(db, sent):
    ingest(db, receipt("wamid.1", "failed", error_code="131047", error="window closed"))
    assert rows(db, "select state, error_code from private.deliveries") == [("failed", "131047")]
    assert rows(db, "select reason from dead_letters") == ["failed 131047 window closed"]


def test_a_receipt_before_the_report_is_parked_and_then_applied(db):
    conversation = write_in(db)
    call(db, "send_message", conversation, "Good day")
    [send] = claim_sends(db)
    ingest(db, receipt("wamid.1", "delivered"))
    assert state(db) == "sending"
    assert report(db, send, "sent", external_ids=["wamid.1"]) == "delivered"


def test_our_own_id_finds_the_delivery(db):
    conversation = write_in(db)
    call(db, "send_message", conversation, "Good day")
    [send] = claim_sends(db)
    ingest(db, receipt("wamid.1", "sent", tracker=send["delivery_id"]))
    assert state(db) == "sent"


@pytest.mark.parametrize("tracker", ["", "x", "00000000-0000-0000-0000-000000000000", None])
def test_a_strange_tracker_does_no_harm(db, sent, tracker):
    ingest(db, receipt("wamid.other", "read", tracker=tracker))
    assert state(db) == "sent"


def test_a_receipt_of_another_account_is_not_ours(db, sent):
    call(db, "private.register_channel", "whatsapp", "other", "Other")
    ingest(db, receipt("wamid.1", "read", account="other"))
    assert state(db) == "sent"


@pytest.mark.parametrize(
    ("external_id", "account", "is_ours"),
    [("wamid.2", "shop", True), ("wamid.3", "shop", False), ("wamid.2", "other", False)],
)
def test_a_receipt_of_a_part_is_ours_by_its_id_and_account(db, external_id, account, is_ours):
    call(db, "send_message", write_in(db), "Good day")
    report(db, claim_sends(db)[0], "sent", external_ids=["wamid.1", "wamid.2"])
    call(db, "private.register_channel", "whatsapp", "other", "Other")
    ingest(db, receipt(external_id, "read", account=account))
    assert one(db, "select delivery_id is not null from private.receipts") is is_ours


def test_our_own_id_on_another_account_finds_no_delivery(db, sent):
    call(db, "private.register_channel", "whatsapp", "other", "Other")
    delivery = one(db, "select id::text from private.deliveries")
    ingest(db, receipt("wamid.1", "read", account="other", tracker=delivery))
    assert state(db) == "sent"


def test_a_receipt_of_an_earlier_try_says_nothing_of_the_one_that_was_sent(db, sent):
    delivery = one(db, "select id::text from private.deliveries")
    ingest(db, receipt("wamid.0", "read", tracker=delivery))
    assert state(db) == "sent"


@pytest.mark.parametrize("moment", ["yesterday-ish", "+99999-01-01T00:00:00Z", "", None])
def test_a_strange_moment_does_no_harm(db, sent, moment):
    ingest(db, receipt("wamid.1", "read", occurred_at=moment))
    assert state(db) == "read"


def test_a_repeat_says_nothing_new(db, sent):
    for _ in range(3):
        ingest(db, receipt("wamid.1", "delivered"))
    query = "select count(*) from private.receipts where status = 'delivered'"
    assert one(db, query) == 1


@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    order=st.lists(st.sampled_from([*RANK, "report"]), min_size=1, max_size=8).map(
        lambda order: order if "report" in order else [*order, "report"]
    )
)
def test_the_end_does_not_depend_on_the_order(db, order):
    with db.transaction(force_rollback=True):
        conversation = write_in(db)
        call(db, "send_message", conversation, "Good day")
        [send] = claim_sends(db)
        for step in order:
            if step == "report":
                report(db, send, "sent", external_ids=["wamid.1"])
            else:
                ingest(db, receipt("wamid.1", step))
        expected = max(("sent", *(step for step in order if step != "report")), key=RANK.index)
        assert state(db) == expected
        query = "select delivery_status from messages where sender_type = 'agent'"
        assert one(db, query) == expected


def test_a_receipt_and_a_report_that_pass_each_other_meet_in_the_upkeep(fresh_database):
    url = fresh_database()
    with (
        psycopg.connect(url, autocommit=True) as platform,
        psycopg.connect(url, autocommit=True) as worker,
    ):
        conversation = write_in(worker)
        call(worker, "send_message", conversation, "Good day")
        [send] = claim_sends(worker)
        with worker.transaction():
            report(worker, send, "sent", external_ids=["wamid.1"])
            ingest(platform, receipt("wamid.1", "read"))
        assert state(worker) == "sent"
        call(worker, "private.upkeep")
        assert state(worker) == "read"


def test_upkeep_settles_what_was_parked(db, sent):
    ingest(db, receipt("wamid.1", "read"))
    db.execute("update private.receipts set delivery_id = null")
    db.execute("update private.deliveries set state = 'sent'")
    assert call(db, "private.settle_receipts") == 1
    assert state(db) == "read"


def test_a_receipt_of_a_later_part_that_passed_the_report_is_found_again(db):
    conversation = write_in(db)
    call(db, "send_message", conversation, "Good day")
    report(db, claim_sends(db)[0], "sent", external_ids=["wamid.1", "wamid.2"])
    ingest(db, receipt("wamid.1", "read"))
    assert state(db) == "sent"
    channel = one(db, "select channel_id from private.deliveries")
    db.execute(
        "insert into private.receipts (channel_id, external_id, status)"
        " values (%s, 'wamid.2', 'read')",
        [channel],
    )
    assert call(db, "private.settle_receipts") == 1
    assert state(db) == "read"
