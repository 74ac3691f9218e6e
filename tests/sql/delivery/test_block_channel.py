"""A platform that refuses our account: the queue waits, one message looks whether it still does."""

from __future__ import annotations

import pytest

from tests.sql.delivery.fallbacks import claim_from
from tests.sql.rows import add_agent, call, claim_sends, one, report, rows, write_in


@pytest.fixture
def send(db):
    """One claimed delivery; two more, of other customers, wait."""
    add_agent(db)
    call(db, "send_message", write_in(db), "Good day")
    found = claim_from(db)
    for phone in ("492", "493"):
        call(db, "send_message", write_in(db, phone=phone), "Good day")
    return found


def refuse(db, send, error="token expired"):
    return report(db, send, "failed", code="190", account_blocked=True, error=error)


def pass_time(db):
    db.execute("update channels set retry_at = statement_timestamp() where retry_at is not null")


def wait(db):
    query = "select ceil(extract(epoch from retry_at - clock_timestamp())) from channels"
    return one(db, f"{query} where type = 'whatsapp'")


def test_the_queue_is_kept_and_admins_hear_once(db, send):
    assert refuse(db, send) == "queued"
    assert claim_sends(db) == []
    pass_time(db)
    refuse(db, claim_from(db))
    assert rows(db, "select kind, severity from alerts") == [("channel", "critical")]
    query = "select status, status_reason from channels where type = 'whatsapp'"
    assert rows(db, query) == [("disconnected", "token expired")]
    assert rows(db, "select kind from private.channel_events") == ["disconnected"]


def test_one_message_at_a_time_tries_again_ever_later_and_for_ever(db, send):
    db.execute("update private.deliveries set failures = 7")
    refuse(db, send)
    waits = [wait(db)]
    for _ in range(5):
        pass_time(db)
        refuse(db, claim_from(db))
        waits.append(wait(db))
    assert waits == [30, 60, 120, 300, 300, 300]
    assert set(rows(db, "select state from private.deliveries")) == {"queued"}


def test_many_refusals_at_once_are_one(db, send):
    for other in claim_sends(db):
        refuse(db, other)
    refuse(db, send)
    assert (wait(db), one(db, "select max(probes) from channels")) == (30, 1)


def test_what_was_sent_already_tries_nothing(db, send):
    report(db, send, "sent", external_ids=["wamid.1"])
    _, last = claim_sends(db)
    refuse(db, last)
    pass_time(db)
    assert claim_from(db)["delivery_id"] == last["delivery_id"]


def test_a_worker_of_other_channels_tries_nothing(db, send):
    refuse(db, send)
    pass_time(db)
    assert claim_sends(db, channel_types=("telegram",)) == []
    assert one(db, "select max(probes) from channels") == 1


def test_the_queue_follows_when_the_account_works_again(db, send):
    refuse(db, send)
    pass_time(db)
    assert report(db, claim_from(db), "sent", external_ids=["wamid.1"]) == "sent"
    assert one(db, "select status from channels where type = 'whatsapp'") == "connected"
    assert one(db, "select count(*) from alerts where resolved_at is null") == 0
    assert len(claim_sends(db)) == 2
    kinds = rows(db, "select kind from private.channel_events order by id")
    assert kinds == ["disconnected", "connected"]


def test_a_message_that_fails_by_itself_leaves_the_trial_to_the_next(db, send):
    refuse(db, send)
    pass_time(db)
    report(db, claim_from(db), "failed", code="131026")
    assert report(db, claim_from(db), "sent", external_ids=["wamid.1"]) == "sent"


def test_without_a_message_the_trial_waits_for_one(db, send):
    refuse(db, send)
    pass_time(db)
    db.execute("update private.deliveries set next_attempt_at = now() + interval '1 hour'")
    assert claim_sends(db) == []
    assert wait(db) == 0


def test_another_account_goes_on(db, send):
    refuse(db, send)
    other = call(db, "private.register_channel", "whatsapp", "other", "Other")
    db.execute(
        "update private.deliveries set channel_id = %s where id = (select id from"
        " private.deliveries where attempts = 0 limit 1)",
        [other],
    )
    assert [found["account"] for found in claim_sends(db)] == ["other"]


def test_a_worker_of_another_account_does_not_try(db, send):
    refuse(db, send)
    pass_time(db)
    claim = "select private.claim_deliveries('w1', '{whatsapp}', 10, '{other}')"
    assert rows(db, claim) == []


def test_the_trial_keeps_the_order_of_a_conversation(db, send):
    refuse(db, send)
    db.execute("delete from private.deliveries where id <> %s", [send["delivery_id"]])
    call(db, "send_message", send["conversation_id"], "Second")
    db.execute(
        "update private.deliveries set next_attempt_at = now() + interval '1 minute' where id = %s",
        [send["delivery_id"]],
    )
    pass_time(db)
    assert claim_sends(db) == []
    db.execute("update private.deliveries set next_attempt_at = now()")
    assert claim_from(db)["delivery_id"] == send["delivery_id"]


def test_the_trial_is_not_held_back_by_what_is_sent_or_went_elsewhere(db, send):
    other = call(db, "private.register_channel", "whatsapp", "other", "Other")
    call(db, "send_message", send["conversation_id"], "Second")
    db.execute(
        "update private.deliveries set next_attempt_at = now() + interval '1 hour'"
        " where conversation_id <> %s",
        [send["conversation_id"]],
    )
    refuse(db, send)
    for change in ("state = 'sent'", f"state = 'queued', channel_id = '{other}'"):
        with db.transaction(force_rollback=True):
            db.execute(
                f"update private.deliveries set {change},"
                " next_attempt_at = now() + interval '1 hour' where id = %s",
                [send["delivery_id"]],
            )
            pass_time(db)
            assert [found["content"] for found in claim_sends(db)] == ["Second"]


def test_the_oldest_message_is_the_trial(db, send):
    refuse(db, send)
    db.execute(
        "update private.deliveries set next_attempt_at = now() - interval '1 day' where id <> %s",
        [send["delivery_id"]],
    )
    pass_time(db)
    assert claim_from(db)["delivery_id"] == send["delivery_id"]


def test_nothing_is_tried_while_the_platform_asks_us_to_wait(db, send):
    refuse(db, send)
    pass_time(db)
    db.execute("update channels set paused_until = now() + interval '1 hour'")
    assert claim_sends(db) == []
    db.execute("update channels set paused_until = now() - interval '1 second'")
    assert len(claim_sends(db)) == 1
