"""Deliveries that rise by a watermark."""

from __future__ import annotations

from tests.sql.rows import call, claim_sends, one, report, write_in

RAISE = """
select private.raise_deliveries(channel_id, customer_id, 'read', clock_timestamp())
from conversations
"""


def test_it_says_how_many_rose_and_a_second_time_none(db):
    call(db, "send_message", write_in(db), "Good day")
    report(db, claim_sends(db)[0], "sent", external_ids=["mid.1"])
    assert (one(db, RAISE), one(db, RAISE)) == (1, 0)
