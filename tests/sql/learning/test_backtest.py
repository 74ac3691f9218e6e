"""Other settings are tried on turns of the past, and nothing is sent (U6)."""

from __future__ import annotations

import random
import uuid
from concurrent.futures import ThreadPoolExecutor

import psycopg
import pytest

from tests.sql.ai.test_learn_gates import FIT, guesses
from tests.sql.rows import (
    acting,
    add_agent,
    add_article,
    add_user,
    answer,
    call,
    claim_turns,
    ingest,
    message,
    one,
    record,
    refused,
    rows,
    write_in,
)
from tests.waiting import wait_until

BODY = "Delivery takes two to four working days within the country, and a week abroad."
OTHER = "A refund reaches your bank account within fourteen days of the return of the goods."


@pytest.fixture
def article(db):
    return add_article(db, body=BODY)


@pytest.fixture
def other(db):
    return add_article(db, "Refunds", body=OTHER)


def past(db, question="How long does delivery take?", said=None, **more):
    """A turn of the past that a person answered, if anything was said; gives the conversation."""
    phone = more.pop("phone", None) or str(random.randrange(10**9, 10**10))
    conversation = write_in(db, question, phone, **more)
    db.execute("update private.reply_jobs set state = 'cancelled', outcome = 'taken_over'")
    if said:
        with acting(db, add_agent(db)):
            call(db, "send_message", conversation, said)
    return conversation


def start(db, candidate=None, filter=None, limit=200):
    return call(db, "backtest", candidate or {}, filter or {}, limit)


def claim(db, limit=10):
    call(db, "private.heartbeat", "worker", "w1")
    return rows(db, "select private.claim_past_turns('w1', %s)", limit)


def tell(db, claimed, reply, worker="w1", took=100.0):
    turn = claimed["turn"]
    return call(
        db, "private.record_past_turn", turn["job_id"], worker, turn["attempt"], reply, took
    )


def report(db, backtest):
    return call(db, "get_backtest", backtest["id"])


def try_all(db, reply, candidate=None, **more):
    """Tries everything with one reply; gives the finished backtest."""
    backtest = start(db, candidate, **more)
    for claimed in claim(db):
        tell(db, claimed, reply)
    return report(db, backtest)


def test_a_past_turn_is_tried_and_nothing_is_sent(db, article):
    past(db, said=BODY)
    before = one(db, "select count(*) from messages")
    found = try_all(db, answer(article))
    assert (found["state"], found["turns"], found["done"]) == ("done", 1, 1)
    assert (found["report"]["answered"], found["report"]["resolution"]) == (1, 1.0)
    assert one(db, "select count(*) from messages") == before
    assert one(db, "select count(*) from ai_runs") == 0
    assert one(db, "select count(*) from private.reply_jobs where state = 'waiting'") == 0


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


@pytest.mark.parametrize(("seconds", "turns"), [(30, 1), (90, 2)])
def test_messages_within_a_minute_are_one_turn(db, seconds, turns):
    write_in(db, "Hello")
    write_in(db, "How long does delivery take?")
    earlier = "created_at - %s * interval '1 s'"
    db.execute(f"update messages set created_at = {earlier} where content = 'Hello'", [seconds])
    assert start(db)["turns"] == turns


def test_what_has_no_words_is_no_turn_to_try(db):
    past(db, "How long does delivery take?")
    db.execute("update messages set content = ''")
    assert start(db)["turns"] == 0


def test_what_was_taken_back_is_no_turn_to_try(db):
    past(db, "How long does delivery take?")
    db.execute("update messages set deleted_at = now()")
    assert start(db)["turns"] == 0


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


def test_a_turn_has_its_context_as_of_then(db, article):
    phone = "4915100000009"
    write_in(db, "Hello", phone)
    [turn] = claim_turns(db)
    record(db, turn, answer(article, content="Hello! How can I help?"))
    conversation = write_in(db, "How long does delivery take?", phone)
    [turn] = claim_turns(db)
    record(db, turn, answer(article, content=BODY))
    write_in(db, "And abroad?", phone)
    db.execute(
        "update private.reply_jobs set state = 'cancelled', outcome = 'taken_over'"
        " where state = 'waiting'"
    )
    db.execute("update messages set created_at = created_at + seq * interval '1 hour'")
    start(db)
    turns = {item["turn"]["question"]: item["turn"] for item in claim(db)}
    assert set(turns) == {"Hello", "How long does delivery take?", "And abroad?"}
    middle = turns["How long does delivery take?"]
    assert [line["content"] for line in middle["history"]] == ["Hello", "Hello! How can I help?"]
    assert (middle["is_shadow"], middle["conversation_id"]) == (True, str(conversation))


