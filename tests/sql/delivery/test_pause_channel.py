"""A platform that is too much for the whole account stops all of it, and only for as long."""

from __future__ import annotations

import datetime

from tests.sql.rows import call, claim_sends, ingest, one, receipt, report, rows, write_in


def two_sends(db):
    for phone in ("491", "492"):
        call(db, "send_message", write_in(db, phone=phone), "Hi")


def end_pause(db):
    db.execute("update channels set paused_until = now() - interval '1 second'")
    db.execute("update private.deliveries set next_attempt_at = now() where state = 'queued'")


def test_nothing_of_a_paused_account_is_claimed(db):
    two_sends(db)
    first, _ = claim_sends(db)
    db.execute("update private.deliveries set state = 'queued' where id <> %s",
               [first["delivery_id"]])  # fmt: skip
    assert report(db, first, "retry", code="130429", retry_after_s=30, channel_paused=True) == (
        "queued"
    )
    assert claim_sends(db) == []
    assert rows(db, "select message from alerts") == []
    end_pause(db)
    assert len(claim_sends(db)) == 2


def test_too_many_to_one_customer_stops_only_them(db):
    two_sends(db)
    first, second = claim_sends(db)
    report(db, first, "retry", code="131056", retry_after_s=6, channel_paused=False)
    assert one(db, "select paused_until from channels") is None
    assert report(db, second, "sent", external_ids=["wamid.2"]) == "sent"


def test_a_long_pause_is_told_once_and_is_over_with_the_next_message(db):
    two_sends(db)
    for send in claim_sends(db):
        report(db, send, "retry", code="131048", retry_after_s=3600, error="spam",
               channel_paused=True)  # fmt: skip
    assert rows(db, "select status, status_reason from channels") == [("degraded", "spam")]
    assert one(db, "select count(*) from alerts where severity = 'critical'") == 1
    end_pause(db)
    for send in claim_sends(db):
        report(db, send, "sent", external_ids=[send["delivery_id"]])
    assert one(db, "select status from channels") == "connected"
    assert one(db, "select count(*) from alerts where resolved_at is null") == 0


def test_a_long_pause_is_seen_for_as_long_as_it_lasts(db):
    two_sends(db)
    first, second = claim_sends(db)
    report(db, first, "sent", external_ids=["wamid.1"])
    ingest(db, receipt("wamid.1", "failed", error_code="131048", error="spam"))
    assert one(db, "select last_error from channels") == "131048 spam"
    db.execute("delete from private.channel_events")
    report(db, second, "sent", external_ids=["wamid.2"])
    call(db, "private.upkeep")
    assert one(db, "select status from channels") == "degraded"
    assert one(db, "select count(*) from alerts where resolved_at is null") == 1
    end_pause(db)
    call(db, "private.upkeep")
    assert one(db, "select status from channels") == "connected"
    assert one(db, "select count(*) from alerts where resolved_at is null") == 0


def test_a_short_pause_does_not_end_a_long_one(db):
    write_in(db)
    channel = one(db, "select id from channels")
    call(db, "private.pause_channel", channel, datetime.timedelta(hours=1), "spam")
    call(db, "private.pause_channel", channel, datetime.timedelta(seconds=1), "slow")
    assert one(db, "select paused_until > now() + interval '50 minutes' from channels") is True
