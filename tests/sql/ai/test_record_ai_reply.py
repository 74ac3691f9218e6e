"""The gate and the fences of the AI's reply."""

from __future__ import annotations

import uuid

import pytest

from tests.sql.rows import (
    add_article,
    answer,
    call,
    claim_turns,
    ingest,
    message,
    one,
    record,
    refused,
    rows,
    said,
    state_of,
    write_in,
)

DEADLINE = "select deadline from private.reply_jobs"


@pytest.fixture
def article(db):
    return add_article(db)


@pytest.fixture
def turn(db, article):
    """A claimed turn in German."""
    write_in(db, language="de")
    return claim_turns(db)[0]


def outcome(db):
    return db.execute("select state, outcome, reason from private.reply_jobs").fetchone()


def last(db):
    return db.execute(
        "select sender_type, content from messages where not is_private order by seq desc limit 1"
    ).fetchone()


def test_a_sure_answer_with_a_source_is_said(db, turn, article):
    assert record(db, turn, answer(article)) == "answered"
    assert last(db) == ("ai", "It takes two days.")
    assert outcome(db) == ("done", "answered", None)
    query = (
        "select confidence_score, tokens_used, knowledge_sources -> 0 ->> 'title',"
        " processing_time_ms between 0 and 6000 from messages where sender_type = 'ai'"
    )
    assert rows(db, query) == [(0.9, 15, "Delivery time", True)]
    assert rows(db, "select outcome, model, confidence, input_tokens from ai_runs") == [
        ("answered", "test", 0.9, 10)
    ]


@pytest.mark.parametrize(
    ("confidence", "state"),
    [
        (0.71, "answered"),
        (0.7, "handed_over"),
        (0, "handed_over"),
        (1, "answered"),
        (2, "handed_over"),
        (-1, "handed_over"),
        ("0.9", "handed_over"),
        ("NaN", "handed_over"),
        ("high", "handed_over"),
        (None, "handed_over"),
        ([0.9], "handed_over"),
    ],
)
def test_the_gate_is_above_the_threshold(db, turn, article, confidence, state):
    assert record(db, turn, answer(article, confidence=confidence)) == state


def test_the_threshold_is_a_setting(db, turn, article):
    db.execute("insert into ai_settings (confidence_threshold) values (0.95)")
    assert record(db, turn, answer(article)) == "handed_over"


@pytest.mark.parametrize(
    ("more", "state"),
    [
        ({"confidence": 1}, "handed_over"),
        ({"outcome": "clarify", "choices": ["Delivery"]}, "handed_over"),
        ({"outcome": "clarify", "content": "Which order?", "sources": []}, "handed_over"),
        ({"outcome": "clarify", "wire": "rules", "intent": "greeting"}, "clarified"),
    ],
)
def test_at_a_threshold_of_one_nothing_is_answered_or_asked_back(db, turn, article, more, state):
    db.execute("insert into ai_settings (confidence_threshold) values (1)")
    assert record(db, turn, answer(article, **more)) == state


@pytest.mark.parametrize(
    "sources",
    [
        [],
        None,
        "article",
        [{"article_id": "00000000-0000-4000-8000-000000000000"}],
        [{"article_id": "no uuid"}],
        [{}],
        ["x"],
    ],
)
def test_without_a_source_of_ours_people_answer(db, turn, article, sources):
    assert record(db, turn, answer(article, sources=sources)) == "handed_over"
    assert rows(db, "select id from messages where sender_type = 'ai'") == []


def test_one_invented_source_spoils_the_answer(db, turn, article):
    sources = [{"article_id": str(article)}, {"article_id": str(uuid.uuid4())}]
    assert record(db, turn, answer(article, sources=sources)) == "handed_over"


@pytest.mark.parametrize("content", ["", "  ", None])
def test_an_empty_answer_is_none(db, turn, article, content):
    assert record(db, turn, answer(article, content=content)) == "handed_over"


def test_a_hand_over_tells_the_customer_in_their_language(db, turn, article):
    reply = answer(article, outcome="hand_over", reason="asked_for_human")
    assert record(db, turn, reply) == "handed_over"
    assert last(db) == ("system", call(db, "private.hand_over_text", "de"))
    assert outcome(db) == ("done", "handed_over", "asked_for_human")
    assert one(db, "select handed_over_reason from conversations") == "asked_for_human"
    assert one(db, "select reply_message_id is not null from private.reply_jobs") is True


