"""Why the AI said what it said, as it was then (U5), and what it cost."""

from __future__ import annotations

import random
import uuid
from datetime import timedelta

import pytest

from tests.sql.rows import (
    acting,
    add_agent,
    add_article,
    add_user,
    answer,
    call,
    claim_turns,
    one,
    record,
    refused,
    rows,
    write_in,
)

BODY = "Two to four working days."
CALL = {
    "model": "gpt-5-mini-2025-08-07",
    "wire": "responses",
    "usage": {
        "input_tokens": 1000,
        "cached_tokens": 400,
        "output_tokens": 100,
        "reasoning_tokens": 20,
        "estimated": False,
    },
    "latency_ms": 900,
    "ttft_ms": 300,
    "outcome": "answered",
    "status": None,
}


@pytest.fixture
def article(db):
    return add_article(db)


def seen(identity, **more):
    passage = {"article_id": str(identity), "chunk_id": None, "title": "Delivery time"}
    passage |= {"language": "en", "coverage": 0.8, "content": BODY, "article": BODY, **more}
    return {
        "history": [1],
        "knowledge": [passage],
        "instructions": "Be kind.",
        "language": "en",
    }


def answered(db, article, **more):
    """Lets the AI answer a question that follows a greeting; gives the answer's id."""
    phone = str(random.randrange(10**9, 10**10))
    write_in(db, "Hello", phone)
    [turn] = claim_turns(db)
    record(db, turn, answer(article, content="Hello!"))
    write_in(db, "How long?", phone)
    [turn] = claim_turns(db)
    record(db, turn, answer(article, **{"seen": seen(article), "question": "How long?"} | more))
    return one(db, "select id from messages where sender_type = 'ai' order by seq desc limit 1")


def explained(db, message):
    with acting(db, add_agent(db)):
        return call(db, "explain_answer", message)


def test_the_question_what_it_rests_on_and_the_gate_are_told(db, article):
    db.execute("insert into ai_settings (confidence_threshold) values (0.6)")
    found = explained(db, answered(db, article, needed=0.65))
    assert (found["question"], found["outcome"], found["state"]) == (
        "How long?",
        "answered",
        "done",
    )
    [run] = found["runs"]
    assert run["asked"]["question"] == "How long?"
    assert run["asked"]["instructions"] == "Be kind."
    assert run["asked"]["history"] == [
        {"seq": 1, "role": "customer", "content": "Hello", "is_changed": False}
    ]
    assert run["gate"] == {
        "mode": "auto",
        "confidence": 0.9,
        "fit": None,
        "threshold": 0.6,
        "confidence_threshold": 0.6,
        "max_wrong_rate": 0.05,
        "needed": 0.65,
    }
    assert (run["model"], run["input_tokens"], run["latency_ms"]) == ("test", 10, 120)


def test_an_article_is_shown_as_it_was_then(db, article):
    found = answered(db, article)
    db.execute("update knowledge_articles set body = 'Ten days.'")
    [passage] = explained(db, found)["runs"][0]["asked"]["knowledge"]
    assert (passage["article"], passage["passage"]) == (BODY, BODY)
    assert (passage["version"], passage["version_now"], passage["is_changed"]) == (1, 2, True)


def test_an_article_that_is_gone_is_still_shown(db, article):
    found = answered(db, article)
    db.execute("delete from knowledge_articles")
    [passage] = explained(db, found)["runs"][0]["asked"]["knowledge"]
    assert (passage["article"], passage["version"], passage["version_now"]) == (BODY, 1, None)


def test_an_article_that_was_changed_meanwhile_is_named_by_the_version_read(db, article):
    db.execute("update knowledge_articles set body = 'Ten days.'")
    found = answered(db, article, seen=seen(article, version=1))
    [passage] = explained(db, found)["runs"][0]["asked"]["knowledge"]
    assert (passage["version"], passage["version_now"], passage["article"]) == (1, 2, BODY)


def test_of_versions_with_the_same_text_the_one_read_is_named(db, article):
    db.execute("update knowledge_articles set title = 'Shipping time'")
    found = answered(db, article, seen=seen(article, version=1))
    [passage] = explained(db, found)["runs"][0]["asked"]["knowledge"]
    assert (passage["version"], passage["version_now"]) == (1, 2)


def test_a_part_of_a_long_article_is_named_by_the_version_that_held_it(db, article):
    db.execute("update knowledge_articles set body = 'Before.\n\n' || body || '\n\nAfter.'")
    found = answered(db, article, seen=seen(article, version=2))
    [passage] = explained(db, found)["runs"][0]["asked"]["knowledge"]
    assert (passage["version"], passage["article"], passage["is_changed"]) == (2, BODY, False)


