"""What customers pick when they are asked back teaches the built-in answerer how sure to be."""

from __future__ import annotations

import math
import random

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
    rows,
    write_in,
)

FIT = "meaning with phrasings 12345678"
PERSON = {"id": "person", "title": "Talk to a person"}
GUESS = """
with customer as (
  insert into customer_profiles (id) select gen_random_uuid() returning id
), conversation as (
  insert into conversations (channel_id, customer_id, channel_type)
  select channels.id, customer.id, channels.type
  from customer cross join lateral (select * from channels limit 1) as channels
  returning id
)
insert into ai_runs (reply_job_id, conversation_id, attempt, outcome, confidence, fit)
select gen_random_uuid(), id, 1, 'clarified', %s, %s from conversation
returning id
"""


@pytest.fixture
def first(db):
    return add_article(db, "How do I return something?", body="Within 30 days.")


@pytest.fixture
def second(db):
    return add_article(db, "When does my parcel arrive?", body="In two days.")


@pytest.fixture
def asked(db, first, second):
    """A conversation in which the built-in answerer asked back, the first article its guess."""
    conversation = write_in(db, "return parcel")
    [turn] = claim_turns(db)
    offer(db, turn, first, second)
    return conversation


def offer(db, turn, first, second, **more):
    choices = [
        {"id": str(first), "title": "How do I return something?"},
        {"id": str(second), "title": "When does my parcel arrive?"},
        PERSON,
    ]
    sources = [{"article_id": str(article)} for article in (first, second)]
    reply = {"choices": choices, "sources": sources, "confidence": 0.6, "fit": FIT, **more}
    reply = answer(first, outcome="clarify", content="Which?", **reply)
    assert record(db, turn, reply) == "clarified"


def reply_to(db, text, article, **more):
    """Lets the customer write and the AI answer."""
    write_in(db, text)
    [turn] = claim_turns(db)
    record(db, turn, answer(article, **more))


def labels(db):
    query = """
    select ai_labels.source::text, ai_labels.verdict, ai_runs.confidence
    from ai_labels join ai_runs on ai_runs.id = ai_labels.run_id
    """
    return rows(db, query)


def guess(db, confidence, verdict=None, fit=FIT, source="pick"):
    """A guess of the built-in answerer in a conversation of its own, and what became of it."""
    run = one(db, GUESS, confidence, fit)
    if verdict is not None:
        call(db, "private.keep_label", run, verdict, source)
    return run


def guesses(db, count, chance, confidence=lambda number: 0.5, **more):
    """So many guesses, of which about a share are right."""
    write_in(db, "Hello")
    picks = random.Random(7)
    for number in range(count):
        verdict = "right" if picks.random() < chance else "wrong"
        guess(db, confidence(number), verdict, **more)


def gates(db):
    return call(db, "private.gates_at", 0.05)


@pytest.mark.parametrize(
    ("text", "verdict"),
    [
        ("1", "right"),
        ("1)", "right"),
        ("(1)", "right"),
        ("#1", "right"),
        ("1\ufe0f\u20e3", "right"),
        ("2", "wrong"),
        ("3", "wrong"),
        ("1 and 2", "right"),
        ("none of these", "wrong"),
    ],
)
def test_a_pick_labels_the_guess_behind_it(db, asked, second, text, verdict):
    reply_to(db, text, second, confidence=0.98)
    assert labels(db) == [("pick", verdict, 0.6)]


@pytest.mark.parametrize(("place", "verdict"), [(0, "right"), (1, "wrong")])
def test_who_asks_again_and_is_answered_from_an_offered_article_meant_it(
    db, asked, first, second, place, verdict
):
    reply_to(db, "Sending things back", (first, second)[place], confidence=0.98)
    assert labels(db) == [("pick", verdict, 0.6)]


