"""Asking for the AI's turn by name."""

from __future__ import annotations

import uuid

import pytest

from tests.sql.rows import (
    acting,
    add_agent,
    add_article,
    answer,
    call,
    claim_turns,
    one,
    record,
    refused,
    rows,
    write_in,
)


def test_it_returns_the_open_turn(db):
    conversation = write_in(db)
    job = call(db, "generate_ai_response", conversation)
    assert rows(db, "select id from private.reply_jobs") == [job]


def test_a_turn_is_opened_for_what_is_unanswered(db):
    conversation = write_in(db)
    db.execute("delete from private.reply_jobs")
    job = call(db, "generate_ai_response", conversation)
    query = "select first_seq from private.reply_jobs where id = %s"
    assert one(db, query, job) == 1


def test_what_was_taken_back_is_not_asked(db):
    conversation = write_in(db, "Where is it?")
    write_in(db, "And abroad?")
    db.execute("delete from private.reply_jobs")
    db.execute("update messages set deleted_at = now() where content = 'Where is it?'")
    call(db, "generate_ai_response", conversation)
    assert [turn["question"] for turn in claim_turns(db)] == ["And abroad?"]
    assert one(db, "select first_seq from private.reply_jobs") == 2


@pytest.mark.parametrize(
    "aside",
    ["'agent', 'He is new', true, true", "'customer', 'Out of office', false, false"],
    ids=["a note", "no call for an answer"],
)
def test_what_a_customer_did_not_ask_is_not_answered(db, aside):
    conversation = write_in(db, "Where is it?")
    record(db, claim_turns(db)[0], answer(add_article(db)))
    db.execute(
        "insert into messages"
        " (conversation_id, sender_type, content, is_private, calls_for_answer)"
        f" values (%s, {aside})",
        [conversation],
    )
    with refused(db, "PT409"):
        call(db, "generate_ai_response", conversation)


FROM_NOW = """
select deadline between %s + interval '6 seconds' and clock_timestamp() + interval '6 seconds'
from private.reply_jobs
"""


def test_who_asked_long_ago_has_six_seconds_from_now(db):
    conversation = write_in(db)
    db.execute("delete from private.reply_jobs")
    db.execute("update messages set created_at = created_at - interval '1 hour'")
    before = one(db, "select clock_timestamp()")
    call(db, "generate_ai_response", conversation)
    assert one(db, FROM_NOW, before)
    assert call(db, "private.sweep")["handed_over"] == 0


def test_an_open_turn_is_left_at_work(db):
    article, conversation = add_article(db), write_in(db)
    [turn] = claim_turns(db)
    deadline = one(db, "select deadline from private.reply_jobs")
    call(db, "generate_ai_response", conversation)
    assert one(db, "select deadline from private.reply_jobs") == deadline
    assert record(db, turn, answer(article)) == "answered"


def test_nothing_unanswered_is_a_conflict(db):
    conversation = write_in(db)
    call(db, "send_message", conversation, "Good day")
    with refused(db, "PT409"):
        call(db, "generate_ai_response", conversation)


def test_people_who_own_it_are_not_overridden(db):
    conversation = write_in(db)
    call(db, "take_over", conversation)
    assert call(db, "generate_ai_response", conversation) is None


def test_an_unknown_conversation_is_missing(db):
    with refused(db, "PT404"):
        call(db, "generate_ai_response", uuid.uuid4())


def test_it_is_ours_alone(db):
    conversation = write_in(db)
    with acting(db, add_agent(db)), refused(db, "42501"):
        call(db, "generate_ai_response", conversation)