def test_a_choice_is_offered_without_confidence(db, turn, article):
    reply = answer(article, outcome="clarify", confidence=0, choices=["Delivery", "Returns"])
    assert record(db, turn, reply) == "clarified"
    query = "select message_type, metadata -> 'choices' from messages where sender_type = 'ai'"
    assert rows(db, query) == [("choices", ["Delivery", "Returns"])]


@pytest.mark.parametrize(
    ("content", "state"),
    [
        ("Which order do you mean?", "clarified"),
        ("¿De qué pedido se trata?", "clarified"),
        ("请问您指的是哪个订单？", "clarified"),  # noqa: RUF001 - Chinese
        ("ما الطلب الذي تقصده؟", "clarified"),
        ("The company is bankrupt.", "handed_over"),
        ("The company is bankrupt. Any question?", "handed_over"),
        ("Is it order 1007?", "handed_over"),
        ("Did you look at evil.example?", "handed_over"),
        ("Do you write from eve@evil?", "handed_over"),
        ("So" + " very" * 50 + "?", "handed_over"),
    ],
)
def test_a_model_may_ask_one_short_question_back(db, turn, article, content, state):
    reply = answer(article, outcome="clarify", content=content, sources=[])
    assert call(db, "private.asks_back", reply) is (state == "clarified")
    assert record(db, turn, reply) == state


@pytest.mark.parametrize(
    ("more", "state"),
    [
        ({"intent": "greeting"}, "clarified"),
        ({"intent": "no_words"}, "clarified"),
        ({"intent": "greeting", "wire": "responses"}, "handed_over"),
        ({"intent": "greeting", "outcome": "answer"}, "handed_over"),
        ({"intent": "prices"}, "handed_over"),
        ({}, "handed_over"),
    ],
)
def test_small_talk_alone_needs_no_source(db, turn, article, more, state):
    said = {"outcome": "clarify", "wire": "rules", "content": "Hello! What is it?", "sources": []}
    reply = answer(article, **(said | more))
    assert call(db, "private.is_small_talk", reply) is (state == "clarified")
    assert record(db, turn, reply) == state


TAKEN_BACK = [
    "update knowledge_articles set is_published = false where id = %s",
    "update knowledge_articles set visibility = 'agents' where id = %s",
    "update knowledge_articles set valid_until = clock_timestamp() where id = %s",
    "update knowledge_articles set valid_from = now() + interval '1 day' where id = %s",
    "delete from knowledge_articles where id = %s",
]


def greeting(topics):
    """The worker's greeting with articles as topics, by their titles."""
    return {
        "outcome": "clarify",
        "wire": "rules",
        "intent": "greeting",
        "content": "\n".join(["Hello!", *(f"- {title}" for title in topics.values())]),
        "choices": [{"id": str(topic), "title": title} for topic, title in topics.items()],
        "sources": [],
    }


@pytest.mark.parametrize("taken_back", TAKEN_BACK)
def test_what_was_taken_back_since_is_no_source(db, turn, article, taken_back):
    db.execute(taken_back, [article])
    assert record(db, turn, answer(article)) == "handed_over"
    assert last(db)[0] == "system"


OFFERED = "select content, metadata -> 'choices' from messages where sender_type = 'ai'"


@pytest.mark.parametrize("taken_back", TAKEN_BACK)
def test_small_talk_offers_no_topic_that_was_taken_back_since(db, turn, article, taken_back):
    gone = add_article(db, "Delivery")
    reply = answer(article, **greeting({gone: "Delivery", article: "Delivery time"}))
    db.execute(taken_back, [gone])
    assert record(db, turn, reply) == "clarified"
    left = [{"id": str(article), "title": "Delivery time"}]
    assert rows(db, OFFERED) == [("Hello!\n- Delivery time", left)]
    assert one(db, "select reply from ai_runs") == "Hello!\n- Delivery time"


def test_small_talk_whose_topics_are_all_gone_still_greets(db, turn, article):
    reply = answer(article, **greeting({article: "Delivery time"}))
    db.execute("update knowledge_articles set is_published = false")
    assert record(db, turn, reply) == "clarified"
    assert rows(db, OFFERED) == [("Hello!", [])]


def test_small_talk_offers_the_topics_that_still_hold_as_they_were(db, turn, article):
    other = add_article(db, "Returns")
    reply = answer(article, **greeting({article: "Delivery time", other: "Returns"}))
    assert call(db, "private.still_offered", reply) == reply
    assert record(db, turn, reply) == "clarified"
    assert rows(db, OFFERED) == [(reply["content"], reply["choices"])]