def test_a_turn_of_the_past_has_the_twelve_messages_before_it(db):
    for number in range(15):
        past(db, f"Message {number}", phone="4915100000009")
    db.execute("update messages set created_at = created_at + seq * interval '1 hour'")
    start(db)
    [last] = [item["turn"] for item in claim(db, 20) if item["turn"]["question"] == "Message 14"]
    assert [line["content"] for line in last["history"]] == [f"Message {n}" for n in range(2, 14)]


def test_context_ends_with_the_last_hand_over(db, article):
    phone = "4915100000009"
    write_in(db, "Hello", phone)
    [turn] = claim_turns(db)
    conversation = turn["conversation_id"]
    record(db, turn, answer(article, outcome="hand_over", reason="asked_for_human"))
    call(db, "give_back", conversation)
    write_in(db, "How long?", phone)
    db.execute("update messages set created_at = created_at + seq * interval '1 hour'")
    start(db)
    db.execute("update private.reply_jobs set not_before = now() + interval '1 hour'")
    [later] = [one for one in claim(db) if one["turn"]["question"] == "How long?"]
    assert later["turn"]["history"] == []


def test_a_confirmation_of_stop_does_not_cut_the_context(db, article):
    db.execute("insert into ai_settings (mode) values ('shadow')")
    phone = "4915100000009"
    conversation = write_in(db, "Where is my parcel?", phone)
    write_in(db, "STOP", phone)
    kept = one(db, "select context_seq from conversations where id = %s", conversation)
    confirmed = "select seq from messages where metadata ->> 'event' = 'opt_out'"
    assert one(db, confirmed) > kept
    write_in(db, "How long?", phone)
    db.execute("update messages set created_at = created_at + seq * interval '1 hour'")
    db.execute("update private.reply_jobs set state = 'cancelled', outcome = 'taken_over'")
    start(db)
    [later] = [one for one in claim(db) if one["turn"]["question"] == "How long?"]
    lines = [line["content"] for line in later["turn"]["history"]]
    assert lines[:2] == ["Where is my parcel?", "STOP"]


def test_messages_of_one_minute_are_one_turn(db, article):
    phone = "4915100000009"
    for text in ("Hello", "How long", "does delivery take?"):
        write_in(db, text, phone)
    assert start(db)["turns"] == 1
    db.execute("update private.reply_jobs set state = 'cancelled', outcome = 'taken_over'")
    assert [one["turn"]["question"] for one in claim(db)] == [
        "Hello\nHow long\ndoes delivery take?"
    ]


def test_the_candidate_replaces_what_is_set(db, article):
    db.execute("insert into ai_settings (confidence_threshold, tone) values (0.5, 'warm')")
    past(db)
    candidate = {"threshold": 0.95, "instructions": "Be brief.", "model": "embedded"}
    backtest = start(db, candidate)
    [claimed] = claim(db)
    assert claimed["candidate"] == candidate
    assert claimed["turn"]["threshold"] == 0.95
    assert claimed["turn"]["instructions"] == "Be brief.\n\nTone: warm"
    assert tell(db, claimed, answer(article)) == "handed_over"
    found = report(db, backtest)["report"]
    assert (found["handed_over"], found["answered"]) == (1, 0)
    assert [point["answered"] for point in found["curve"]][16:] == [1, 1, 0, 0]


def picked(db, count, chance=1.0):
    """So many guesses of the built-in answerer that customers judged by what they picked."""
    guesses(db, count, chance, lambda number: 0.5 + number / (3 * count))
    db.execute("update private.reply_jobs set state = 'cancelled', outcome = 'taken_over'")


def labels_found(db, **thresholds):
    """Keeps what labels found of some answerers."""
    found = {name: {"threshold": threshold} for name, threshold in thresholds.items()}
    call(db, "private.store_thresholds", None, None, 0.05, found)


def tried(db, candidate):
    """What a worker is told of a past turn."""
    start(db, candidate)
    return claim(db)[0]["turn"]


def test_a_share_of_wrong_answers_that_is_not_set_has_a_gate_of_its_own(db):
    picked(db, 60)
    turn = tried(db, {"max_wrong_rate": 0.1})
    assert (turn["max_wrong_rate"], list(turn["gates"])) == (0.1, [FIT])
    assert turn["gates"] == call(db, "private.gates_at", 0.1)


