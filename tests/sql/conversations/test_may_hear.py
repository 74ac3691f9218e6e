"""Who may join a Realtime topic; tests/test_rls_matrix.py asks the same of the policies."""

from __future__ import annotations

from tests.sql.rows import acting, add_agent, add_user, call


def test_a_visitor_hears_their_own_conversation_alone(db):
    visitor, stranger = add_user(db), add_user(db)
    with acting(db, visitor):
        topic = f"conversation:{call(db, 'create_conversation', 'me@example.com', 'website')}"
        assert call(db, "private.may_hear", topic) is True
        assert call(db, "private.may_hear", "inbox") is False
    with acting(db, stranger):
        assert call(db, "private.may_hear", topic) is False


def test_an_agent_hears_the_inbox_and_every_conversation_but_not_the_worker(db):
    with acting(db, add_agent(db)):
        heard = [
            call(db, "private.may_hear", topic) for topic in ("inbox", "conversation:x", "worker")
        ]
    assert heard == [True, True, False]


def test_no_topic_is_no_place_to_be(db):
    with acting(db, add_agent(db)):
        assert not call(db, "private.may_hear", None)
