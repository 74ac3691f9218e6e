"""Rules bring a conversation to the right agent by its first message (R39)."""

from __future__ import annotations

import pytest

from tests.sql.rows import (
    acting,
    add_agent,
    add_user,
    call,
    ingest,
    message,
    one,
    refused,
    rows,
    state_of,
    write_in,
)


def add_rule(db, name="Rule", **columns):
    values = {"name": name, **columns}
    names, places = ", ".join(values), ", ".join(["%s"] * len(values))
    query = f"insert into routing_rules ({names}) values ({places}) returning id"
    return one(db, query, *values.values())


def test_without_rules_nothing_happens(db):
    assert state_of(db, write_in(db), "assigned_agent_id") is None


def test_a_rule_gives_agent_priority_and_tags_and_is_noted(db):
    agent = add_agent(db)
    rule = add_rule(db, assign_agent_id=agent, priority="high", tags=["vip", "sales"])
    conversation = write_in(db)
    assert state_of(db, conversation, "assigned_agent_id") == agent
    assert state_of(db, conversation, "priority") == "high"
    assert state_of(db, conversation, "tags") == ["sales", "vip"]
    [noted] = rows(db, "select metadata from messages where message_type = 'event'")
    assert (noted["event"], noted["rule_id"]) == ("routed", str(rule))


MEETS = [
    ({}, True),
    ({"channel_type": "whatsapp"}, True),
    ({"channel_type": "email"}, False),
    ({"language": "DE"}, True),
    ({"language": "de-AT"}, True),
    ({"language": "en"}, False),
    ({"sender_pattern": "4915*"}, True),
    ({"sender_pattern": "4915?"}, False),
    ({"sender_pattern": "example.com"}, True),
    ({"sender_pattern": "ample.com"}, False),
    ({"sender_pattern": "GRACE@*"}, True),
    ({"sender_pattern": "%"}, False),
    ({"subject_contains": "invoice"}, True),
    ({"subject_contains": "refund"}, False),
    ({"text_contains": ["nothing", "BROKEN"]}, True),
    ({"text_contains": ["nothing"]}, False),
]


@pytest.mark.parametrize(("condition", "meets"), MEETS)
def test_everything_a_rule_says_must_hold(db, condition, meets):
    add_rule(db, priority="urgent", **condition)
    more = [{"kind": "email", "value": "grace@example.com"}]
    event = message("It came broken", language="de-AT", metadata={"subject": "Your Invoice"})
    ingest(db, event | {"identities": event["identities"] + more})
    assert (one(db, "select priority from conversations") == "urgent") is meets


def test_a_rule_may_be_for_one_account(db):
    other = call(db, "private.register_channel", "whatsapp", "other", "Other")
    add_rule(db, priority="urgent", channel_id=other)
    assert state_of(db, write_in(db), "priority") == "normal"


def test_the_first_by_position_wins_and_inactive_agents_are_passed_over(db):
    gone, there = add_agent(db), add_agent(db)
    db.execute("update agents set is_active = false where id = %s", [gone])
    add_rule(db, "third", position=3, priority="low")
    add_rule(db, "second", position=2, assign_agent_id=there)
    add_rule(db, "first", position=1, assign_agent_id=gone)
    add_rule(db, "off", position=0, priority="low", is_enabled=False)
    conversation = write_in(db)
    assert state_of(db, conversation, "assigned_agent_id") == there
    assert state_of(db, conversation, "priority") == "normal"


def test_only_what_begins_a_conversation_is_looked_at(db):
    conversation = write_in(db, "Hello")
    add_rule(db, priority="urgent", text_contains=["broken"])
    ingest(db, message("It is broken"))
    assert state_of(db, conversation, "priority") == "normal"
    call(db, "resolve_conversation", conversation)
    ingest(db, message("It is broken"), message("Really broken"))
    assert state_of(db, conversation, "priority") == "urgent"
    assert one(db, "select count(*) from messages where metadata ->> 'event' = 'routed'") == 1


def test_somebodys_conversation_is_not_taken_away(db):
    agent = add_agent(db)
    conversation = write_in(db)
    call(db, "assign_conversation", conversation, agent)
    call(db, "resolve_conversation", conversation)
    add_rule(db, assign_agent_id=add_agent(db))
    ingest(db, message("Again"))
    assert state_of(db, conversation, "assigned_agent_id") == agent


def test_a_visitors_conversation_is_routed_too(db):
    agent = add_agent(db)
    add_rule(db, assign_agent_id=agent, channel_type="website")
    with acting(db, add_user(db)):
        conversation = call(db, "create_conversation", "me@example.com", "website", "Hello")
    assert state_of(db, conversation, "assigned_agent_id") == agent


def test_a_rule_must_do_something(db):
    with refused(db, "PT400"):
        add_rule(db, text_contains=["broken"])
