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
    broadcasts,
    call,
    claim_turns,
    one,
    record,
    refused,
    rows,
    said,
    state_of,
    write_in,
)

DEADLINE = "select deadline from private.reply_jobs where outcome is null"
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


def give_back(db, conversation):
    with acting(db, add_agent(db)):
        call(db, "give_back", conversation)


def test_after_a_return_the_ai_answers_what_nobody_answered(db):
    article, conversation = add_article(db), write_in(db, "One")
    call(db, "take_over", conversation)
    write_in(db, "Two")
    give_back(db, conversation)
    [turn] = claim_turns(db)
    assert (turn["question"], turn["history"]) == ("One\nTwo", [])
    assert record(db, turn, answer(article)) == "answered"
    assert [sender for sender, _ in said(db, conversation)] == ["customer", "customer", "ai"]


def test_the_six_seconds_count_from_the_return(db):
    conversation = write_in(db)
    call(db, "take_over", conversation)
    db.execute("update messages set created_at = created_at - interval '1 hour'")
    give_back(db, conversation)
    query = """
    select deadline - messages.created_at = interval '6 seconds' from private.reply_jobs, messages
    where reply_jobs.outcome is null and messages.metadata ->> 'event' = 'given_back'
    """
    assert rows(db, query) == [True]
    assert broadcasts(db, "worker", "reply_jobs")[-1] == {"delay_ms": 700}
    assert call(db, "private.sweep")["handed_over"] == 0


def test_what_a_person_answered_is_not_answered_again(db):
    conversation = write_in(db)
    with acting(db, add_agent(db)):
        call(db, "send_message", conversation, "Good day")
    give_back(db, conversation)
    assert claim_turns(db) == []
    write_in(db, "Three")
    assert [turn["question"] for turn in claim_turns(db)] == ["Three"]


def test_what_was_resolved_is_not_answered_after_all(db):
    conversation = write_in(db)
    call(db, "resolve_conversation", conversation)
    call(db, "take_over", conversation)
    give_back(db, conversation)
    assert claim_turns(db) == []


def test_what_the_ai_gave_up_it_tries_again(db):
    conversation = write_in(db)
    [turn] = claim_turns(db)
    assert record(db, turn, answer(add_article(db), confidence=0.1)) == "handed_over"
    give_back(db, conversation)
    [again] = claim_turns(db)
    assert (again["question"], again["history"]) == ("Hello", [])
    assert record(db, turn, answer(add_article(db))) == "handed_over"
    assert said(db, conversation)[-1][0] == "system"
    assert record(db, again, answer(add_article(db))) == "answered"


def test_a_second_return_and_a_takeover_fence_the_turn_of_a_return(db):
    article, conversation = add_article(db), write_in(db)
    call(db, "take_over", conversation)
    give_back(db, conversation)
    [turn] = claim_turns(db)
    call(db, "take_over", conversation)
    give_back(db, conversation)
    [again] = claim_turns(db)
    assert record(db, turn, answer(article)) == "fenced"
    for _ in range(2):
        assert record(db, again, answer(article)) == "answered"
    assert [sender for sender, _ in said(db, conversation)] == ["customer", "ai"]


def test_what_comes_after_a_return_joins_its_turn(db):
    conversation = write_in(db, "One")
    call(db, "take_over", conversation)
    give_back(db, conversation)
    [turn] = claim_turns(db)
    deadline = one(db, DEADLINE)
    write_in(db, "Two")
    [again] = claim_turns(db)
    assert (again["job_id"], again["question"]) == (turn["job_id"], "One\nTwo")
    assert one(db, DEADLINE) == deadline


def test_where_the_ai_is_off_a_return_opens_no_turn(db):
    conversation = write_in(db, language="en")
    call(db, "take_over", conversation)
    db.execute("insert into ai_settings (channel_type, mode) values ('whatsapp', 'off')")
    give_back(db, conversation)
    assert claim_turns(db) == []
    assert state_of(db, conversation, "handed_over_reason") == "ai_disabled"


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