@pytest.mark.parametrize(
    ("text", "minutes", "verdicts"),
    [
        ("Where do I find the bill of last month?", 1, [("pick", "wrong", 0.6)]),
        ("Where do I find the bill of last month?", 11, []),
        ("Yes, please", 1, []),
    ],
)
def test_another_question_at_once_says_that_no_choice_fits(db, asked, text, minutes, verdicts):
    query = "update ai_runs set created_at = clock_timestamp() - %s * interval '1 minute'"
    db.execute(query, (minutes,))
    reply_to(db, text, add_article(db, "Bills"), confidence=0.98, question=text)
    assert labels(db) == verdicts


def test_small_talk_says_nothing_of_a_guess(db, asked, first):
    reply_to(db, "Thanks", first, outcome="clarify", content="You are welcome", wire="rules")
    assert labels(db) == []


@pytest.mark.parametrize("text", ["3", "I want to talk to a human"])
def test_who_asks_for_a_person_says_that_no_choice_fits(db, asked, first, text):
    reply_to(db, text, first, outcome="hand_over", reason="asked_for_human", wire="rules")
    assert labels(db) == [("pick", "wrong", 0.6)]


def test_choices_of_another_model_are_no_guesses(db, first, second):
    write_in(db, "return parcel")
    [turn] = claim_turns(db)
    offer(db, turn, first, second, fit=None)
    reply_to(db, "1", first)
    assert labels(db) == []


def test_a_later_turn_labels_nothing_more(db, asked, first, second):
    reply_to(db, "2", second)
    reply_to(db, "1", first)
    assert labels(db) == [("pick", "wrong", 0.6)]


def test_too_few_picks_teach_nothing(db):
    guesses(db, 51, 1.0)
    call(db, "private.learn_gates")
    assert gates(db) == {}
    assert rows(db, "select gate, labels from learned_gates") == [(None, 51)]


@pytest.mark.parametrize(("rate", "needed"), [(0.05, 52), (0.1, 25), (0.5, 25)])
def test_so_many_customers_teach_a_gate_and_no_fewer(db, rate, needed):
    guesses(db, needed - 1, 1.0)
    assert one(db, "select gate from private.learned_gate(%s, %s)", FIT, rate) is None
    guess(db, 0.5, "right")
    assert one(db, "select gate from private.learned_gate(%s, %s)", FIT, rate) is not None


def test_who_is_right_more_often_than_thought_needs_less_confidence(db):
    guesses(db, 200, 0.98, lambda number: 0.5 + number / 500)
    call(db, "private.learn_gates")
    assert gates(db)[FIT] == 0.7


@pytest.mark.parametrize(("lower", "gate"), [(4, 0.9499), (5, 0.7999)])
def test_a_gate_is_no_lower_than_five_of_its_labels(db, lower, gate):
    guesses(db, 100, 1.0, lambda _: 0.95)
    for confidence in [0.8] * lower:
        guess(db, confidence, "right")
    for confidence in (0.75, 0.85):
        guess(db, confidence)
    assert one(db, "select gate from private.learned_gate(%s, 0.05)", FIT) == pytest.approx(gate)


def test_nobody_silences_the_ai_by_picking(db):
    guesses(db, 100, 0.0, lambda number: 0.5 + number / 250)
    call(db, "private.learn_gates")
    assert gates(db)[FIT] == 0.99


def test_who_is_wrong_more_often_than_thought_needs_more_confidence(db):
    guesses(db, 200, 0.3, lambda number: 0.5 + number / 500)
    guess(db, 0.98)
    call(db, "private.learn_gates")
    assert gates(db)[FIT] > 0.9


def test_the_share_that_is_accepted_decides(db):
    db.execute("insert into ai_settings (channel_type, max_wrong_rate) values ('email', 0.3)")
    guesses(db, 300, 0.8, lambda number: 0.5 + number / 700)
    call(db, "private.learn_gates")
    query = "select max_wrong_rate, gate from learned_gates order by max_wrong_rate"
    (_, strict), (_, loose) = rows(db, query)
    assert loose < strict