def test_a_text_that_no_version_had_has_none(db, article):
    text = seen(article, article="Three days.", content="Three days.")
    [passage] = explained(db, answered(db, article, seen=text))["runs"][0]["asked"]["knowledge"]
    assert (passage["version"], passage["article"]) == (None, "Three days.")


GIVEN = {"tool": "my_orders", "content": "[]", "sources": [{"article_id": "a", "version": 2}]}


def test_what_tools_gave_is_shown_and_is_bounded(db, article):
    given = [{**GIVEN, "content": "x" * 5000}, *[GIVEN] * 9]
    found = explained(db, answered(db, article, seen=seen(article) | {"looked_up": given}))
    kept = found["runs"][0]["asked"]["looked_up"]
    assert kept == [{**GIVEN, "content": "x" * 4000}, *[GIVEN] * 7]


def test_what_tools_gave_goes_with_an_erasure(db, article):
    answered(db, article, seen=seen(article) | {"looked_up": [GIVEN]})
    talk = one(db, "select id from conversations")
    call(db, "private.blank_traces", [talk])
    assert one(db, "select count(*) from ai_runs where seen <> '{}'") == 0


def test_a_text_is_stored_once_however_often_it_is_shown(db, article):
    for _ in range(3):
        answered(db, article)
    assert one(db, "select count(*) from private.run_texts where content = %s", BODY) == 1
    assert one(db, "select count(*) from private.run_texts") == 2


@pytest.mark.parametrize(
    "broken",
    [None, [], "x", {}, {"knowledge": "x"}, {"knowledge": ["x"], "history": None}, {"history": 1}],
)
def test_a_worker_that_says_nothing_of_what_it_saw_is_answered_all_the_same(db, article, broken):
    found = answered(db, article, seen=broken)
    assert explained(db, found)["outcome"] == "answered"
    assert one(db, "select count(*) from ai_runs where outcome = 'answered'") == 2


def test_a_message_that_was_edited_since_says_so(db, article):
    found = answered(db, article)
    db.execute("update messages set edited_at = clock_timestamp(), content = 'Hi' where seq = 1")
    [line] = explained(db, found)["runs"][0]["asked"]["history"]
    assert (line["content"], line["is_changed"]) == ("Hi", True)


def test_a_question_and_a_run_lead_to_the_same_turn(db, article):
    found = explained(db, answered(db, article))
    question = one(db, "select id from messages where content = 'How long?'")
    run = found["runs"][0]["run_id"]
    for identity in (question, run):
        assert explained(db, identity)["job_id"] == found["job_id"]


def test_the_rule_that_decided_is_told_also_when_it_is_gone(db, article):
    db.execute(
        "insert into hand_over_rules (name, keywords, reason) values ('Law', '{how}', 'legal')"
    )
    write_in(db, "How long?")
    [turn] = claim_turns(db)
    record(db, turn, answer(article))
    db.execute("delete from hand_over_rules where name = 'Law'")
    job = one(db, "select reply_message_id from private.reply_jobs")
    found = explained(db, job)
    assert (found["outcome"], found["reason"]) == ("handed_over", "legal")
    assert found["runs"][0]["rule"] == "Law"


def test_a_turn_that_nobody_reached_has_no_run(db):
    write_in(db)
    db.execute("update private.reply_jobs set deadline = now() - interval '1 second'")
    call(db, "private.hand_over_overdue")
    question = one(db, "select id from messages where sender_type = 'customer'")
    found = explained(db, question)
    assert (found["outcome"], found["runs"]) == ("handed_over", [])


def test_labels_and_calls_stand_with_the_run(db, article):
    db.execute(
        "insert into model_prices (model, input_microusd, cached_microusd, output_microusd)"
        " values ('gpt-5-mini', 250000, 25000, 2000000)"
    )
    found = answered(db, article, calls=[CALL, {**CALL, "outcome": "cancelled", "ttft_ms": None}])
    call(db, "label_answer", found, "wrong")
    [run] = explained(db, found)["runs"]
    assert [(one["outcome"], one["cost_microusd"]) for one in run["calls"]] == [
        ("answered", 360),
        ("cancelled", 360),
    ]
    assert [(label["verdict"], label["source"]) for label in run["labels"]] == [("wrong", "agent")]


def test_a_model_without_a_price_costs_nobody_knows_what(db, article):
    answered(db, article, calls=[CALL])
    assert rows(db, "select cost_microusd, input_tokens from ai_calls") == [(None, 1000)]


