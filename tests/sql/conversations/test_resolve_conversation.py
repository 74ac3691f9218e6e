"""The end of a conversation, and its second beginning."""

from __future__ import annotations

import pytest

from tests.sql.rows import (
    acting,
    add_agent,
    call,
    ingest,
    message,
    refused,
    rows,
    state_of,
    write_in,
)


def test_an_end_closes_the_open_turn(db):
    conversation = write_in(db)
    with acting(db, add_agent(db)):
        call(db, "resolve_conversation", conversation)
    assert state_of(db, conversation, "status") == "resolved"
    assert rows(db, "select outcome from private.reply_jobs") == ["superseded"]
    assert state_of(db, conversation, "unread_count") == 0


def test_ending_twice_is_noted_once(db):
    conversation = write_in(db)
    call(db, "resolve_conversation", conversation)
    call(db, "resolve_conversation", conversation)
    query = "select count(*) from messages where metadata ->> 'event' = 'resolved'"
    assert rows(db, query) == [1]


def test_a_message_within_a_day_goes_on_with_the_ai(db):
    conversation = write_in(db)
    call(db, "take_over", conversation)
    call(db, "resolve_conversation", conversation)
    assert write_in(db, "One more thing") == conversation
    assert (state_of(db, conversation, "status"), state_of(db, conversation, "ai_mode")) == (
        "open",
        "auto",
    )


def test_a_person_who_speaks_after_the_end_keeps_the_conversation(db):
    conversation = write_in(db)
    call(db, "resolve_conversation", conversation)
    with acting(db, add_agent(db)):
        call(db, "send_message", conversation, "Did it work?")
    write_in(db, "Yes, thanks")
    assert (state_of(db, conversation, "status"), state_of(db, conversation, "ai_mode")) == (
        "open",
        "human",
    )
    assert rows(db, "select id from private.reply_jobs where outcome is null") == []


def test_an_end_that_a_message_crosses_does_not_lose_it(db):
    conversation = write_in(db)
    call(db, "take_over", conversation)
    call(db, "resolve_conversation", conversation)
    db.execute(
        "insert into messages (conversation_id, sender_type, content, calls_for_answer)"
        " values (%s, 'customer', 'Crossed', true)",
        [conversation],
    )
    assert state_of(db, conversation, "status") == "open"
    assert rows(db, "select state from private.reply_jobs where outcome is null") == ["waiting"]


def test_after_a_day_a_new_conversation_begins(db):
    conversation = write_in(db)
    call(db, "resolve_conversation", conversation)
    db.execute("update conversations set resolved_at = now() - interval '25 hours'")
    assert write_in(db, "Long ago") != conversation


def test_an_agent_opens_it_again(db):
    conversation = write_in(db)
    call(db, "resolve_conversation", conversation)
    with acting(db, add_agent(db)):
        call(db, "reopen_conversation", conversation)
        call(db, "reopen_conversation", conversation)
    assert state_of(db, conversation, "resolved_at") is None
    query = "select count(*) from messages where metadata ->> 'event' = 'reopened'"
    assert rows(db, query) == [1]


def test_not_beside_a_newer_open_one(db):
    conversation = write_in(db)
    call(db, "resolve_conversation", conversation)
    db.execute("update conversations set resolved_at = now() - interval '25 hours'")
    ingest(db, message("New"))
    with refused(db, "PT409"):
        call(db, "reopen_conversation", conversation)


@pytest.mark.parametrize(
    "change", ["status = 'resolved'", "thread = 'another'", "channel_id = %(other)s"]
)
def test_what_has_ended_too_or_is_elsewhere_hinders_no_second_beginning(db, change):
    conversation = write_in(db)
    call(db, "resolve_conversation", conversation)
    db.execute("update conversations set resolved_at = now() - interval '2 days'")
    newer = write_in(db, "Again")
    other = call(db, "private.register_channel", "whatsapp", "other", "Other")
    db.execute(
        f"update conversations set {change} where id = %(newer)s", {"other": other, "newer": newer}
    )
    call(db, "reopen_conversation", conversation)
    assert state_of(db, conversation, "status") == "open"
