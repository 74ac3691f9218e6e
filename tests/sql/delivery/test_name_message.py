"""The platform's id of a message we sent."""

from __future__ import annotations

from tests.sql.rows import call, claim_sends, one, report, write_in

NAME = "select external_message_id from messages where sender_type = 'agent'"


def test_a_message_gets_its_id(db):
    call(db, "send_message", write_in(db), "Good day")
    report(db, claim_sends(db)[0], "sent", external_ids=["wamid.new"])
    assert one(db, NAME) == "wamid.new"


def test_an_id_that_is_taken_is_not_given_twice(db):
    call(db, "send_message", write_in(db, external_id="wamid.taken"), "Good day")
    report(db, claim_sends(db)[0], "sent", external_ids=["wamid.taken"])
    assert one(db, NAME) is None


def test_an_id_that_a_message_has_is_kept(db):
    call(db, "send_message", write_in(db), "Good day")
    db.execute("update messages set external_message_id = 'wamid.1' where sender_type = 'agent'")
    report(db, claim_sends(db)[0], "sent", external_ids=["wamid.2"])
    assert one(db, NAME) == "wamid.1"