def test_a_share_at_which_picks_teach_nothing_yet_has_none(db):
    picked(db, 20)
    turn = tried(db, {"max_wrong_rate": 0.1})
    assert (turn["max_wrong_rate"], turn["gates"]) == (0.1, {})


def test_any_share_of_wrong_answers_is_no_gate(db):
    picked(db, 60)
    turn = tried(db, {"max_wrong_rate": 1})
    assert (turn["max_wrong_rate"], turn["gates"]) == (1, {})


def test_a_share_that_is_tried_is_learned_of_once_an_hour(db):
    picked(db, 60)
    tried(db, {"max_wrong_rate": 0.1})
    assert call(db, "private.learn_gates_at", [0.1, 0.1, 1.0, None]) == 0
    db.execute("update learned_gates set learned_at = learned_at - interval '61 minutes'")
    assert call(db, "private.learn_gates_at", [0.1, 0.1, 1.0, None]) == 1


def test_a_threshold_that_was_found_for_another_share_is_none_of_the_candidate(db):
    labels_found(db, test=0.9)
    past(db)
    assert tried(db, {})["gates"] == {"test": 0.9}
    db.execute("update ai_backtests set state = 'cancelled'")
    assert tried(db, {"max_wrong_rate": 0.2})["gates"] == {}
    db.execute("update ai_backtests set state = 'cancelled'")
    db.execute("update ai_thresholds set max_wrong_rate = 0.2")
    assert tried(db, {"max_wrong_rate": 0.2})["gates"] == {"test": 0.9}


@pytest.mark.parametrize(("model", "outcome"), [("gpt-5", "handed_over"), ("small", "answered")])
def test_a_candidate_is_judged_by_what_labels_found_of_its_own_model(db, article, model, outcome):
    labels_found(db, **{"gpt-5": 0.95, "small": 0.6})
    past(db)
    try_all(db, answer(article, model=model), {"model": model})
    assert rows(db, "select outcome from ai_backtest_items") == [outcome]


def test_a_threshold_that_is_tried_stands_in_place_of_what_labels_found(db, article):
    labels_found(db, **{"gpt-5": 0.95})
    past(db)
    start(db, {"threshold": 0.5})
    [claimed] = claim(db)
    assert (claimed["turn"]["threshold"], claimed["turn"]["gates"]) == (0.5, {})
    assert tell(db, claimed, answer(article, model="gpt-5")) == "answered"


def test_the_candidate_is_tried_in_every_language(db, article):
    db.execute("insert into ai_settings (language, confidence_threshold) values ('de', 0.99)")
    past(db)
    start(db, {"threshold": 0.5})
    [claimed] = claim(db)
    assert (claimed["turn"]["threshold"], claimed["turn"]["by_language"]) == (0.5, {})


@pytest.mark.parametrize("which", ["now", "then"])
def test_a_choice_that_was_answered_is_one_in_a_backtest_too(db, article, which):
    phone, titles = "4915100000009", [{"id": str(article), "title": "Delivery time"}]
    conversation = write_in(db, "Delivery?", phone)
    [turn] = claim_turns(db)
    record(db, turn, answer(article, outcome="clarify", content="Which?", choices=titles))
    write_in(db, "1", phone)
    [turn] = claim_turns(db)
    record(db, turn, answer(article, content=BODY))
    db.execute("update messages set created_at = created_at + seq * interval '1 hour'")
    call(db, "resolve_conversation", conversation)
    db.execute("update knowledge_versions set changed_at = now() - interval '1 day'")
    db.execute("update knowledge_articles set body = 'Delivery takes ten days.'")
    db.execute(
        "update knowledge_versions set changed_at = now() + interval '1 day' where version = 2"
    )
    start(db, {"articles": which})
    [chosen] = [one["turn"] for one in claim(db) if one["turn"]["question"] == "1"]
    assert (chosen["choice"]["is_clarified"], chosen["choice"]["id"]) == (True, str(article))
    words = {"now": "Delivery takes ten days.", "then": BODY}
    assert [one["article"] for one in chosen["choice"]["passages"]] == [words[which]]


def test_articles_that_did_not_exist_then_can_be_left_out(db, article):
    past(db)
    db.execute("update knowledge_articles set created_at = now() + interval '1 day'")
    for which, count in (("now", 1), ("then", 0)):
        start(db, {"articles": which})
        [claimed] = claim(db)
        assert len(claimed["turn"]["knowledge"]) == count


