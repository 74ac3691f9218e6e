"""When a visitor was last there."""

from __future__ import annotations

import psycopg
import pytest

from tests.sql.pages import start_chat
from tests.sql.rows import acting, add_agent, add_user, call, rows, state_of


@pytest.fixture
def chat(db):
    """A visitor who left an hour ago, and their conversation."""
    visitor = add_user(db)
    conversation = start_chat(db, visitor)
    leave(db, "1 hour")
    return visitor, conversation


def leave(db, ago):
    db.execute("update conversations set visitor_seen_at = now() - %s::interval", [ago])


def away_s(db, conversation):
    query = "extract(epoch from clock_timestamp() - visitor_seen_at)"
    return state_of(db, conversation, query)


@pytest.mark.parametrize("function", ["messages_since", "mark_messages_read", "set_typing"])
def test_whoever_reads_or_types_is_there(db, chat, function):
    visitor, conversation = chat
    with acting(db, visitor):
        rows(db, f"select {function}(%s)", conversation)
    assert away_s(db, conversation) < 60


def test_whoever_writes_is_there(db, chat):
    visitor, conversation = chat
    with acting(db, visitor):
        call(db, "send_message", conversation, "Hello?")
    assert away_s(db, conversation) < 60


def test_it_is_written_at_most_every_twenty_seconds(db, chat):
    visitor, conversation = chat
    leave(db, "15 seconds")
    before = state_of(db, conversation, "visitor_seen_at")
    with acting(db, visitor):
        rows(db, "select messages_since(%s)", conversation)
    assert state_of(db, conversation, "visitor_seen_at") == before


def test_agents_and_strangers_are_no_visitors_of_it(db, chat):
    _, conversation = chat
    for user in (add_agent(db), add_user(db)):
        with acting(db, user):
            rows(db, "select messages_since(%s)", conversation)
    rows(db, "select messages_since(%s)", conversation)
    assert away_s(db, conversation) > 3000


def test_reading_in_a_read_only_transaction_notes_nothing(fresh_database):
    with psycopg.connect(fresh_database()) as connection:
        visitor = add_user(connection)
        conversation = start_chat(connection, visitor)
        leave(connection, "1 hour")
        connection.commit()
        connection.execute("set transaction read only")
        with acting(connection, visitor):
            assert len(rows(connection, "select messages_since(%s)", conversation)) == 1
        assert away_s(connection, conversation) > 3000
