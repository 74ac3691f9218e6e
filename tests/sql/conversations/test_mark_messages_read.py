"""Reading, by either side."""

from __future__ import annotations

import pytest

from tests.sql.rows import acting, add_agent, add_user, call, refused, rows, state_of, write_in


@pytest.fixture
def chat(db):
    visitor = add_user(db)
    with acting(db, visitor):
        return visitor, call(db, "create_conversation", "me@example.com", "website", "Hello")


def test_an_agent_reads_what_the_customer_wrote(db, chat):
    with acting(db, add_agent(db)):
        assert call(db, "mark_messages_read", chat[1]) == 1
        assert call(db, "mark_messages_read", chat[1]) == 0
    assert state_of(db, chat[1], "unread_count") == 0


def test_a_visitor_reads_what_we_wrote(db, chat):
    visitor, conversation = chat
    with acting(db, add_agent(db)):
        call(db, "send_message", conversation, "Good day")
        call(db, "send_message", conversation, "A note", None, None, True)
    with acting(db, visitor):
        assert call(db, "mark_messages_read", conversation) == 1
    query = "select delivery_status from messages where sender_type = 'agent' order by seq"
    assert rows(db, query) == ["read", "sent"]


def test_reading_one_side_leaves_the_other(db):
    conversation = write_in(db)
    with acting(db, add_agent(db)):
        call(db, "send_message", conversation, "Good day")
        call(db, "mark_messages_read", conversation)
    query = "select sender_type, delivery_status from messages order by seq"
    assert rows(db, query) == [("customer", "read"), ("agent", "queued")]


def test_a_stranger_reads_nothing(db, chat):
    with acting(db, add_user(db)), refused(db, "PT404"):
        call(db, "mark_messages_read", chat[1])