def test_the_most_likely_bias_and_slope_are_found(db):
    chance = random.Random(3)
    write_in(db, "Hello")
    judged = [(chance.uniform(-2, 3), chance.random() < 0.7) for _ in range(100)]
    for odds, right in judged:
        guess(db, 1 / (1 + math.exp(-odds)), "right" if right else "wrong")
    query = "select bias, slope from private.recalibration(%s)"
    [(bias, slope)] = db.execute(query, (FIT,)).fetchall()
    pulls = [(right - 1 / (1 + math.exp(-bias - slope * odds)), odds) for odds, right in judged]
    # Where the likelihood is highest, labels and what was believed before pull equally.
    assert sum(pull for pull, _ in pulls) == pytest.approx(bias, abs=1e-6)
    believed = 25 * (slope - 1)
    assert sum(pull * odds for pull, odds in pulls) == pytest.approx(believed, abs=1e-6)


def test_more_labels_leave_less_doubt(db):
    query = "select bias_variance, slope_variance from private.recalibration(%s)"
    before = db.execute(query, (FIT,)).fetchall()
    guesses(db, 60, 0.7, lambda number: 0.2 + number / 100)
    [(bias, slope)] = db.execute(query, (FIT,)).fetchall()
    assert before == [(1, 0.04)]
    assert bias < 0.2 and slope < 0.035


@pytest.mark.parametrize(
    ("count", "least", "most", "chance"),
    [(400, 0.1, 0.999, 0.35), (400, 0.6, 0.975, 0.2), (60, 0.97, 0.97, 0.0), (400, 0.9, 0.97, 0.3)],
)
def test_labels_that_contradict_the_confidence_are_believed(db, count, least, most, chance):
    step = (most - least) / count
    guesses(db, count, chance, lambda number: least + number * step)
    found = rows(db, "select log_odds, is_right from private.judged_guesses(%s)", FIT)
    query = "select bias, slope from private.recalibration(%s)"
    [(bias, slope)] = db.execute(query, (FIT,)).fetchall()
    pulls = [right - 1 / (1 + math.exp(-bias - slope * odds)) for odds, right in found]
    assert sum(pulls) == pytest.approx(bias, abs=1e-4)
    assert bias < -0.5
    assert call(db, "private.learn_gates") == 1


def test_without_labels_the_confidence_stands(db):
    query = "select labels, bias, slope from private.recalibration(%s)"
    assert db.execute(query, (FIT,)).fetchall() == [(0, 0, 1)]


def test_one_customer_has_one_voice(db, asked, first):
    run = one(db, "select id from ai_runs where fit is not null")
    for _ in range(3):
        query = """
        insert into ai_runs (reply_job_id, conversation_id, attempt, outcome, confidence, fit)
        select gen_random_uuid(), conversation_id, 1, 'clarified', 0.4, fit from ai_runs
        where id = %s
        returning id
        """
        call(db, "private.keep_label", one(db, query, run), "right", "pick")
    assert len(rows(db, "select log_odds from private.judged_guesses(%s)", FIT)) == 1


def test_an_agent_outweighs_a_pick(db):
    write_in(db, "Hello")
    run = guess(db, 0.6, "right")
    db.execute("update ai_runs set outcome = 'answered'")
    call(db, "private.keep_label", run, "wrong", "agent")
    assert rows(db, "select is_right from private.judged_guesses(%s)", FIT) == [0]


def test_every_fit_learns_for_itself(db):
    guesses(db, 60, 1.0, lambda _: 0.9, fit="words 1")
    guesses(db, 60, 0.0, lambda _: 0.9, fit="words 2")
    call(db, "private.learn_gates")
    found = gates(db)
    assert found["words 1"] < 0.9 < found["words 2"]


def test_it_is_looked_at_again_after_an_hour(db):
    guesses(db, 60, 1.0)
    assert call(db, "private.learn_gates") == 1
    assert call(db, "private.learn_gates") == 0
    db.execute("update learned_gates set learned_at = learned_at - interval '61 minutes'")
    assert call(db, "private.learn_gates") == 1