def test_a_question_back_counts_as_one(db, turn, article):
    reply = answer(article, outcome="clarify", content="Which order?", sources=[])
    assert record(db, turn, reply) == "clarified"
    write_in(db, "The red one")
    assert claim_turns(db)[0]["choice"]["is_clarified"] is True


def test_after_the_deadline_people_answer(db, turn, article):
    db.execute("update private.reply_jobs set deadline = clock_timestamp() - interval '1 ms'")
    assert record(db, turn, answer(article)) == "handed_over"
    assert outcome(db) == ("done", "handed_over", "deadline")


def test_another_worker_writes_nothing(db, turn, article):
    assert record(db, turn, answer(article), "w2") == "fenced"
    assert outcome(db) == ("running", None, None)


def test_an_older_attempt_writes_nothing(db, turn, article):
    stale = {**turn, "attempt": turn["attempt"] - 1}
    assert record(db, stale, answer(article)) == "fenced"


def test_a_newer_message_voids_the_answer(db, turn, article):
    deadline = one(db, DEADLINE)
    write_in(db, "And abroad?", language="de")
    assert record(db, turn, answer(article)) == "fenced"
    [again] = claim_turns(db)
    assert again["question"] == "Hello\nAnd abroad?"
    assert one(db, DEADLINE) == deadline
    assert record(db, again, answer(article)) == "answered"


def test_a_newer_epoch_voids_the_answer(db, turn, article):
    db.execute("update conversations set epoch = epoch + 1")
    assert record(db, turn, answer(article)) == "fenced"


def test_an_answer_needs_a_conversation_that_the_ai_has(db, turn, article):
    db.execute("update conversations set ai_mode = 'human'")
    assert record(db, turn, answer(article)) == "fenced"


def test_a_person_on_the_platform_voids_the_answer(db, turn, article):
    ingest(db, message("On it", sender="agent"))
    assert record(db, turn, answer(article)) == "fenced"
    assert outcome(db) == ("cancelled", "taken_over", None)


def tell(db, turn, reply, worker="w1"):
    return call(db, "private.record_ai_reply", turn["job_id"], worker, turn["attempt"], reply)


def kept(db):
    return rows(
        db,
        "select outcome, (select count(*) from ai_calls), (select count(*) from messages"
        " where sender_type <> 'customer' and not is_private) from ai_runs",
    )


@pytest.mark.parametrize(
    ("more", "state"),
    [
        ({}, "answered"),
        ({"outcome": "clarify", "confidence": 0}, "clarified"),
        ({"confidence": 0.1}, "handed_over"),
    ],
)
def test_a_second_report_is_told_what_the_first_one_was(db, turn, article, more, state):
    reply = answer(article, calls=[{"model": "test", "outcome": "answered"}], **more)
    first, again = (tell(db, turn, reply) for _ in range(2))
    assert first["state"] == state and first["message_id"]
    assert 0 <= first.pop("responseTime") - again.pop("responseTime") < 1000
    assert again == first
    assert kept(db) == [(state, 1, 1)]


def test_a_second_report_in_shadow_is_told_so(db, article):
    db.execute("insert into ai_settings (mode) values ('shadow')")
    write_in(db)
    [turn] = claim_turns(db)
    for _ in range(2):
        told = tell(db, turn, answer(article, calls=[{"model": "test"}]))
        assert (told["state"], told["message_id"]) == ("shadowed", None)
    assert kept(db) == [("answered", 1, 0)]


def test_a_second_report_of_a_lost_turn_is_fenced_and_kept_once(db, turn, article):
    ingest(db, message("On it", sender="agent"))
    for _ in range(2):
        assert record(db, turn, answer(article, calls=[{"model": "test"}])) == "fenced"
    assert one(db, "select count(*) from ai_calls") == 1
    assert rows(db, "select outcome from ai_runs") == ["fenced"]


def test_what_became_of_a_later_attempt_is_not_told_of_an_earlier_one(db, turn, article):
    db.execute("update private.reply_jobs set attempt = attempt + 1")
    later = {**turn, "attempt": turn["attempt"] + 1}
    assert record(db, later, answer(article)) == "answered"
    assert (tell(db, turn, answer(article))["state"], len(kept(db))) == ("fenced", 2)


