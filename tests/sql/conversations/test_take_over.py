"""From the AI to a person, and back."""

from __future__ import annotations

import uuid

import pytest

from tests.sql.rows import (
    acting,
    add_agent,
    add_article,
    add_user,
    answer,
    call,
    claim_turns,
    record,
    refused,
    rows,
    said,
    state_of,
    write_in,
)

VERBS = ["take_over", "give_back", "hand_over", "resolve_conversation", "reopen_conversation"]


@pytest.mark.parametrize("verb", VERBS)
def test_visitors_may_not(db, verb):
    conversation = write_in(db)
    with acting(db, add_user(db)), refused(db, "PT403"):
        call(db, verb, conversation)


@pytest.mark.parametrize("verb", VERBS)
def test_what_does_not_exist_cannot_move(db, verb):
    with acting(db, add_agent(db)), refused(db, "PT404"):
        call(db, verb, uuid.uuid4())


def test_a_takeover_voids_the_running_turn(db):
    article, conversation, agent = add_article(db), write_in(db), add_agent(db)
    [turn] = claim_turns(db)
    with acting(db, agent):
        call(db, "take_over", conversation)
    assert record(db, turn, answer(article)) == "fenced"
    assert rows(db, "select outcome from private.reply_jobs") == ["taken_over"]
    assert state_of(db, conversation, "assigned_agent_id") == agent
    assert said(db, conversation) == [("customer", "Hello")]


def test_in_human_hands_no_turn_opens(db):
    conversation = write_in(db)
    call(db, "take_over", conversation)
    write_in(db, "Anybody?")
    assert claim_turns(db) == []


def test_after_a_return_the_ai_answers_the_next_message_only(db):
    conversation = write_in(db, "One")
    call(db, "take_over", conversation)
    write_in(db, "Two")
    call(db, "give_back", conversation)
    assert claim_turns(db) == []
    write_in(db, "Three")
    [turn] = claim_turns(db)
    assert turn["question"] == "Three"
    assert [entry["content"] for entry in turn["history"]] == ["Three"]


def test_a_direct_message_of_an_agent_silences_the_ai_as_well(db):
    conversation, agent = write_in(db), add_agent(db)
    with acting(db, agent):
        db.execute(
            "insert into messages (conversation_id, sender_type, sender_id, content)"
            " values (%s, 'agent', %s, 'Good day')",
            [conversation, agent],
        )
    assert state_of(db, conversation, "ai_mode") == "human"
    assert state_of(db, conversation, "assigned_agent_id") == agent


def test_agents_do_not_set_the_state_past_the_verbs(db):
    conversation = write_in(db)
    for column in ("ai_mode = 'human'", "status = 'resolved'", "epoch = 9", "last_seq = 9"):
        with acting(db, add_agent(db)), refused(db, "42501"):
            db.execute(f"update conversations set {column} where id = %s", [conversation])


def test_events_are_seen_by_the_team_alone(db):
    conversation, agent = write_in(db), add_agent(db)
    with acting(db, agent):
        call(db, "take_over", conversation)
    query = "select sender_type, sender_id, is_private from messages where message_type = 'event'"
    assert rows(db, query) == [("system", agent, True)]


def test_giving_back_what_the_ai_has_drops_no_turn(db):
    conversation = write_in(db)
    [turn] = claim_turns(db)
    with acting(db, add_agent(db)):
        call(db, "give_back", conversation)
    assert record(db, turn, answer(add_article(db))) == "answered"
