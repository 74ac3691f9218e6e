"""Saying something, as an agent or as a customer."""

from __future__ import annotations

import threading
import uuid

import psycopg
import pytest

from tests.sql.rows import (
    acting,
    add_agent,
    add_user,
    call,
    one,
    refused,
    rows,
    said,
    state_of,
    write_in,
)


@pytest.fixture
def chat(db):
    """A visitor and their conversation on the website."""
    visitor = add_user(db)
    with acting(db, visitor):
        return visitor, call(db, "create_conversation", "me@example.com", "website", "Hello")


def test_an_agent_speaks_and_the_ai_falls_silent(db):
    conversation, agent = write_in(db), add_agent(db)
    with acting(db, agent):
        sent = call(db, "send_message", conversation, "Good day")
    assert (sent["sender_type"], sent["sender_id"], sent["seq"]) == ("agent", str(agent), 2)
    assert state_of(db, conversation, "ai_mode") == "human"
    assert state_of(db, conversation, "assigned_agent_id") == agent
    assert state_of(db, conversation, "unread_count") == 0
    assert rows(db, "select outcome from private.reply_jobs") == ["taken_over"]


def test_a_note_changes_no_hands_and_goes_nowhere(db):
    conversation = write_in(db)
    with acting(db, add_agent(db)):
        call(db, "send_message", conversation, "He is angry", None, None, True)
    assert state_of(db, conversation, "ai_mode") == "auto"
    assert state_of(db, conversation, "last_message") == "Hello"
    assert rows(db, "select state from private.deliveries") == []


def test_a_visitor_speaks_in_their_own_conversation(db, chat):
    visitor, conversation = chat
    with acting(db, visitor):
        sent = call(db, "send_message", conversation, "And?")
    assert said(db, conversation) == [("customer", "Hello"), ("customer", "And?")]
    assert "metadata" not in sent


def test_a_visitor_writes_no_notes(db, chat):
    visitor, conversation = chat
    with acting(db, visitor):
        call(db, "send_message", conversation, "Psst", None, None, True)
    assert one(db, "select bool_or(is_private) from messages") is False


@pytest.mark.parametrize("known", [True, False])
def test_a_stranger_cannot_tell_whether_a_conversation_exists(db, chat, known):
    conversation = chat[1] if known else uuid.uuid4()
    with acting(db, add_user(db)), refused(db, "PT404"):
        call(db, "send_message", conversation, "Let me in")


@pytest.mark.parametrize("content", [None, "", "  \n", "x" * 20001])
def test_there_must_be_something_to_say(db, chat, content):
    with refused(db, "PT400"):
        call(db, "send_message", chat[1], content)


def test_a_stale_view_is_refused(db, chat):
    _, conversation = chat
    with acting(db, add_agent(db)):
        call(db, "send_message", conversation, "Good day", None, 1)
    with acting(db, add_agent(db)), refused(db, "PT409"):
        call(db, "send_message", conversation, "Good day", None, 1)


def test_ones_own_words_make_no_view_stale(db, chat):
    visitor, conversation = chat
    with acting(db, visitor):
        call(db, "send_message", conversation, "One", None, 1)
        call(db, "send_message", conversation, "Two", None, 1)
    with acting(db, add_agent(db)):
        call(db, "send_message", conversation, "A", None, 3)
        call(db, "send_message", conversation, "B", None, 3)


def test_a_note_does_not_make_a_visitors_view_stale(db, chat):
    visitor, conversation = chat
    with acting(db, add_agent(db)):
        call(db, "send_message", conversation, "He is angry", None, None, True)
    with acting(db, visitor):
        call(db, "send_message", conversation, "Still there?", None, 1)


def test_a_repeat_with_the_same_id_says_it_once(db, chat):
    visitor, conversation = chat
    client_id = uuid.uuid4()
    with acting(db, visitor):
        first = call(db, "send_message", conversation, "And?", client_id, 1)
    with acting(db, add_agent(db)):
        call(db, "send_message", conversation, "Good day")
    with acting(db, visitor):
        again = call(db, "send_message", conversation, "And?", client_id, 1)
    assert again["seq"] == first["seq"]
    assert len(said(db, conversation)) == 3


