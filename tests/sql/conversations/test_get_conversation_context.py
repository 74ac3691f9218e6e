"""What an answer is made from."""

from __future__ import annotations

import uuid

import pytest

from tests.sql.rows import acting, add_agent, add_user, call, refused, write_in


def contents(context):
    return [entry["content"] for entry in context["history"]]


def test_the_newest_messages_oldest_first(db):
    for number in range(15):
        conversation = write_in(db, f"Message {number}")
    context = call(db, "get_conversation_context", conversation, 3)
    assert contents(context) == ["Message 12", "Message 13", "Message 14"]
    assert context["customer"]["name"] == "Grace"


def test_notes_stay_within_the_team(db):
    conversation = write_in(db)
    with acting(db, add_agent(db)):
        call(db, "send_message", conversation, "He is angry", None, None, True)
        assert contents(call(db, "get_conversation_context", conversation)) == ["Hello"]


@pytest.mark.parametrize("change", ["deleted_at = now()", "content = ''"])
def test_what_is_gone_or_says_nothing_is_left_out(db, change):
    conversation = write_in(db, "Gone")
    db.execute(f"update messages set {change}")
    write_in(db, "Here")
    assert contents(call(db, "get_conversation_context", conversation)) == ["Here"]


def test_what_was_before_a_return_to_the_ai_is_left_out(db):
    conversation = write_in(db, "Before")
    call(db, "take_over", conversation)
    call(db, "give_back", conversation)
    write_in(db, "After")
    assert contents(call(db, "get_conversation_context", conversation)) == ["After"]


def test_visitors_and_strangers_get_nothing(db):
    conversation = write_in(db)
    with acting(db, add_user(db)), refused(db, "PT403"):
        call(db, "get_conversation_context", conversation)
    with refused(db, "PT404"):
        call(db, "get_conversation_context", uuid.uuid4())
