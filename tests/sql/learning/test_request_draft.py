"""Agents ask the AI for an answer to send, or for a summary; customers never see either (R124)."""

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
    one,
    refused,
    rows,
    write_in,
)


@pytest.fixture
def article(db):
    return add_article(db)


@pytest.fixture
def conversation(db, article):
    """A customer's question that a person took over, and a note about it."""
    found = write_in(db, "How long does delivery take?")
    with acting(db, add_agent(db)):
        call(db, "take_over", found)
        call(db, "send_message", found, "Let me look", None, None, True)
    return found


def claim(db):
    call(db, "private.heartbeat", "worker", "w1")
    return rows(db, "select private.claim_drafts('w1', 5)")


def tell(db, claimed, found, worker="w1"):
    turn = claimed["turn"]
    return call(db, "private.record_draft", turn["job_id"], worker, turn["attempt"], found)


def state(db):
    return rows(db, "select kind, state, content, error from ai_drafts order by created_at")


def test_a_draft_is_made_of_what_the_customer_wrote_last(db, conversation, article):
    with acting(db, add_agent(db)):
        draft = call(db, "request_draft", conversation)
    assert len(broadcasts(db, "worker", "drafts")) == 1
    [claimed] = claim(db)
    assert (claimed["kind"], claimed["turn"]["question"]) == (
        "draft",
        "How long does delivery take?",
    )
    assert 0 < claimed["remaining_ms"] <= 20000
    assert (claimed["turn"]["hand_over"], claimed["turn"]["history"]) == (None, [])
    assert tell(db, claimed, answer(article)) == "done"
    assert state(db) == [("draft", "done", "It takes two days.", None)]
    assert broadcasts(db, "inbox", "ai_draft") == [
        {
            "id": str(draft),
            "conversation_id": str(conversation),
            "kind": "draft",
            "state": "done",
        }
    ]


def test_nothing_of_it_reaches_the_customer(db, conversation, article):
    before = one(db, "select count(*) from messages")
    heard = len(broadcasts(db, f"conversation:{conversation}"))
    call(db, "request_draft", conversation)
    [claimed] = claim(db)
    tell(db, claimed, answer(article))
    assert one(db, "select count(*) from messages") == before
    assert len(broadcasts(db, f"conversation:{conversation}")) == heard


def test_a_summary_has_all_that_was_said_before_people_took_over_too(db, conversation):
    with acting(db, add_agent(db)):
        call(db, "send_message", conversation, "Two days")
    call(db, "request_summary", conversation)
    [claimed] = claim(db)
    assert (claimed["kind"], claimed["turn"]["question"]) == ("summary", "")
    said = [line["content"] for line in claimed["turn"]["history"]]
    assert (said[0], said[-1], "Let me look" in said) == (
        "How long does delivery take?",
        "Two days",
        False,
    )


@pytest.mark.parametrize(("function", "lines"), [("request_draft", 12), ("request_summary", 50)])
def test_a_draft_has_twelve_messages_before_it_and_a_summary_fifty(
    db, conversation, function, lines
):
    with acting(db, add_agent(db)):
        for number in range(60):
            call(db, "send_message", conversation, f"Message {number}")
    write_in(db, "How long?")
    call(db, function, conversation)
    [claimed] = claim(db)
    assert len(claimed["turn"]["history"]) == lines


def test_what_was_answered_is_not_asked_again(db, conversation):
    with acting(db, add_agent(db)):
        call(db, "send_message", conversation, "Two days")
    for text in ("And abroad?", "To France"):
        write_in(db, text)
    call(db, "request_draft", conversation)
    [claimed] = claim(db)
    assert claimed["turn"]["question"] == "And abroad?\nTo France"


def test_asking_twice_gives_the_one_that_is_on_its_way(db, conversation, article):
    first = call(db, "request_draft", conversation)
    assert call(db, "request_draft", conversation) == first
    assert call(db, "request_summary", conversation) != first
    for claimed in claim(db):
        tell(db, claimed, answer(article))
    assert call(db, "request_draft", conversation) != first


@pytest.mark.parametrize("content", ["", "  ", None])
def test_what_could_not_be_written_says_why(db, conversation, content):
    call(db, "request_draft", conversation)
    [claimed] = claim(db)
    assert tell(db, claimed, {"content": content, "error": "no_answer"}) == "failed"
    assert state(db) == [("draft", "failed", None, "no_answer")]
    assert broadcasts(db, "inbox", "ai_draft")[-1]["state"] == "failed"