def test_repeats_at_the_same_moment_say_it_once(fresh_database):
    url, client_id, results = fresh_database(), uuid.uuid4(), []
    start = threading.Barrier(6)
    with psycopg.connect(url, autocommit=True) as connection:
        conversation = call(connection, "create_conversation", "me@example.com", "website", "Hi")

    def send():
        with psycopg.connect(url, autocommit=True) as connection:
            start.wait()
            results.append(call(connection, "send_message", conversation, "Once", client_id)["seq"])

    threads = [threading.Thread(target=send) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert results == [2] * 6


def test_a_flood_is_stopped(db, chat):
    visitor, conversation = chat
    with acting(db, visitor):
        for number in range(19):
            call(db, "send_message", conversation, f"Message {number}")
        with refused(db, "PT429"):
            call(db, "send_message", conversation, "One more")


@pytest.mark.parametrize(
    "change", ["sender_type = 'ai'", "created_at = created_at - interval '61 seconds'"]
)
def test_what_others_said_or_long_ago_is_no_flood(db, chat, change):
    visitor, conversation = chat
    with acting(db, visitor):
        for number in range(19):
            call(db, "send_message", conversation, f"Message {number}")
    db.execute(f"update messages set {change}")
    with acting(db, visitor):
        call(db, "send_message", conversation, "One more")


def test_agents_may_write_as_fast_as_they_can(db, chat):
    with acting(db, add_agent(db)):
        for number in range(25):
            call(db, "send_message", chat[1], f"Message {number}")


def test_a_customer_who_writes_after_the_end_finds_the_ai(db, chat):
    visitor, conversation = chat
    call(db, "take_over", conversation)
    call(db, "resolve_conversation", conversation)
    with acting(db, visitor):
        call(db, "send_message", conversation, "One more thing")
    assert (state_of(db, conversation, "status"), state_of(db, conversation, "ai_mode")) == (
        "open",
        "auto",
    )
    assert rows(db, "select state from private.reply_jobs where outcome is null") == ["waiting"]


def test_an_ended_conversation_with_a_successor_stays_ended(db, chat):
    visitor, conversation = chat
    call(db, "resolve_conversation", conversation)
    db.execute("update conversations set resolved_at = now() - interval '2 days'")
    with acting(db, visitor):
        call(db, "create_conversation", "me@example.com", "website")
        with refused(db, "PT409"):
            call(db, "send_message", conversation, "Hello?")


@pytest.mark.parametrize("content", ["", "   ", "x" * 20001])
def test_a_row_written_past_the_function_needs_words_too(db, content):
    conversation, agent = write_in(db), add_agent(db)
    query = "insert into messages (conversation_id, sender_type, sender_id, content)"
    with acting(db, agent), refused(db, "42501"):
        db.execute(f"{query} values (%s, 'agent', %s, %s)", [conversation, agent, content])


def test_an_id_that_belongs_to_another_message_is_refused(db, chat):
    visitor, conversation = chat
    other = write_in(db)
    with acting(db, add_agent(db)):
        foreign = call(db, "send_message", other, "Good day")["id"]
        answer = call(db, "send_message", conversation, "Good day")["id"]
    for taken in (foreign, answer):
        with acting(db, visitor), refused(db, "PT409"):
            call(db, "send_message", conversation, "Mine", uuid.UUID(taken))


def test_a_visitor_who_sends_again_after_a_lost_connection_gets_the_same_answer(fresh_database):
    url, client_id, results = fresh_database(), uuid.uuid4(), []
    with psycopg.connect(url, autocommit=True) as connection:
        visitor = add_user(connection)
        with connection.transaction(), acting(connection, visitor):
            conversation = call(connection, "create_conversation", "me", "website", "Hi")
    start = threading.Barrier(4)

    def send():
        with psycopg.connect(url) as connection, acting(connection, visitor):
            start.wait()
            results.append(call(connection, "send_message", conversation, "Once", client_id))

    threads = [threading.Thread(target=send) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with psycopg.connect(url) as connection, acting(connection, visitor):
        again = call(connection, "send_message", conversation, "Once", client_id)
    assert results == [again] * 4
    with psycopg.connect(url) as connection:
        assert said(connection, conversation) == [("customer", "Hi"), ("customer", "Once")]


def test_whoever_is_blocked_may_read_and_no_longer_write(db, chat):
    visitor, conversation = chat
    db.execute("update customer_profiles set is_blocked = true")
    with acting(db, visitor):
        with refused(db, "PT403"):
            call(db, "send_message", conversation, "And?")
        with refused(db, "PT403"):
            call(db, "create_conversation", "me", "website", "And?")
        assert len(rows(db, "select messages_since(%s)", conversation)) == 1
