"""A message that comes twice was brought once."""

from __future__ import annotations

from tests.sql.rows import ingest, message, one

SEEN = "select unreachable_since is null from customer_identities"


def test_an_old_message_that_comes_again_makes_nobody_reachable(db):
    said = message("Hello")
    ingest(db, said)
    db.execute("update customer_identities set unreachable_since = now()")
    ingest(db, said)
    assert one(db, SEEN) is False
    ingest(db, message("I am back"))
    assert one(db, SEEN) is True