def test_a_turn_cancelled_while_it_was_recorded_has_its_calls_counted_once(db, turn, article):
    reply = answer(article, calls=[{"model": "test"}])
    tell(db, turn, reply)
    told = tell(db, turn, reply, "w1 (cancelled)")
    assert (told["state"], told["message_id"]) == ("fenced", None)
    assert kept(db) == [("answered", 1, 1)]


def test_a_turn_has_one_ai_message_by_constraint(db, turn, article):
    record(db, turn, answer(article))
    with refused(db, "23505"):
        db.execute(
            "insert into messages (conversation_id, sender_type, content, reply_job_id)"
            " select conversation_id, 'ai', 'Again', reply_job_id from messages"
            " where sender_type = 'ai'"
        )


def test_a_turn_that_never_was_is_missing(db, turn, article):
    with refused(db, "PT404"):
        record(db, {**turn, "job_id": uuid.uuid4()}, answer(article))


@pytest.mark.parametrize(
    "odd",
    [
        {"usage": {"input_tokens": "many", "total_tokens": 1.5, "estimated": "perhaps"}},
        {"usage": None, "latency_ms": "1e999", "language": "x" * 500},
        {"latency_ms": 10**12, "intent": "x" * 5000, "sentiment": {"a": 1}},
        {"choices": "x", "reason": "x" * 5000, "error": "x" * 5000, "model": None},
    ],
)
def test_odd_details_do_not_spoil_an_answer(db, turn, article, odd):
    assert record(db, turn, answer(article, **odd)) == "answered"


def test_what_the_model_found_out_is_kept(db, turn, article):
    record(db, turn, answer(article, intent="shipping", sentiment="calm", language="en"))
    [conversation] = rows(db, "select id from conversations")
    assert state_of(db, conversation, "sentiment") == "calm"
    assert state_of(db, conversation, "language") == "de"


def test_every_ai_message_rests_on_a_source(db, turn, article):
    record(db, turn, answer(article))
    query = (
        "select bool_and(jsonb_array_length(knowledge_sources) > 0) from messages"
        " where sender_type = 'ai'"
    )
    assert one(db, query) is True


def test_the_answer_is_delivered(db, turn, article):
    record(db, turn, answer(article))
    [conversation] = rows(db, "select id from conversations")
    assert said(db, conversation)[-1][0] == "ai"
    assert rows(db, "select state from private.deliveries") == ["queued"]


def test_a_language_that_was_weighed_replaces_the_conversations(db, turn, article):
    record(db, turn, answer(article, language="fr", language_probability=0.97))
    assert rows(db, "select language from conversations") == ["fr"]


def test_a_hand_over_is_told_in_the_language_just_weighed(db, turn, article):
    weighed = {"language": "fr", "language_probability": 0.97}
    record(db, turn, answer(article, outcome="hand_over", reason="complaint", **weighed))
    assert last(db) == ("system", call(db, "private.hand_over_text", "fr"))


def test_a_weighed_reply_without_a_language_leaves_the_conversations(db, turn, article):
    record(db, turn, answer(article, language=None, language_probability=0.0))
    assert rows(db, "select language from conversations") == ["de"]


@pytest.mark.parametrize(("needed", "told"), [(0.93, "0.93"), (None, "0.70")])
def test_people_are_told_the_confidence_that_was_needed(db, turn, article, needed, told):
    reply = answer(article, outcome="hand_over", reason="low_confidence", confidence=0.6)
    record(db, turn, reply | {"needed": needed})
    note = one(db, "select content from messages where is_private order by seq desc limit 1")
    assert f"Confidence: 0.60, needed: {told}" in note


@pytest.mark.parametrize("intent", ["greeting", "thanks", "opt_out", "introduction"])
def test_what_a_model_calls_small_talk_is_an_answer_like_others(db, turn, article, intent):
    record(db, turn, answer(article, intent=intent, wire="chat"))
    query = "select cardinality(private.ai_messages(%s, 1, 100)), intent_detected"
    query += " from messages where sender_type = 'ai'"
    assert db.execute(query, (turn["conversation_id"],)).fetchone() == (1, None)


def test_our_own_small_talk_is_none(db, turn):
    said = {"outcome": "clarify", "content": "Hello!", "wire": "rules", "intent": "greeting"}
    record(db, turn, said | {"sources": []})
    query = "select cardinality(private.ai_messages(%s, 1, 100)), intent_detected"
    query += " from messages where sender_type = 'ai'"
    assert db.execute(query, (turn["conversation_id"],)).fetchone() == (0, "greeting")
