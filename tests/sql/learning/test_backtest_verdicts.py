"""Whether what a backtest would have said was right, and what it sums up."""

from __future__ import annotations

import pytest

from tests.sql.learning.backtests import BODY, OTHER, claim, past, report, start, tell, try_all
from tests.sql.rows import (
    acting,
    add_agent,
    answer,
    call,
    claim_turns,
    ingest,
    message,
    one,
    record,
    rows,
    write_in,
)


@pytest.mark.parametrize(
    ("asked", "change"),
    [
        ("And express?", None),
        ("How long?", "is_private = true"),
        ("How long?", "deleted_at = now()"),
    ],
    ids=["said before", "a note", "taken back"],
)
def test_a_turn_is_judged_by_what_people_told_the_customer_after_it(db, asked, change):
    conversation = write_in(db, "How long?")
    with acting(db, add_agent(db)):
        call(db, "send_message", conversation, OTHER)
    if change:
        db.execute(f"update messages set {change} where content = %s", [OTHER])
    write_in(db, "And express?")
    with acting(db, add_agent(db)):
        call(db, "send_message", conversation, BODY)
    seq = one(db, "select seq from messages where content = %s", asked)
    assert call(db, "private.human_answer", conversation, seq) == BODY


def test_people_answered_until_the_customer_wrote_again(db):
    conversation, agent = write_in(db, "How long?"), add_agent(db)
    with acting(db, agent):
        call(db, "send_message", conversation, "One moment.")
        db.execute("select send_message(%s, 'A note.', p_private => true)", [conversation])
        call(db, "send_message", conversation, BODY)
    write_in(db, "Thanks!")
    with acting(db, agent):
        call(db, "send_message", conversation, OTHER)
    answered = call(db, "private.human_answer", conversation, 1)
    assert answered == f"One moment.\n{BODY}"


def test_a_label_judges_the_turn_that_it_was_given_to(db, article):
    for question in ("How long?", "And by express?"):
        conversation = write_in(db, question)
        [turn] = claim_turns(db)
        record(db, turn, answer(article))
    asked = rows(db, "select seq from messages where sender_type = 'customer' order by seq")
    runs = rows(db, "select id from ai_runs order by created_at")
    label = "insert into ai_labels (run_id, verdict, source) values (%s, 'right', 'agent')"
    verdict = "select private.labelled_verdict(%s, %s, %s, %s::text)"
    for run, expected in zip(runs, ([True, False], [False, True]), strict=True):
        db.execute("delete from ai_labels")
        db.execute(label, [run])
        found = [one(db, verdict, conversation, seq, seq, str(article)) for seq in asked]
        assert [one_verdict == "right" for one_verdict in found] == expected


def test_the_answer_of_a_person_from_the_same_article_says_right(db, article, other):
    past(db, said=BODY)
    found = try_all(db, answer(article))["report"]
    assert (found["right"], found["wrong"], found["unknown"], found["wrong_share"]) == (1, 0, 0, 0)


def test_the_answer_of_a_person_from_another_article_says_wrong(db, article, other):
    past(db, said=OTHER)
    found = try_all(db, answer(article))["report"]
    assert (found["right"], found["wrong"], found["wrong_share"]) == (0, 1, 1)
    assert rows(db, "select verdict, judged_by from ai_backtest_items") == [("wrong", "article")]


def test_words_decide_where_no_article_stands_out(db, article):
    same = "Parcels usually arrive after three days unless somewhere remote"
    past(db, said=same)
    try_all(db, answer(article, content=same))
    past(db, said="Please send photos showing damaged zippers beforehand")
    try_all(db, answer(article, content=same), limit=1)
    query = "select verdict, judged_by from ai_backtest_items order by finished_at"
    assert rows(db, query) == [("right", "words"), ("wrong", "words")]


@pytest.mark.parametrize("said", [None, "Yes.", "Sure, three days!"])
def test_what_says_too_little_to_compare_is_unknown_and_counts_neither_way(db, article, said):
    past(db, said=said)
    found = try_all(db, answer(article, content=BODY))["report"]
    assert (found["unknown"], found["wrong_share"], found["wrong_bound"]) == (1, None, None)
    assert found["curve"][0]["precision"] is None


def test_a_label_outweighs_what_a_person_answered(db, article, other):
    write_in(db, "How long does delivery take?", "4915100000009")
    [turn] = claim_turns(db)
    record(db, turn, answer(article))
    call(db, "label_answer", one(db, "select id from ai_runs"), "wrong")
    ingest(db, message(BODY, "4915100000009", sender="agent"))
    try_all(db, answer(article))
    assert rows(db, "select verdict, judged_by from ai_backtest_items") == [("wrong", "label")]


def test_the_curve_tells_precision_against_coverage(db, article, other):
    for said in (BODY, BODY, OTHER, None):
        past(db, said=said)
    backtest = start(db)
    for claimed, confidence in zip(claim(db), (0.9, 0.5, 0.5, 0.9), strict=True):
        tell(db, claimed, answer(article, confidence=confidence))
    curve = report(db, backtest)["report"]["curve"]
    assert len(curve) == 20
    low, high = curve[0], curve[14]
    assert (low["coverage"], low["answered"]) == (1, 4)
    assert low["precision"] == pytest.approx(2 / 3)
    assert (high["threshold"], high["coverage"]) == (0.7, 0.5)


def test_what_a_model_cost_is_summed_up(db, article):
    db.execute(
        "insert into model_prices (model, input_microusd, output_microusd) values ('m', 1e6, 0)"
    )
    past(db)
    calls = [{"model": "m", "outcome": "answered", "usage": {"input_tokens": 30}}] * 2
    found = try_all(db, answer(article, calls=calls))["report"]
    assert (found["cost_microusd"], found["unpriced"], found["p95_ms"]) == (60, 0, 100)
    calls.append({"model": "x", "outcome": "answered"})
    past(db)
    assert try_all(db, answer(article, calls=calls), limit=1)["report"]["unpriced"] == 1


def test_the_slowest_twentieth_of_turns_is_told_beside_the_middle(db):
    trials = [{"outcome": "answered", "latency_ms": took} for took in (0, 1000, 2000)]
    found = call(db, "private.sum_up_trials", trials)
    assert (found["p50_ms"], found["p95_ms"]) == (1000, pytest.approx(1900))