def test_a_draft_that_nobody_made_in_time_has_failed(db, conversation):
    call(db, "request_draft", conversation)
    db.execute("update ai_drafts set deadline = now() - interval '1 second'")
    assert claim(db) == []
    assert call(db, "private.sweep")["drafts"] == 1
    assert state(db) == [("draft", "failed", None, "no worker made it in time")]
    assert call(db, "private.sweep")["drafts"] == 0


def test_a_dead_worker_loses_its_draft_to_another(db, conversation, article):
    call(db, "request_draft", conversation)
    [first] = claim(db)
    assert claim(db) == []
    db.execute("update private.processes set seen_at = now() - interval '1 minute'")
    call(db, "private.heartbeat", "worker", "w2")
    [second] = rows(db, "select private.claim_drafts('w2', 5)")
    assert tell(db, first, answer(article)) == "fenced"
    assert tell(db, second, answer(article), worker="w2") == "done"


def test_what_a_draft_cost_is_kept(db, conversation, article):
    call(db, "request_summary", conversation)
    [claimed] = claim(db)
    tell(db, claimed, answer(article, calls=[{"model": "m", "outcome": "answered"}]))
    assert rows(db, "select purpose, conversation_id from ai_calls") == [("summary", conversation)]


def test_what_a_draft_cost_is_kept_although_it_came_too_late(db, conversation, article):
    call(db, "request_draft", conversation)
    [claimed] = claim(db)
    late = answer(article, calls=[{"model": "m", "outcome": "answered"}])
    assert tell(db, claimed, late, worker="w2") == "fenced"
    assert rows(db, "select purpose, conversation_id from ai_calls") == [("draft", conversation)]


def test_without_a_word_of_a_customer_there_is_nothing_to_write(db, conversation):
    db.execute("update messages set content = '' where sender_type = 'customer'")
    for function in ("request_draft", "request_summary"):
        with refused(db, "PT409"):
            call(db, function, conversation)
    with refused(db, "PT404"):
        call(db, "request_draft", uuid.uuid4())


def test_visitors_ask_for_nothing_and_read_nothing(db, conversation):
    call(db, "request_draft", conversation)
    with acting(db, add_user(db)):
        assert rows(db, "select id from ai_drafts") == []
        with refused(db, "PT403"):
            call(db, "request_draft", conversation)


def test_a_note_answers_nothing(db):
    conversation = write_in(db, "How long?")
    with acting(db, add_agent(db)):
        db.execute("select send_message(%s, 'A regular.', p_private => true)", [conversation])
    write_in(db, "And abroad?")
    call(db, "request_draft", conversation)
    [claimed] = claim(db)
    assert claimed["turn"]["question"] == "How long?\nAnd abroad?"


def test_an_agent_asks_thirty_times_a_minute_at_most(db, conversation):
    with acting(db, add_agent(db)):
        for _ in range(30):
            call(db, "request_draft", conversation)
            db.execute("reset role")
            db.execute("update ai_drafts set state = 'failed'")
            db.execute("set local role authenticated")
        with refused(db, "PT429"):
            call(db, "request_draft", conversation)


def test_anonymising_takes_their_words_away(db, conversation, article):
    call(db, "request_draft", conversation)
    [claimed] = claim(db)
    tell(db, claimed, answer(article))
    call(db, "anonymise_customer", one(db, "select customer_id from conversations"))
    assert rows(db, "select content, sources from ai_drafts") == [(None, [])]


def test_drafts_go_after_thirty_days(db, conversation, article):
    call(db, "request_draft", conversation)
    [claimed] = claim(db)
    tell(db, claimed, answer(article, calls=[{"model": "m", "outcome": "answered"}]))
    assert call(db, "private.upkeep")["drafts"] == 0
    db.execute("update ai_drafts set created_at = created_at - interval '31 days'")
    call(db, "request_summary", conversation)
    assert call(db, "private.upkeep")["drafts"] == 1
    assert rows(db, "select kind from ai_drafts") == ["summary"]
    assert rows(db, "select purpose from ai_calls") == ["draft"]
