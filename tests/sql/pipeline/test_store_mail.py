"""Mailboxes read by IMAP: one worker each, and a cursor that moves with what is stored."""

from __future__ import annotations

import pytest

from tests.sql.mails import claim, mail, record
from tests.sql.rows import call, one, rows

VALIDITY = 7


def take(db, worker="w1"):
    call(db, "private.heartbeat", "worker", worker)
    return rows(db, "select private.claim_mailboxes(%s, '{shop}')", worker)


@pytest.fixture
def box(db):
    """The channel of a mailbox that worker w1 reads, up to UID 10."""
    call(db, "private.register_channel", "email", "shop", "Shop")
    [claimed] = take(db)
    call(db, "private.set_mailbox_cursor", claimed["channel_id"], "w1", VALIDITY, 10)
    return claimed["channel_id"]


def store(db, box, uid, raw=b"From: a@example.com\r\n\r\nHi", worker="w1", **more):
    validity = more.pop("validity", VALIDITY)
    return call(
        db, "private.store_mail", box, worker, validity, uid, raw, {"inlet": "imap", **more}
    )


def test_a_mailbox_has_one_reader(db, box):
    assert take(db, "w2") == []


def test_a_dead_workers_mailbox_is_taken_over(db, box):
    db.execute("update private.processes set seen_at = now() - interval '1 hour'")
    assert len(take(db, "w2")) == 1
    assert call(db, "private.keep_mailbox", box, "w1") is False
    assert store(db, box, 11) == "fenced"


def test_a_mailbox_that_is_given_back_is_free_at_once(db, box):
    assert call(db, "private.keep_mailbox", box, "w1")
    assert call(db, "private.leave_mailbox", box, "w1")
    assert len(take(db, "w2")) == 1


def test_a_stored_mail_waits_to_be_read_and_moves_the_cursor(db, box):
    assert store(db, box, 12) == "stored"
    assert call(db, "private.mailbox_cursor", box)["last_uid"] == 12
    [found] = claim(db)
    assert found["headers"] == {"inlet": "imap"}


def test_the_last_one_comes_again_and_is_known(db, box):
    store(db, box, 11)
    assert store(db, box, 11) == "known"
    assert one(db, "select count(*) from private.unread_mail") == 1


def test_a_number_of_another_numbering_is_refused(db, box):
    assert store(db, box, 11, validity=8) == "fenced"


def test_after_a_new_numbering_exactly_the_same_mail_is_known(db, box):
    raw = b"Message-ID: <m@example.com>\r\n\r\nHi"
    store(db, box, 11, raw)
    assert record(db, claim(db)[0], mail("Hi", external_id="m@example.com")) == "done"
    call(db, "private.set_mailbox_cursor", box, "w1", 8, 0, "2026-11-01")
    assert store(db, box, 1, raw, validity=8, message_id="m@example.com") == "known"
    other = b"Message-ID: <m@example.com>\r\n\r\nOther"
    assert store(db, box, 2, other, validity=8, message_id="m@example.com") == "stored"


def test_two_mails_with_one_message_id_are_two_messages(db, box):
    for uid, text in ((11, "One"), (12, "Two"), (13, "Two")):
        store(db, box, uid)
        event = mail(text, external_id="same@example.com", metadata={"subject": text})
        assert record(db, claim(db)[0], event) == "done"
    assert rows(db, "select content from messages order by content") == ["One", "Two"]


def test_a_mail_that_is_read_better_is_still_the_same(db, box):
    for uid, text in ((11, "One > quoted"), (12, "One")):
        store(db, box, uid)
        record(db, claim(db)[0], mail(text, external_id="same@example.com"))
    assert rows(db, "select content from messages") == ["One > quoted"]


def test_a_refused_login_tells_admins_once_and_ends_with_a_good_one(db, box):
    open_alerts = "select count(*) from alerts where kind = 'channel' and resolved_at is null"
    for _ in range(2):
        assert call(db, "private.record_mailbox", box, "w1", "refused", "535 no")
    assert one(db, open_alerts) == 1
    assert one(db, "select status from channels where type = 'email'") == "disconnected"
    call(db, "private.record_mailbox", box, "w1", "connected")
    assert one(db, open_alerts) == 0


def test_a_server_that_is_away_degrades_the_channel(db, box):
    call(db, "private.record_mailbox", box, "w1", "away", "ConnectionRefusedError")
    assert one(db, "select status from channels where type = 'email'") == "degraded"


def test_who_has_lost_the_mailbox_reports_nothing(db, box):
    assert call(db, "private.record_mailbox", box, "w2", "connected") is False


def hold(db, box, uid, worker="w1"):
    return call(db, "private.hold_mail", box, worker, VALIDITY, uid, "22000")


def bury(db, box, uid, *raw, worker="w1"):
    kept = {"inlet": "imap", "account": "shop"}
    return call(db, "private.bury_fetched_mail", box, worker, VALIDITY, uid, kept, *raw)


def test_a_refused_mail_is_due_after_three_tries_and_the_next_begins_anew(db, box):
    assert [hold(db, box, 11) for _ in range(4)] == ["waiting", "waiting", "due", "due"]
    assert hold(db, box, 12) == "waiting"
    assert one(db, "select error from private.mailboxes") == (
        "the database refuses the mail with UID 12: 22000"
    )


def test_a_buried_mail_is_a_dead_letter_that_can_be_read_again(db, box):
    hold(db, box, 11)
    assert bury(db, box, 11, b"From: a@example.com\r\n\r\nHi") == "dead"
    assert call(db, "private.mailbox_cursor", box)["last_uid"] == 11
    [letter] = rows(db, "select to_jsonb(dead_letters) from public.dead_letters")
    assert letter["reason"] == "the database refuses the mail with UID 11: 22000"
    assert claim(db) == []
    assert call(db, "private.retry_mail", int(letter["id"])) == "waiting"
    assert len(claim(db)) == 1


def test_a_mail_whose_bytes_are_refused_is_a_dead_letter_with_its_number(db, box):
    hold(db, box, 11)
    assert bury(db, box, 11) == "dead"
    [item] = rows(db, "select to_jsonb(rejected_items) from private.rejected_items")
    assert (item["item"]["uid"], item["item"]["uid_validity"]) == (11, VALIDITY)
    assert "kept in the mailbox alone" in item["reason"]
    assert call(db, "private.retry_item", item["id"]) == "rejected"


def test_who_has_lost_the_mailbox_gives_no_mail_up(db, box):
    assert hold(db, box, 11, "w2") == "fenced"
    assert bury(db, box, 11, b"x", worker="w2") == "fenced"
    assert hold(db, box, 10) == "fenced"
    assert bury(db, box, 10, b"x") == "fenced"


def test_who_has_lost_the_mailbox_moves_no_cursor_and_gives_nothing_back(db, box):
    assert call(db, "private.set_mailbox_cursor", box, "w2", 8, 0) is False
    assert call(db, "private.leave_mailbox", box, "w2") is False
    assert call(db, "private.mailbox_cursor", box)["last_uid"] == 10
    assert take(db, "w3") == []


def test_a_number_of_another_numbering_is_neither_held_nor_given_up(db, box):
    call(db, "private.set_mailbox_cursor", box, "w1", VALIDITY + 1, 0)
    assert hold(db, box, 11) == "fenced"
    assert bury(db, box, 11, b"x") == "fenced"
