"""What is tried on turns of the past: the candidate in the place of what is set."""

from __future__ import annotations

import pytest

from tests.sql.ai.test_learn_gates import FIT, guesses
from tests.sql.learning.backtests import BODY, claim, past, report, start, tell, try_all
from tests.sql.rows import answer, call, claim_turns, record, refused, rows, write_in


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


def test_articles_that_did_not_hold_then_can_be_left_out(db, article):
    past(db)
    db.execute(
        "update knowledge_articles set valid_from = messages.created_at + interval '1 microsecond'"
        " from messages where messages.sender_type = 'customer'"
    )
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
