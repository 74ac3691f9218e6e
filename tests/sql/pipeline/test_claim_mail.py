"""The queue of mails that wait to be read: leased, fenced, given up after three tries."""

from __future__ import annotations

from tests.sql.mails import claim, mail, queue_raw_mail, record
from tests.sql.rows import broadcasts, call, ingest, one, rows


def expire(db):
    db.execute("update private.unread_mail set lease_until = now() - interval '1 second'")


def test_a_raw_mail_is_queued_and_the_worker_is_rung(db):
    inbound = queue_raw_mail(db)
    assert broadcasts(db, "worker", "mail") == [{}]
    [claimed] = claim(db)
    assert claimed == {
        "inbound_id": inbound,
        "attempt": 1,
        "account": "shop",
        "headers": {},
        "size": 2,
    }


def test_a_claimed_mail_is_nobody_elses(db):
    queue_raw_mail(db)
    claim(db)
    assert claim(db, "w2") == []


def test_a_lease_that_ran_out_is_taken_again(db):
    queue_raw_mail(db)
    claim(db)
    expire(db)
    assert [found["attempt"] for found in claim(db, "w2")] == [2]


def test_a_dead_workers_mail_is_taken_at_once(db):
    queue_raw_mail(db)
    claim(db)
    db.execute("update private.processes set seen_at = now() - interval '1 hour'")
    assert [found["attempt"] for found in claim(db, "w2")] == [2]


def test_a_mail_whose_readers_die_is_a_dead_letter_after_the_third(db):
    inbound = queue_raw_mail(db)
    for _ in range(3):
        claim(db)
        expire(db)
    assert claim(db) == []
    dead = "select id, reason from dead_letters where kind = 'inbound'"
    assert rows(db, dead) == [(str(inbound), "its reader went away, three times")]
    assert one(db, "select body from private.inbound_events where id = %s", inbound) == b"{}"


def test_the_third_reader_may_finish(db):
    queue_raw_mail(db)
    for _ in range(2):
        claim(db)
        expire(db)
    [claimed] = claim(db)
    assert claim(db, "w2") == []
    assert record(db, claimed, mail()) == "done"
    assert one(db, "select count(*) from dead_letters") == 0


def test_a_mail_for_a_mailbox_we_do_not_know_is_a_dead_letter(db):
    ingest(db, {"kind": "mail", "account": "nobody"}, channel_type="email")
    assert claim(db) == []
    assert rows(db, "select reason from dead_letters") == ["unknown account nobody"]


def test_a_replayed_mail_begins_anew(db):
    inbound = queue_raw_mail(db)
    for _ in range(3):
        claim(db)
        expire(db)
    claim(db)
    one(
        db,
        "select private.ingest_events('email', '{}', '[]', %s, array[null::text], %s)",
        '[[{"kind": "mail", "account": "shop"}]]',
        [inbound],
    )
    [claimed] = claim(db)
    assert claimed["attempt"] == 1
    assert record(db, claimed, mail()) == "done"
    assert one(db, "select count(*) from dead_letters") == 0


def test_the_queue_shows_in_the_metrics(db):
    before = call(db, "private.queue_metrics")["unread_mail"]
    queue_raw_mail(db)
    assert call(db, "private.queue_metrics")["unread_mail"] == before + 1
