"""Who looks after a conversation, how urgent it is and what it is about."""

from __future__ import annotations

import uuid

import pytest

from tests.sql.rows import acting, add_agent, add_user, call, refused, state_of, write_in


def test_a_conversation_is_given_to_an_agent_and_taken_again(db):
    conversation, agent = write_in(db), add_agent(db)
    with acting(db, add_agent(db)):
        call(db, "assign_conversation", conversation, agent)
        assert state_of(db, conversation, "assigned_agent_id") == agent
        call(db, "assign_conversation", conversation, None)
    assert state_of(db, conversation, "assigned_agent_id") is None


def test_only_active_agents_are_given_any(db):
    conversation, gone = write_in(db), add_agent(db)
    db.execute("update agents set is_active = false where id = %s", [gone])
    for nobody in (gone, uuid.uuid4()):
        with refused(db, "PT404"):
            call(db, "assign_conversation", conversation, nobody)


def test_the_ai_goes_on_answering(db):
    conversation, agent = write_in(db), add_agent(db)
    call(db, "assign_conversation", conversation, agent)
    assert state_of(db, conversation, "ai_mode") == "auto"


def test_priority(db):
    conversation = write_in(db)
    with acting(db, add_agent(db)):
        call(db, "set_priority", conversation, "urgent")
    assert state_of(db, conversation, "priority") == "urgent"
    for wrong in ("whenever", None):
        with refused(db, "PT400"):
            call(db, "set_priority", conversation, wrong)


def test_tags_are_kept_sorted_and_once_each(db):
    conversation = write_in(db)
    with acting(db, add_agent(db)):
        call(db, "set_tags", conversation, ["vip", " refund", "vip "])
    assert state_of(db, conversation, "tags") == ["refund", "vip"]


@pytest.mark.parametrize("tags", [None, ["  "], ["x" * 65], ["a"] * 51, [None]])
def test_tags_have_limits(db, tags):
    conversation = write_in(db)
    with refused(db, "PT400"):
        db.execute("select set_tags(%s, %s::text[])", [conversation, tags])


@pytest.mark.parametrize(
    ("verb", "value"),
    [("assign_conversation", None), ("set_priority", "low"), ("set_tags", ["a"])],
)
def test_agents_alone(db, verb, value):
    conversation = write_in(db)
    with acting(db, add_user(db)), refused(db, "PT403"):
        call(db, verb, conversation, value)
    with refused(db, "PT404"):
        call(db, verb, uuid.uuid4(), value)