def test_articles_of_then_have_their_words_of_then(db, article):
    past(db)
    db.execute("update knowledge_versions set changed_at = now() - interval '1 day'")
    db.execute("update knowledge_articles set body = 'Delivery takes ten days.'")
    db.execute(
        "update knowledge_versions set changed_at = now() + interval '1 day' where version = 2"
    )
    for which, words in (("now", ("Delivery takes ten days.", 2)), ("then", (BODY, 1))):
        start(db, {"articles": which})
        [claimed] = claim(db)
        [passage] = claimed["turn"]["knowledge"]
        assert (passage["article"], passage["version"]) == words


def test_rules_of_today_hold_for_turns_of_the_past(db, article):
    db.execute(
        "insert into hand_over_rules (name, keywords, reason) values ('Law', '{boats}', 'legal')"
    )
    past(db, "How long does delivery of boats take")
    backtest = start(db)
    [claimed] = claim(db)
    assert claimed["turn"]["hand_over"]["reason"] == "legal"
    assert tell(db, claimed, answer(article)) == "handed_over"
    assert report(db, backtest)["report"]["curve"][0]["answered"] == 0


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


def test_only_the_turns_of_the_filter_are_tried(db, article):
    past(db, language="de")
    db.execute("update messages set created_at = created_at - interval '3 days'")
    past(db, language="fr")
    counts = {
        name: start(db, filter=filter)["turns"]
        for name, filter in {
            "all": {},
            "channel": {"channel": "email"},
            "language": {"language": "de"},
            "since": {"since": "2000-01-01"},
            "until": {"until": "2000-01-01"},
        }.items()
    }
    assert counts == {"all": 2, "channel": 0, "language": 1, "since": 2, "until": 0}
    assert start(db, limit=1)["turns"] == 1


def test_ninety_days_are_looked_at_where_nothing_else_is_said(db, article):
    past(db)
    db.execute("update messages set created_at = created_at - interval '91 days'")
    assert start(db)["turns"] == 0
    assert start(db, filter={"since": "2000-01-01"})["turns"] == 1


def test_without_a_turn_it_is_done_at_once(db):
    found = report(db, start(db))
    assert (found["state"], found["report"]["turns"]) == ("done", 0)
    assert found["report"]["resolution"] is None


def test_a_time_that_is_none_is_refused_with_how_one_looks(db):
    with pytest.raises(psycopg.Error) as caught, db.transaction():
        start(db, filter={"since": "soon"})
    assert caught.value.diag.message_primary == "since is no time: soon"
    assert "2026-01-31" in caught.value.diag.message_hint


def test_a_cancelled_backtest_keeps_what_it_found_and_tries_no_more(db, article):
    for _ in range(3):
        past(db, said=BODY)
    backtest = start(db)
    first, second = claim(db, 2)
    tell(db, first, answer(article))
    with acting(db, add_agent(db)), refused(db, "PT403"):
        call(db, "cancel_backtest", backtest["id"])
    with acting(db, add_agent(db, "admin")):
        call(db, "cancel_backtest", backtest["id"])
    assert claim(db) == []
    assert tell(db, second, answer(article)) == "answered"
    found = report(db, backtest)
    assert (found["state"], found["done"], found["report"]["turns"]) == ("cancelled", 2, 2)


def test_what_has_ended_or_never_was_is_not_cancelled(db, article):
    with refused(db, "PT409"):
        call(db, "cancel_backtest", start(db)["id"])
    with refused(db, "PT404"):
        call(db, "cancel_backtest", uuid.uuid4())


def test_backtests_go_thirty_days_after_their_end(db, article):
    past(db, said=BODY)
    kept, gone = try_all(db, answer(article)), try_all(db, answer(article))
    db.execute(
        "update ai_backtests set finished_at = finished_at - interval '31 days' where id = %s",
        [gone["id"]],
    )
    assert call(db, "private.upkeep")["backtests"] == 1
    query = "select distinct backtest_id::text from ai_backtest_items"
    assert rows(db, query) == rows(db, "select id::text from ai_backtests") == [kept["id"]]


def test_customers_who_wait_come_first(db, article):
    past(db)
    start(db)
    write_in(db, "Me first", "4915100000001")
    db.execute("update private.reply_jobs set not_before = now() where state = 'waiting'")
    assert claim(db) == []
    claim_turns(db)
    assert len(claim(db)) == 1


def test_a_worker_that_is_lost_loses_its_turns_three_times_at_most(db, article):
    past(db)
    backtest = start(db)
    for _ in range(3):
        assert len(claim(db)) == 1
        db.execute("update ai_backtest_items set deadline = now() - interval '1 minute'")
    assert claim(db) == []
    found = report(db, backtest)
    assert (found["state"], found["failed"], found["error"]) == (
        "done",
        1,
        "the worker that had it was lost",
    )