def test_a_price_holds_from_its_day_on_and_a_dated_model_may_have_its_own(db, article):
    db.execute(
        "insert into model_prices (model, valid_from, input_microusd, output_microusd) values"
        " ('gpt-5-mini', '-infinity', 1, 1), ('gpt-5-mini', now() - interval '1 day', 1e6, 0),"
        " ('gpt-5-mini', now() + interval '1 day', 1e9, 0), ('gpt-5', '-infinity', 1e9, 0)"
    )
    answered(db, article, calls=[CALL])
    db.execute(
        "insert into model_prices (model, input_microusd, output_microusd)"
        " values ('gpt-5-mini-2025-08-07', 2e6, 0)"
    )
    answered(db, article, calls=[CALL])
    assert rows(db, "select cost_microusd from ai_calls order by id") == [1000, 2000]


@pytest.mark.parametrize("calls", [None, "x", {}, ["x"], [{}], [{"usage": 1, "latency_ms": "x"}]])
def test_calls_that_make_no_sense_break_nothing(db, article, calls):
    answered(db, article, calls=calls)
    objects = [one for one in calls if isinstance(one, dict)] if isinstance(calls, list) else []
    assert one(db, "select count(*) from ai_calls") == len(objects)


def test_a_reply_that_came_too_late_has_its_calls_kept(db, article):
    write_in(db)
    [turn] = claim_turns(db)
    assert record(db, {**turn, "attempt": 0}, answer(article, calls=[CALL])) == "fenced"
    assert rows(db, "select purpose, outcome from ai_calls") == [("turn", "answered")]


def look_up(db, turn):
    call(db, "private.run_tool", turn["job_id"], turn["attempt"], "knowledge_search", {})


def too_late(db, article):
    """A reply that came too late, and what it had looked up."""
    write_in(db)
    [turn] = claim_turns(db)
    look_up(db, turn)
    assert record(db, turn, answer(article, calls=[CALL]), "late") == "fenced"


def test_what_came_too_late_goes_after_ninety_days_and_its_cost_stays(db, article):
    too_late(db, article)
    assert call(db, "private.upkeep")["runs"] == 0
    db.execute("update ai_runs set created_at = created_at - interval '91 days'")
    assert call(db, "private.upkeep")["runs"] == 1
    for table in ("ai_runs", "ai_tool_calls"):
        assert one(db, f"select count(*) from {table}") == 0
    assert rows(db, "select run_id, input_tokens from ai_calls") == [(None, 1000)]


def test_what_a_worker_looked_up_that_died_goes_after_ninety_days(db, article):
    write_in(db)
    [turn] = claim_turns(db)
    look_up(db, turn)
    count = "select count(*) from ai_tool_calls"
    call(db, "private.upkeep")
    assert one(db, count) == 1
    db.execute("update ai_tool_calls set created_at = created_at - interval '91 days'")
    call(db, "private.upkeep")
    assert one(db, count) == 0


def test_what_an_answer_was_looked_up_for_stays_with_it(db, article):
    write_in(db)
    [turn] = claim_turns(db)
    look_up(db, turn)
    assert record(db, turn, answer(article)) == "answered"
    db.execute("update ai_tool_calls set created_at = created_at - interval '10 years'")
    call(db, "private.upkeep")
    assert rows(db, "select run_id from ai_tool_calls") == rows(db, "select id from ai_runs")


def test_what_came_of_a_turn_is_explained_as_long_as_its_messages_stay(db, article):
    found = answered(db, article)
    db.execute("update ai_runs set created_at = created_at - interval '10 years'")
    assert call(db, "private.upkeep")["runs"] == 0
    assert len(explained(db, found)["runs"]) == 1


def test_so_many_go_at_a_time(db, article):
    for _ in range(2):
        too_late(db, article)
    db.execute("update ai_runs set created_at = created_at - interval '91 days'")
    assert call(db, "private.purge_runs", timedelta(days=90), 1) == 1


def test_erasing_a_customer_keeps_the_money_and_nothing_else(db, article):
    answered(db, article, calls=[CALL])
    customer = one(db, "select customer_id from conversations")
    with acting(db, add_agent(db, "admin")):
        call(db, "erase_customer", customer)
    assert one(db, "select count(*) from ai_runs") == 0
    assert rows(db, "select run_id, conversation_id, input_tokens from ai_calls") == [
        (None, None, 1000)
    ]


def test_anonymising_a_customer_takes_what_was_said_out_of_the_runs(db, article):
    found = answered(db, article)
    customer = one(db, "select customer_id from conversations")
    with acting(db, add_agent(db, "admin")):
        call(db, "anonymise_customer", customer)
    [run] = explained(db, found)["runs"]
    assert (run["asked"]["question"], run["asked"]["history"], run["reply"]) == (None, [], None)


def test_visitors_are_told_nothing(db, article):
    found = answered(db, article)
    with acting(db, add_user(db)), refused(db, "PT403"):
        call(db, "explain_answer", found)


def test_what_is_no_answer_is_refused(db):
    with acting(db, add_agent(db)), refused(db, "PT404"):
        call(db, "explain_answer", uuid.uuid4())
