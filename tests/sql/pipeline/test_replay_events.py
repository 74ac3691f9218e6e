"""Kept requests are taken in anew, or shown as they would be (U1)."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from psycopg.types.json import Jsonb

from tests.invariants import assert_invariants
from tests.sql.mails import claim, mail, queue_raw_mail, record
from tests.sql.rows import (
    acting,
    add_agent,
    add_user,
    call,
    claim_sends,
    ingest,
    message,
    one,
    receipt,
    refused,
    report,
    rows,
    write_in,
)

ALWAYS = (datetime(2000, 1, 1, tzinfo=UTC), datetime(3000, 1, 1, tzinfo=UTC))
EVERYTHING = """
select jsonb_build_object(
  'messages', (select jsonb_agg(messages order by id) from messages),
  'conversations', (select jsonb_agg(conversations order by id) from conversations),
  'deliveries', (select jsonb_agg(deliveries order by id) from private.deliveries),
  'jobs', (select jsonb_agg(reply_jobs order by id) from private.reply_jobs),
  'requests', (select jsonb_agg(to_jsonb(inbound_events) order by id) from private.inbound_events),
  'rejected', (select jsonb_agg(rejected_items order by id) from private.rejected_items),
  'receipts', (select jsonb_agg(receipts order by id) from private.receipts),
  'broadcasts', (select count(*) from realtime.messages)
)
"""


def keep(db, error="no JSON"):
    """Keeps a request that could not be read; its id."""
    call(db, "private.register_channel", "whatsapp", "shop", "Shop")
    return one(
        db,
        "insert into private.inbound_events (channel_type, body, state, error)"
        " values ('whatsapp', 'x', 'failed', %s) returning id",
        error,
    )


def replay(db, request, *events, dry_run=True, error=None):
    query = "select private.replay_events('whatsapp', %s, %s, %s::text[], %s)"
    return one(db, query, [request], Jsonb([list(events)]), [error], dry_run)


def test_a_dry_run_shows_new_messages_and_leaves_no_trace(db):
    request = keep(db)
    before = one(db, EVERYTHING)
    found = replay(db, request, message("Hello"))
    assert (found["was"], found["becomes"]) == ("failed", "done")
    assert [(one["from"], one["to"]["content"]) for one in found["messages"]] == [(None, "Hello")]
    assert one(db, EVERYTHING) == before


def test_a_replay_that_is_not_dry_does_what_the_dry_run_said(db):
    request, event = keep(db), message("Hello")
    expected = replay(db, request, event)
    found = replay(db, request, event, dry_run=False)
    assert [change["to"]["content"] for change in found["messages"]] == ["Hello"]
    assert {**found, "messages": 0} == {**expected, "messages": 0}
    assert one(db, "select content from messages") == "Hello"
    assert_invariants(db)


@pytest.mark.parametrize("dry_run", [True, False])
def test_receipts_and_edits_show_what_they_move(db, dry_run):
    conversation = write_in(db, "Helo", external_id="wamid.q")
    call(db, "send_message", conversation, "Good day")
    report(db, claim_sends(db)[0], "sent", external_ids=["wamid.a"])
    edit = {"kind": "edit", "account": "shop", "target_id": "wamid.q", "content": "Hello"}
    found = replay(db, keep(db), receipt("wamid.a", "read"), edit, dry_run=dry_run)
    [moved], [changed] = found["receipts"], found["messages"]
    assert (moved["from"]["state"], moved["to"]["state"]) == ("sent", "read")
    assert (changed["from"]["content"], changed["to"]["content"]) == ("Helo", "Hello")
    query = "select content from messages where external_message_id = 'wamid.q'"
    assert one(db, query) == ("Helo" if dry_run else "Hello")


def test_what_is_rejected_anew_takes_the_place_of_the_former_rejection(db):
    request = one(db, "select %s::bigint", ingest(db, message(account="nobody"))["inbound_ids"][0])
    found = replay(db, request, message(account="nobody"), dry_run=False)
    assert [item["reason"] for item in found["rejected"]] == ["unknown account nobody"]
    assert found["understood"] == 0
    assert one(db, "select count(*) from dead_letters") == 1
    assert replay(db, request, message("Hi"))["understood"] == 1
    assert one(db, "select count(*) from dead_letters") == 1


def test_a_stored_message_that_reads_otherwise_is_told_and_left(db):
    event = message("Helo")
    request = ingest(db, event)["inbound_ids"][0]
    found = replay(db, request, event | {"content": "Hello"}, dry_run=False)
    [told] = found["reads_otherwise"]
    assert (told["content"], told["message_type"]) == ("Hello", None)
    assert one(db, "select content from messages") == "Helo"
    assert found["messages"] == []


def test_an_echo_of_our_own_send_is_no_reading_of_it(db):
    conversation = write_in(db, "Hello")
    call(db, "send_message", conversation, "First half. Second half.")
    parts = ["wamid.first", "wamid.second"]
    report(db, claim_sends(db)[0], "sent", external_ids=parts)
    echoes = [
        message(text, sender="agent", external_id=part)
        for text, part in zip(("First half.", "Second half."), parts, strict=True)
    ]
    request = keep(db)
    ingest(db, *echoes)
    found = replay(db, request, *echoes)
    assert (found["messages"], found["reads_otherwise"]) == ([], [])


def test_what_still_cannot_be_read_stays_failed(db):
    found = replay(db, keep(db), error="no JSON still", dry_run=False)
    assert (found["becomes"], found["error"]) == ("failed", "no JSON still")


def asked(db, dry_run):
    query = "select inbound_id, state, rejected, is_queued, report from replay_inbound(%s, %s, %s)"
    return rows(db, query, *ALWAYS, dry_run)


def test_a_window_is_reported_and_then_replayed_by_a_worker(db):
    write_in(db, "This one is sound")
    request = keep(db)
    half = ingest(db, message(account="nobody"))["inbound_ids"][0]
    assert asked(db, True) == [
        (request, "failed", 0, True, None),
        (half, "done", 1, True, None),
    ]
    assert [row[3] for row in asked(db, False)] == [True, True]
    assert rows(db, "select private.claim_replays('{telegram}')") == []
    claimed = rows(db, "select private.claim_replays('{whatsapp}')")
    assert [(item["id"], item["is_dry"]) for item in claimed] == [(request, False), (half, False)]
    assert rows(db, "select private.claim_replays('{whatsapp}')") == []
    replay(db, request, message("Hello"), dry_run=False)
    [first, second] = asked(db, True)
    assert (first[1], first[3], first[4]["becomes"]) == ("done", False, "done")
    assert (second[3], second[4]) == (True, None)
    assert one(db, "select details from audit_log where action = 'replay'")["to"] is not None


def test_what_came_after_a_window_is_left_alone(db):
    keep(db)
    window = (ALWAYS[0], datetime(2001, 1, 1, tzinfo=UTC), False)
    assert rows(db, "select * from replay_inbound(%s, %s, %s)", *window) == []
    assert rows(db, "select private.claim_replays('{whatsapp}')") == []
    assert rows(db, "select private.inbound_for_replay(%s, %s)", *window[:2]) == []


def test_a_replay_is_ended_by_its_own_request_and_kind_alone(db):
    request, other = keep(db), keep(db)
    asked(db, False)
    replay(db, request, message("Hello"), dry_run=False)
    replay(db, other, message("Hello"))
    open_ones = "select inbound_id from private.replay_requests where finished_at is null"
    assert rows(db, open_ones) == [other]


def test_a_mail_that_was_read_ends_the_replay_of_no_other(db):
    first, second = dead_mail(db), dead_mail(db)
    asked(db, False)
    call(db, "private.finish_mail", second)
    query = "select inbound_id, (report -> 'inbound_id')::bigint from private.replay_requests"
    assert rows(db, f"{query} order by 1") == [(first, None), (second, second)]


def test_a_dry_run_tells_what_would_change_and_is_run_anew_after_a_minute(db):
    request = keep(db)
    asked(db, True)
    [item] = rows(db, "select private.claim_replays('{whatsapp}')")
    assert item["is_dry"]
    replay(db, request, message("Hello"))
    [told] = asked(db, True)
    assert (told[1], told[3], told[4]["becomes"]) == ("failed", False, "done")
    db.execute("update private.replay_requests set finished_at = now() - interval '2 minutes'")
    assert [row[3:] for row in asked(db, True)] == [(True, None)]


def test_a_dry_run_leaves_a_replay_that_waits_alone(db):
    keep(db)
    asked(db, False)
    asked(db, True)
    assert not rows(db, "select private.claim_replays('{whatsapp}')")[0]["is_dry"]


def test_a_worker_that_died_leaves_the_request_to_the_next_five_times(db):
    keep(db)
    asked(db, False)
    for _ in range(5):
        assert len(rows(db, "select private.claim_replays('{whatsapp}')")) == 1
        db.execute("update private.replay_requests set lease_until = now() - interval '1 s'")
    assert rows(db, "select private.claim_replays('{whatsapp}')") == []
    asked(db, False)
    assert len(rows(db, "select private.claim_replays('{whatsapp}')")) == 1


def test_a_window_must_begin_before_it_ends(db):
    for window in ((ALWAYS[1], ALWAYS[0]), (None, ALWAYS[1])):
        with refused(db, "PT400"):
            call(db, "replay_inbound", *window)


def test_admins_may_ask_and_agents_not(db):
    keep(db)
    with acting(db, add_agent(db, "admin")):
        assert len(asked(db, False)) == 1
    for user in (add_agent(db), add_user(db)):
        with acting(db, user), refused(db, "PT403"):
            asked(db, True)


def dead_mail(db):
    """A mail that was given up; its request."""
    request = queue_raw_mail(db)
    call(db, "private.bury_mail", request, "too heavy")
    return request


def replay_mail(db, request, dry_run):
    query = "select private.replay_events('email', %s, %s, %s::text[], %s)"
    events = Jsonb([[{"kind": "mail", "account": "shop"}]])
    return one(db, query, [request], events, [None], dry_run)


def test_a_dry_run_of_a_mail_says_that_it_would_be_read_again(db):
    request = dead_mail(db)
    found = replay_mail(db, request, True)
    assert (found["becomes"], found["reads_again"], found["messages"]) == ("waiting", True, [])
    assert replay(db, keep(db), message("Hello"))["reads_again"] is False
    assert one(db, "select state from private.unread_mail") == "dead"


@pytest.mark.parametrize(
    ("said", "state"), [((mail("Hello"),), "done"), ((), "failed")], ids=["read", "given up"]
)
def test_the_replay_of_a_mail_ends_when_it_is_read_or_given_up(db, said, state):
    request = dead_mail(db)
    asked(db, False)
    rows(db, "select private.claim_replays('{email}')")
    assert replay_mail(db, request, False)["becomes"] == "waiting"
    assert asked(db, True)[0][3:] == (True, None)
    db.execute("update private.replay_requests set lease_until = now() - interval '1 s'")
    assert rows(db, "select private.claim_replays('{email}')") == []
    [claimed] = claim(db)
    if said:
        record(db, claimed, *said)
    else:
        call(db, "private.bury_mail", request, "too heavy still")
    [(_, _, _, is_queued, found)] = asked(db, True)
    assert (is_queued, found["becomes"]) == (False, state)
