"""Telegram's business connections."""

from __future__ import annotations

from tests.sql.rows import call, ingest, message, one

CONNECTION = "select private.connection_of(messages) from messages order by seq limit 1"


def test_the_newest_messages_connection_counts(db):
    for number in (1, 2):
        said = message(metadata={"business_connection_id": f"c{number}"})
        ingest(db, said, channel_type="telegram")
    assert one(db, CONNECTION) == "c2"


def test_what_we_said_since_then_changes_no_connection(db):
    said = message(metadata={"business_connection_id": "c1"})
    ingest(db, said, channel_type="telegram")
    call(db, "send_message", one(db, "select id from conversations"), "Good day")
    assert one(db, CONNECTION) == "c1"


def test_other_platforms_have_none(db):
    ingest(db, message(metadata={"business_connection_id": "c1"}))
    assert one(db, CONNECTION) is None