def test_a_claim_that_is_over_records_nothing_but_its_cost(db, article):
    past(db)
    backtest = start(db)
    [claimed] = claim(db)
    calls = [{"model": "m", "outcome": "answered", "usage": {}}]
    assert tell(db, claimed, answer(article, calls=calls), worker="w2") == "fenced"
    assert report(db, backtest)["done"] == 0
    assert rows(db, "select purpose from ai_calls") == ["backtest"]


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


def test_a_turn_that_cannot_be_tried_says_why(db):
    past(db)
    backtest = start(db, {"model": "gpt-9"})
    [claimed] = claim(db)
    given = [claimed["turn"]["job_id"], "w1", claimed["turn"]["attempt"], "no server"]
    assert call(db, "private.fail_past_turn", *given) is True
    assert call(db, "private.fail_past_turn", *given) is False
    assert report(db, backtest)["error"] == "no server"


def test_a_spent_budget_leaves_models_alone(db, article):
    past(db)
    db.execute("insert into ai_budget (daily_microusd) values (0)")
    call(db, "private.watch_budget")
    waiting = start(db)
    assert claim(db) == []
    assert report(db, waiting)["is_waiting_for_budget"] is True
    start(db, {"model": "embedded"})
    assert len(claim(db)) == 1


@pytest.mark.parametrize(
    ("candidate", "filter", "limit"),
    [
        ({"threshold": 2}, {}, 10),
        ({"threshold": "high"}, {}, 10),
        ({"max_wrong_rate": 0}, {}, 10),
        ({"max_wrong_rate": 1.1}, {}, 10),
        ({"max_wrong_rate": "low"}, {}, 10),
        ({"max_wrong_rate": None}, {}, 10),
        ({"temperature": 1}, {}, 10),
        ({"articles": "tomorrow"}, {}, 10),
        ({"model": 5}, {}, 10),
        ({}, {"chanel": "email"}, 10),
        ({}, {"channel": None}, 10),
        ({}, {"channel": "pigeon"}, 10),
        ({}, {"since": "the other day"}, 10),
        ({}, {"until": "2026-02-30"}, 10),
        ({}, {}, 0),
        ({}, {}, 5001),
        ({}, {}, None),
    ],
)
def test_a_candidate_that_makes_no_sense_is_refused(db, candidate, filter, limit):
    with refused(db, "PT400"):
        call(db, "backtest", candidate, filter, limit)


def test_admins_start_agents_read_visitors_neither(db, article):
    past(db)
    with acting(db, add_agent(db)), refused(db, "PT403"):
        start(db)
    with acting(db, add_agent(db, "admin")):
        found = start(db)
    with acting(db, add_agent(db)):
        assert report(db, found)["turns"] == 1
    with acting(db, add_user(db)), refused(db, "PT403"):
        report(db, found)
    with refused(db, "PT404"):
        report(db, {"id": uuid.uuid4()})


def test_erasing_a_customer_takes_their_turns_away(db, article):
    past(db, said=BODY)
    try_all(db, answer(article))
    customer = one(db, "select customer_id from conversations")
    call(db, "anonymise_customer", customer)
    assert rows(db, "select reply, sources from ai_backtest_items") == [(None, [])]
    call(db, "erase_customer", customer)
    assert one(db, "select count(*) from ai_backtest_items") == 0


END = """
with ended as (
  update ai_backtest_items set state = 'done' where id = %s returning backtest_id
)
select backtest_id from ended
"""
WAITING = """
select count(*) from pg_stat_activity
where datname = current_database() and wait_event_type = 'Lock' and query like '%%end_backtest%%'
"""


def test_two_turns_that_end_at_once_end_the_backtest(fresh_database):
    url = fresh_database()
    with (
        psycopg.connect(url) as first,
        psycopg.connect(url) as second,
        ThreadPoolExecutor() as one_more,
    ):
        for address in ("a@example.com", "b@example.com"):
            call(first, "create_conversation", address, "website", "How long?")
        backtest = call(first, "backtest", {"model": "embedded"}, {}, 10)["id"]
        first.commit()
        items = rows(first, "select id from ai_backtest_items")
        assert len(items) == 2
        for connection, item in zip((first, second), items, strict=True):
            one(connection, END, item)
        assert call(first, "private.end_backtest", backtest) is False
        ending = one_more.submit(call, second, "private.end_backtest", backtest)
        with psycopg.connect(url, autocommit=True) as watching:
            wait_until(lambda: one(watching, WAITING))
        first.commit()
        assert ending.result(10) is True
