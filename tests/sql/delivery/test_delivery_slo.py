"""What became of the messages of the last days, by channel (R65)."""

from __future__ import annotations

from decimal import Decimal

import pytest

from tests.sql.rows import (
    acting,
    add_agent,
    add_user,
    call,
    claim_sends,
    ingest,
    message,
    receipt,
    refused,
    report,
    write_in,
)


def slo(db, window="30 days"):
    cursor = db.execute("select * from delivery_slo(%s::interval)", [window])
    names = [column.name for column in cursor.description]
    return [dict(zip(names, row, strict=True)) for row in cursor]


@pytest.fixture
def sends(db):
    """Five claimed deliveries on WhatsApp."""
    for number in range(5):
        call(db, "send_message", write_in(db, phone=f"49{number}"), "Good day")
    return claim_sends(db)


def test_counts_and_rates(db, sends):
    for number, send in enumerate(sends[:2]):
        report(db, send, "sent", external_ids=[f"wamid.{number}"])
    ingest(db, receipt("wamid.1", "read"))
    report(db, sends[2], "failed", code="131026")
    report(db, sends[3], "unknown")
    [row] = slo(db)
    counts = {name: row[name] for name in ("attempted", "accepted", "confirmed", "read")}
    assert counts == {"attempted": 5, "accepted": 2, "confirmed": 1, "read": 1}
    assert [row[name] for name in ("failed", "unknown", "dead", "pending")] == [1, 1, 0, 1]
    assert (row["accepted_rate"], row["confirmed_rate"]) == (Decimal("0.5"), Decimal("0.5"))
    assert row["receipt"] == "sent, delivered, read"


def test_percentiles_are_of_the_waits(db, sends):
    for number, send in enumerate(sends):
        report(db, send, "sent", external_ids=[f"wamid.{number}"])
    db.execute(
        "update private.deliveries set created_at = numbered.at, sent_at = numbered.at"
        " + numbered.n * interval '1 s',"
        " delivered_at = numbered.at + 2 * numbered.n * interval '1 s'"
        " from (select id, now() - interval '1 hour' as at, row_number() over () as n"
        " from private.deliveries) as numbered where numbered.id = deliveries.id"
    )
    [row] = slo(db)
    assert row["accepted_p50_ms"] == row["confirmed_p50_ms"] == pytest.approx(3000, rel=0.02)
    assert row["accepted_p99_ms"] == pytest.approx(5000, rel=0.02)


def test_what_is_older_does_not_count(db, sends):
    db.execute("update private.deliveries set created_at = now() - interval '2 days'")
    assert (slo(db, "1 day"), len(slo(db, "3 days"))) == ([], 1)


@pytest.mark.parametrize("channel_type", ["telegram", "email"])
def test_a_platform_without_receipts_says_so(db, channel_type):
    event = message(identities=[{"kind": "external", "value": "7"}])
    ingest(db, event, channel_type=channel_type)
    db.execute(
        "insert into messages (conversation_id, sender_type, content)"
        " select id, 'agent', 'Hi' from conversations"
    )
    [send] = claim_sends(db, channel_types=(channel_type,))
    report(db, send, "sent", external_ids=["1"])
    [row] = slo(db)
    assert (row["accepted_rate"], row["confirmed_rate"], row["confirmed"]) == (1, None, None)
    assert row["confirmed_p50_ms"] is None
    assert row["receipt"].startswith("none: acceptance by the ")


def test_receipts_by_channel(db):
    names = ["messenger", "instagram", "website", "fax"]
    assert [call(db, "private.receipts_of", name) for name in names] == [
        "delivered, read",
        "read only",
        "none: storing a message is its delivery",
        "unknown",
    ]


def test_agents_may_ask_and_visitors_not(db, sends):
    with acting(db, add_agent(db)):
        assert len(slo(db)) == 1
    with acting(db, add_user(db)), refused(db, "PT403"):
        slo(db)
