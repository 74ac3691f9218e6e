"""What goes out in several parts has arrived when all of it has."""

from __future__ import annotations

import itertools

import pytest

from tests.sql.rows import call, claim_sends, ingest, receipt, report, rows, write_in


@pytest.fixture
def send(db):
    """A delivery that WhatsApp took in two parts."""
    call(db, "send_message", write_in(db), "Good day")
    [send] = claim_sends(db)
    report(db, send, "sent", external_ids=["wamid.1", "wamid.2"])
    return send


@pytest.mark.parametrize(
    ("receipts", "end"),
    [
        ([("wamid.1", "read")], "sent"),
        ([("wamid.1", "read"), ("wamid.2", "delivered")], "delivered"),
        ([("wamid.1", "read"), ("wamid.2", "read")], "read"),
        ([("wamid.2", "failed")], "failed"),
        ([("wamid.1", "read"), ("wamid.2", "failed")], "failed"),
        ([("wamid.1", "sent"), ("wamid.1", "delivered"), ("wamid.2", "failed")], "failed"),
        ([("wamid.1", "failed"), ("wamid.1", "delivered"), ("wamid.2", "delivered")], "delivered"),
        ([("wamid.other", "read"), ("wamid.1", "delivered")], "sent"),
    ],
)
def test_the_worst_of_the_parts_is_the_state_of_the_whole_in_any_order(db, send, receipts, end):
    for order in itertools.permutations(receipts):
        with db.transaction(force_rollback=True):
            for external_id, status in order:
                ingest(db, receipt(external_id, status, tracker=send["delivery_id"]))
            assert rows(db, "select state from private.deliveries") == [end]


def test_the_reason_is_that_of_the_failed_part(db, send):
    ingest(db, receipt("wamid.1", "delivered"))
    ingest(db, receipt("wamid.2", "failed", error_code="131026", error="no"))
    assert rows(db, "select state, error_code from private.deliveries") == [("failed", "131026")]