def test_what_was_learned_for_one_share_says_nothing_of_another(db):
    guesses(db, 60, 1.0)
    assert call(db, "private.learn_gates_at", [0.05]) == 1
    assert call(db, "private.learn_gates_at", [0.05, 0.1]) == 1
    assert rows(db, "select max_wrong_rate from learned_gates order by 1") == [0.05, 0.1]


@pytest.mark.parametrize(("days", "kept"), [(29, [0.05, 0.2]), (31, [0.05])])
def test_a_share_that_no_setting_accepts_is_forgotten_after_thirty_days(db, days, kept):
    guesses(db, 60, 1.0)
    call(db, "private.learn_gates_at", [0.05, 0.2])
    db.execute("update learned_gates set learned_at = now() - %s * interval '1 day'", [days])
    call(db, "private.learn_gates")
    assert rows(db, "select max_wrong_rate from learned_gates order by 1") == kept


def test_a_turn_brings_what_was_learned(db):
    guesses(db, 60, 1.0)
    call(db, "private.learn_gates")
    write_in(db, "How long?", phone="4917612345")
    [turn] = [turn for turn in claim_turns(db) if turn["question"] == "How long?"]
    assert turn["gates"] == gates(db)


def test_agents_are_told_what_was_learned(db):
    guesses(db, 60, 1.0)
    call(db, "private.learn_gates")
    with acting(db, add_agent(db)):
        assert call(db, "explain_gate", "email")["learned"] == gates(db)


def test_certainty_has_odds_too(db):
    found = [call(db, "private.log_odds", value) for value in (0.0, 0.5, 1.0)]
    assert found == [pytest.approx(-9.21, abs=0.01), 0, pytest.approx(9.21, abs=0.01)]


def test_the_fits_that_customers_corrected_are_known(db):
    guesses(db, 1, 1.0, fit="words 1")
    guesses(db, 1, 1.0, fit="words 2", source="agent")
    assert rows(db, "select * from private.picked_fits()") == ["words 1"]


def test_guesses_are_counted_whether_they_were_judged_or_not(db):
    guesses(db, 2, 1.0)
    guess(db, 0.9)
    found = rows(db, "select confidence from private.recent_guesses(%s)", FIT)
    assert sorted(found) == [0.5, 0.5, 0.9]


def test_one_customer_is_counted_once(db, asked):
    query = """
    insert into ai_runs (reply_job_id, conversation_id, attempt, outcome, confidence, fit)
    select gen_random_uuid(), conversation_id, 1, 'answered', 0.99, fit from ai_runs
    where fit is not null
    returning id
    """
    one(db, query)
    assert rows(db, "select confidence from private.recent_guesses(%s)", FIT) == [0.99]


def test_guesses_of_ninety_days_are_judged_by(db):
    guesses(db, 2, 1.0)
    aged = "update ai_runs set created_at = now() - %s * interval '1 day'"
    judged = "select count(*) from private.judged_guesses(%s)"
    recent = "select count(*) from private.recent_guesses(%s)"
    counts = []
    for days in (89, 91):
        db.execute(aged, [days])
        counts.append((one(db, judged, FIT), one(db, recent, FIT)))
    assert counts == [(2, 2), (0, 0)]


def test_a_guess_that_came_too_late_is_none(db):
    guesses(db, 2, 1.0)
    db.execute("update ai_runs set outcome = 'fenced'")
    assert rows(db, "select confidence from private.recent_guesses(%s)", FIT) == []


@pytest.mark.parametrize("source", ["agent", "rating"])
def test_a_thumb_on_a_question_back_is_none_on_the_guess(db, source):
    write_in(db, "Hello")
    guess(db, 0.6, "right", source=source)
    assert rows(db, "select is_right from private.judged_guesses(%s)", FIT) == []
