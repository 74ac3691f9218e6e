"""Typing is shown under the true name."""

from __future__ import annotations

from tests.sql.rows import acting, add_agent, add_user, broadcasts, call, refused


def test_a_customer_and_an_agent_are_told_apart(db):
    visitor, agent = add_user(db), add_agent(db)
    with acting(db, visitor):
        conversation = call(db, "create_conversation", "me@example.com", "website")
        call(db, "set_typing", conversation)
    with acting(db, agent):
        call(db, "set_typing", conversation, False)
    seen = broadcasts(db, f"conversation:{conversation}", "typing")
    assert [(ring["sender_type"], ring["sender_id"], ring["typing"]) for ring in seen] == [
        ("customer", str(visitor), True),
        ("agent", str(agent), False),
    ]


def test_a_stranger_types_nowhere(db):
    conversation = call(db, "create_conversation", "me@example.com", "website")
    with acting(db, add_user(db)), refused(db, "PT404"):
        call(db, "set_typing", conversation)


def test_a_visitor_types_at_most_twice_a_second(db):
    visitor, agent = add_user(db), add_agent(db)
    with acting(db, visitor):
        conversation = call(db, "create_conversation", "me@example.com", "website")
        for _ in range(20):
            call(db, "set_typing", conversation)
        with refused(db, "PT429"):
            call(db, "set_typing", conversation)
    with acting(db, agent):
        for _ in range(21):
            call(db, "set_typing", conversation)
