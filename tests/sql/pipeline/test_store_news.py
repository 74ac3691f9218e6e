"""News of messages and people that are known."""

from __future__ import annotations

from tests.sql.delivery.test_apply_watermarks import LATER, mark, send_one, states
from tests.sql.rows import ingest, receipt, write_in


def test_receipts_and_watermarks_of_one_request_are_counted_together(db):
    send_one(db, write_in(db), "mid.1")
    result = ingest(db, receipt("mid.1", "delivered"), mark("read", until=LATER))
    assert result["receipts"] == 2
    assert states(db) == ["read"]
