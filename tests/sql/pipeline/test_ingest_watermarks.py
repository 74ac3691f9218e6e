"""Watermarks of several accounts in one request."""

from __future__ import annotations

from tests.sql.delivery.test_apply_watermarks import LATER, mark, send_one, states
from tests.sql.rows import ingest, write_in


def test_marks_are_counted_with_the_receipts(db):
    send_one(db, write_in(db), "mid.1")
    result = ingest(db, mark("read", until=LATER), mark("read", account="nobody", until=LATER))
    assert (result["receipts"], result["rejected"]) == (1, 1)
    assert states(db) == ["read"]
