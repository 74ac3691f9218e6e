"""What a turn leaves behind, whatever becomes of it: words, note, findings, language (R49, R54)."""

from __future__ import annotations

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

FINDINGS = {"intent": "shipping", "sentiment": "negative", "confidence": 0.6}


@pytest.fixture
def article(db):
    return add_article(db)


def ask(db, text, reply, **more):
    conversation = write_in(db, text, **more)
    [turn] = claim_turns(db)
    record(db, turn, reply)
    return conversation


def note(db):
    query = (
        "select content, metadata, is_private from messages"
        " where metadata ->> 'event' = 'hand_over_note'"
    )
    return db.execute(query).fetchone()


def test_agents_are_told_why(db, article):
    reply = answer(article, confidence=0.4, content="Perhaps two days.", intent="shipping")
    ask(db, "How long?", reply)
    text, known, is_private = note(db)
    assert is_private is True
    assert text.splitlines() == [
        "Handed over: low_confidence (Not sure enough)",
        "Question: How long?",
        "Confidence: 0.40, needed: 0.70",
        "Looked at: Delivery time",
        "Before: 0 replies of the AI, asked back 0 times in a row",
        "Would have said: Perhaps two days.",
    ]
    assert known["sources"][0]["article_id"] == str(article)
    assert (known["draft"], known["confidence"], known["intent"]) == (
        "Perhaps two days.",
        0.4,
        "shipping",
    )


def test_agents_are_told_why_nobody_answered_in_time(db):
    write_in(db, "How long?")
    db.execute("update private.reply_jobs set deadline = clock_timestamp()")
    call(db, "private.hand_over_overdue")
    text, known, _ = note(db)
    assert text == "Handed over: deadline\nQuestion: How long?"
    assert known["question"] == "How long?"


def test_customers_neither_see_the_note_nor_what_is_in_it(db, article):
    visitor = add_user(db)
    with acting(db, visitor):
        call(db, "create_conversation", "me@example.com", "website", "How long?")
    [turn] = claim_turns(db)
    record(db, turn, answer(article, confidence=0.4))
    with acting(db, visitor):
        found = rows(db, "select metadata from messages where sender_type = 'system'")
    assert found == [{"event": "handed_over", "reason": "low_confidence"}]


def test_a_hand_over_is_said_once(db, article):
    conversation = ask(db, "How long?", answer(article, confidence=0.4))
    write_in(db, "Hello?")
    call(db, "private.hand_over_conversation", conversation, "again")
    assert [sender for sender, _ in said(db, conversation)] == ["customer", "system", "customer"]
    assert len(rows(db, "select id from messages where metadata ? 'reason' and is_private")) == 1


@pytest.mark.parametrize(
    ("outcome", "more"),
    [
        ("answered", {"confidence": 0.8}),
        ("clarified", {"outcome": "clarify", "confidence": 0.8}),
        ("handed_over", {"outcome": "hand_over", "confidence": 0.8}),
    ],
)
def test_findings_are_kept_whatever_became_of_the_turn(db, article, outcome, more):
    ask(db, "How long?", answer(article, **{**FINDINGS, **more}))
    assert rows(db, "select outcome from private.reply_jobs") == [outcome]
    query = "select intent, sentiment, ai_confidence from conversations"
    assert rows(db, query) == [("shipping", "negative", 0.8)]
    query = (
        "select intent_detected, confidence_score from messages"
        " where sender_type <> 'customer' and not is_private"
    )
    assert rows(db, query) == [("shipping", 0.8)]


def test_an_answers_sentiment_is_kept_with_it(db, article):
    ask(db, "How long?", answer(article, **{**FINDINGS, "confidence": 0.8}))
    query = "select metadata ->> 'sentiment' from messages where sender_type = 'ai'"
    assert rows(db, query) == ["negative"]


HEARD = [
    ("de", "en", 0.7, "en"),
    ("de", "en", 0, "de"),
    ("de", "en", None, "de"),
    ("de", None, 0.99, "de"),
    ("de", "en", "sure", "de"),
    (None, "fr", 0.5, "fr"),
    (None, "fr", 0, None),
    (None, "fr", None, "fr"),
]


