"""The doorbell: many rings in one statement, and never the message's ruin."""

from __future__ import annotations

from tests.sql.rows import as_parameter, broadcasts, call, one


def test_each_payload_goes_to_its_topic(db):
    payloads = [as_parameter({"n": 1}), as_parameter({"n": 2})]
    call(db, "private.broadcast", ["a", "b"], ["x", "y"], payloads)
    assert broadcasts(db, "a", "x") == [{"n": 1}]
    assert broadcasts(db, "b", "y") == [{"n": 2}]


def test_a_bell_that_cannot_ring_warns_and_goes_on(db):
    notices = []
    db.add_notice_handler(lambda notice: notices.append(notice.message_primary))
    call(db, "private.broadcast", [None], ["x"], [as_parameter({})])
    assert one(db, "select 1") == 1
    assert "broadcast of 1 messages failed" in notices[0]
