"""What a mail said is stored in the transaction that takes it off the queue."""

from __future__ import annotations

import pytest

from tests.sql.mails import claim, mail, queue_raw_mail, record
from tests.sql.rows import call, one, refused, rows


@pytest.fixture
def claimed(db):
    """A claimed mail."""
    queue_raw_mail(db)
    return claim(db)[0]


def make_due(db):
    db.execute("update private.unread_mail set next_attempt_at = now()")


def test_its_events_are_stored_under_the_kept_request(db, claimed):
    assert record(db, claimed, mail("Where is it?")) == "done"
    assert rows(db, "select content, inbound_id from messages where channel_type = 'email'") == [
        ("Where is it?", claimed["inbound_id"])
    ]
    assert one(db, "select count(*) from private.unread_mail") == 0
    assert one(db, "select count(*) from private.inbound_events") == 1


def test_a_lost_claim_records_nothing(db, claimed):
    db.execute("update private.unread_mail set lease_until = now() - interval '1 second'")
    claim(db, "w2")
    assert record(db, claimed, mail()) == "fenced"
    assert one(db, "select count(*) from messages") == 0


def test_a_mail_that_is_off_the_queue_is_recorded_by_nobody(db, claimed):
    record(db, claimed, mail())
    assert record(db, claimed, mail()) == "fenced"


def test_an_error_waits_and_after_three_is_a_dead_letter(db, claimed):
    states = [record(db, claimed, error="too heavy")]
    assert claim(db) == []
    for _ in range(2):
        make_due(db)
        states.append(record(db, claim(db)[0], error="too heavy"))
    assert states == ["waiting", "waiting", "dead"]
    assert rows(db, "select reason from dead_letters") == ["too heavy"]


def test_a_dead_mail_is_read_again_when_a_person_says_so(db, claimed):
    call(db, "private.bury_mail", claimed["inbound_id"], "too heavy")
    assert call(db, "retry_dead_letter", "inbound", str(claimed["inbound_id"])) == "waiting"
    assert one(db, "select count(*) from dead_letters") == 0
    assert record(db, claim(db)[0], mail()) == "done"


def test_what_is_no_dead_mail_cannot_be_read_again(db, claimed):
    with refused(db, "PT404"):
        call(db, "retry_dead_letter", "inbound", str(claimed["inbound_id"]))


def test_bytes_are_read_in_pieces(db, claimed):
    db.execute("update private.inbound_events set body = %s", [bytes(range(10))])
    pieces = [call(db, "private.mail_bytes", claimed["inbound_id"], at, 4) for at in (0, 4, 8)]
    assert pieces == [b"\x00\x01\x02\x03", b"\x04\x05\x06\x07", b"\x08\x09"]