@pytest.mark.parametrize(("first", "language", "probability", "last"), HEARD)
def test_a_conversation_is_in_the_language_that_its_turn_heard(
    db, article, first, language, probability, last
):
    reply = answer(article, language=language, language_probability=probability)
    conversation = ask(db, "How long?", reply, language=first)
    assert state_of(db, conversation, "language") == last


def test_a_customers_language_is_learnt_when_it_is_sure(db, article):
    for probability, language in ((0.8, None), (0.9, "fr")):
        ask(db, "Combien ?", answer(article, language="fr", language_probability=probability))
        assert rows(db, "select language from customer_profiles") == [language]


def test_another_language_is_learnt_the_second_time_in_a_row(db, article):
    for language in ("de", "en"):
        reply = answer(article, language="en", language_probability=0.95)
        ask(db, "How long?", reply, language="de")
        assert rows(db, "select language from customer_profiles") == [language]


def test_the_language_that_an_agent_sets_stays(db, article):
    db.execute("delete from hand_over_rules")
    ask(db, "Hallo", answer(article), language="de")
    with acting(db, add_agent(db)):
        db.execute("update customer_profiles set language = 'it'")
    for _ in range(3):
        ask(db, "How long?", answer(article, language="en", language_probability=0.99))
    assert rows(db, "select language from customer_profiles") == ["it"]


def test_a_hand_over_is_in_the_language_just_heard(db, article):
    reply = answer(article, confidence=0, language="fr", language_probability=0.99)
    conversation = ask(db, "Bonjour", reply, language="de")
    assert said(db, conversation)[-1][1] == call(db, "private.hand_over_text", "fr")


def test_the_answer_is_told_under_the_names_of_the_brief(db, article):
    write_in(db, "How long?")
    [turn] = claim_turns(db)
    result = call(
        db, "private.record_ai_reply", turn["job_id"], "w1", turn["attempt"], answer(article)
    )
    assert (result["response"], result["confidence"]) == ("It takes two days.", 0.9)
    assert result["requiresHuman"] is False
    assert 0 <= result["responseTime"] < 6000


def test_anybody_concerned_may_ask_what_the_ai_said(db, article):
    visitor = add_user(db)
    with acting(db, visitor):
        conversation = call(db, "create_conversation", "me@example.com", "website", "How long?")
        assert call(db, "get_ai_response", conversation) == {
            "response": None,
            "confidence": None,
            "requiresHuman": False,
            "responseTime": None,
            "state": "waiting",
            "messageId": None,
        }
    [turn] = claim_turns(db)
    record(db, turn, answer(article))
    ids = rows(db, "select id from messages order by seq")
    for asking in (visitor, add_agent(db)):
        with acting(db, asking):
            for known in (conversation, *ids):
                found = call(db, "get_ai_response", known)
                assert (found["response"], found["requiresHuman"]) == ("It takes two days.", False)
                assert (found["confidence"], found["state"]) == (0.9, "answered")
                assert 0 <= found["responseTime"] < 6000
    with acting(db, add_user(db)), refused(db, "PT404"):
        call(db, "get_ai_response", conversation)


def test_of_a_question_or_an_answer_its_own_turn_is_told_and_not_the_last(db, article):
    for text in ("How long?", "And abroad?"):
        conversation = ask(db, text, answer(article, content=f"To {text}"))
    told = [
        call(db, "get_ai_response", known)["response"]
        for known in rows(db, "select id from messages order by seq")
    ]
    assert told == ["To How long?", "To How long?", "To And abroad?", "To And abroad?"]
    assert call(db, "get_ai_response", conversation)["response"] == "To And abroad?"


def test_at_a_hand_over_a_human_is_required(db, article):
    conversation = ask(db, "How long?", answer(article, confidence=0.1), language="de")
    found = call(db, "get_ai_response", conversation)
    assert (found["requiresHuman"], found["state"]) == (True, "handed_over")
    assert found["response"] == call(db, "private.hand_over_text", "de")
