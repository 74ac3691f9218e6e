"""What Realtime may have missed."""

from __future__ import annotations

from tests.sql.rows import acting, add_agent, add_user, call, rows


def since(db, conversation, seq, limit=500):
    return rows(db, "select messages_since(%s, %s, %s)", conversation, seq, limit)


def test_everything_after_a_seq_in_order(db):
    conversation = call(db, "create_conversation", "me@example.com", "website", "One")
    for text in ("Two", "Three"):
        call(db, "send_message", conversation, text)
    assert [row["content"] for row in since(db, conversation, 1)] == ["Two", "Three"]
    assert [row["content"] for row in since(db, conversation, 0, 1)] == ["One"]


def test_customers_get_their_own_without_notes_and_internals(db):
    visitor, stranger = add_user(db), add_user(db)
    with acting(db, visitor):
        conversation = call(db, "create_conversation", "me@example.com", "website", "One")
    with acting(db, add_agent(db)):
        call(db, "send_message", conversation, "He is angry", None, None, True)
        call(db, "send_message", conversation, "Good day")
        assert len(since(db, conversation, 0)) == 3
    with acting(db, visitor):
        seen = since(db, conversation, 0)
    assert [row["content"] for row in seen] == ["One", "Good day"]
    assert not {"metadata", "confidence_score", "external_message_id"} & set(seen[0])
    with acting(db, stranger):
        assert since(db, conversation, 0) == []
