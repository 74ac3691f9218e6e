"""What the AI resolved, twice, what it cost, and whether it does worse than before."""

from __future__ import annotations

import random
from datetime import timedelta

import psycopg
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

CALL = {"model": "m", "outcome": "answered", "usage": {"input_tokens": 100}}
COLUMNS = "conversations, resolved, resolved_open, resolved_strictly, strictly_open"


@pytest.fixture
def article(db):
    db.execute(
        "insert into model_prices (model, input_microusd, output_microusd) values ('m', 1e6, 0)"
    )
    return add_article(db)


def asked(db, article, phone=None, **more):
    """A turn that the AI answered; gives the conversation."""
    phone = phone or str(random.randrange(10**9, 10**10))
    conversation = write_in(db, f"How long? {random.random()}", phone)
    [turn] = claim_turns(db)
    record(db, turn, answer(article, **more))
    return conversation


def age(db, interval):
    """Lets all that was said and done have been so long ago."""
    for table, columns in {
        "messages": ("created_at",),
        "private.reply_jobs": ("created_at", "finished_at", "deadline"),
        "ai_calls": ("created_at",),
        "ai_runs": ("created_at",),
    }.items():
        moved = ", ".join(f"{name} = {name} - %s::interval" for name in columns)
        db.execute(f"update {table} set {moved}", [interval] * len(columns))


def figures(db, interval="30 days"):
    return rows(db, f"select {COLUMNS} from ai_figures(%s)", interval)


def bury(db, turn):
    """Lets a turn fail for good."""
    query = "select private.bury_job(reply_jobs, 'broken') from private.reply_jobs where id = %s"
    db.execute(query, [turn["job_id"]])


def rate(db, conversation, stars):
    call(db, "record_csat", call(db, "private.create_csat_link", conversation), stars)


def test_within_a_day_it_is_too_early_to_tell(db, article):
    asked(db, article)
    assert figures(db) == [(1, 0, 1, 0, 1)]


def test_after_a_day_it_is_assumed_after_a_week_it_is_sure(db, article):
    asked(db, article)
    age(db, "25 hours")
    assert figures(db) == [(1, 1, 0, 0, 1)]
    age(db, "6 days")
    assert figures(db) == [(1, 1, 0, 1, 0)]


def test_a_good_rating_confirms_at_once(db, article):
    rate(db, asked(db, article), 5)
    assert figures(db) == [(1, 1, 0, 0, 1)]


def test_a_rating_in_the_middle_confirms_nothing_and_is_not_bad(db, article):
    rate(db, asked(db, article), 3)
    assert figures(db) == [(1, 0, 1, 0, 1)]
    age(db, "8 days")
    assert figures(db) == [(1, 1, 0, 1, 0)]


def test_a_bad_rating_is_no_strict_resolution(db, article):
    rate(db, asked(db, article), 2)
    age(db, "8 days")
    assert figures(db) == [(1, 1, 0, 0, 0)]


def test_a_person_who_answers_the_same_day_ends_both(db, article):
    conversation = asked(db, article)
    with acting(db, add_agent(db)):
        call(db, "send_message", conversation, "Four days, in fact")
    age(db, "8 days")
    assert figures(db) == [(1, 0, 0, 0, 0)]


@pytest.mark.parametrize("verb", ["hand_over", "take_over"])
def test_what_people_were_given_or_took_ends_both_though_nobody_wrote(db, article, verb):
    conversation = asked(db, article)
    with acting(db, add_agent(db)):
        call(db, verb, conversation)
        call(db, "resolve_conversation", conversation)
    age(db, "8 days")
    assert figures(db) == [(1, 0, 0, 0, 0)]


def test_a_note_of_an_agent_is_no_answer(db, article):
    conversation = asked(db, article)
    with acting(db, add_agent(db)):
        call(db, "send_message", conversation, "Nice", None, None, True)
    age(db, "8 days")
    assert figures(db) == [(1, 1, 0, 1, 0)]


def test_a_person_who_answers_three_days_later_ends_the_strict_one(db, article):
    conversation = asked(db, article)
    age(db, "8 days")
    with acting(db, add_agent(db)):
        call(db, "send_message", conversation, "Four days, in fact")
    db.execute(
        "update messages set created_at = created_at - interval '5 days'"
        " where sender_type = 'agent'"
    )
    assert figures(db) == [(1, 1, 0, 0, 0)]


def test_a_customer_who_comes_back_within_a_week_ends_the_strict_one(db, article):
    asked(db, article, "4915100000009")
    age(db, "8 days")
    asked(db, article, "4915100000009")
    db.execute(
        "update messages set created_at = created_at - interval '4 days'"
        " where created_at > now() - interval '1 day'"
    )
    assert figures(db)[-1] == (1, 1, 0, 0, 0)


@pytest.mark.parametrize(("days", "is_return"), [(6.9, True), (7.1, False)])
def test_a_return_counts_for_seven_days(db, article, days, is_return):
    asked(db, article)
    came_back = "private.came_back(customer_id, now() - %s * interval '1 day')"
    assert one(db, f"select {came_back} from conversations", days) is is_return


def test_a_customer_who_only_says_thanks_has_not_come_back(db, article):
    asked(db, article, "4915100000009")
    small_talk(db, article, "Thank you!", "thanks", "4915100000009")
    age(db, "8 days")
    assert figures(db) == [(1, 1, 0, 1, 0)]


def test_whoever_says_anything_else_has_come_back(db, article):
    asked(db, article, "4915100000009")
    small_talk(db, article, "Thank you!", "thanks", "4915100000009")
    small_talk(db, article, "Hello again", "greeting", "4915100000009")
    age(db, "8 days")
    assert figures(db) == [(1, 1, 0, 0, 0)]


def test_a_question_with_thanks_that_was_answered_is_a_return(db, article):
    asked(db, article, intent="thanks")
    came_back = "private.came_back(customer_id, now() - interval '1 day')"
    assert one(db, f"select {came_back} from conversations") is True


def small_talk(db, article, text, intent, phone):
    write_in(db, text, phone)
    [turn] = claim_turns(db)
    said = {"outcome": "clarify", "intent": intent, "confidence": 1, "wire": "rules"}
    assert record(db, turn, answer(article, **said)) == "clarified"


def test_who_only_says_hello_has_asked_nothing(db, article):
    small_talk(db, article, "Hi", "greeting", "4915100000009")
    assert figures(db) == []
    asked(db, article, "4915100000009")
    assert rows(db, "select conversations, turns, resolved_open from ai_figures()") == [(1, 2, 1)]


def test_turns_are_counted_by_what_became_of_them(db, article):
    asked(db, article)
    asked(db, article, confidence=0.1)
    asked(db, article, outcome="clarify", content="Which parcel?")
    counts = "turns, answered, clarified, handed_over"
    assert rows(db, f"select {counts} from ai_figures()") == [(3, 1, 1, 1)]


def test_what_was_handed_over_was_not_resolved(db, article):
    asked(db, article, confidence=0.1)
    age(db, "8 days")
    assert figures(db) == [(1, 0, 0, 0, 0)]
    assert rows(db, "select turns, answered, handed_over from ai_figures()") == [(1, 0, 1)]


def test_a_turn_that_failed_for_good_was_not_resolved(db, article):
    asked(db, article, "4915100000009")
    write_in(db, "And how much?", "4915100000009")
    bury(db, claim_turns(db)[0])
    age(db, "8 days")
    assert figures(db) == [(1, 0, 0, 0, 0)]
    write_in(db, "How long?", "4915100000010")
    bury(db, claim_turns(db)[0])
    query = "select sum(conversations), sum(turns), sum(resolved_open) from ai_figures()"
    assert rows(db, query) == [(2, 3, 0)]


def test_where_the_ai_is_off_it_was_asked_nothing(db, article):
    write_in(db, "How long?")
    [turn] = claim_turns(db)
    db.execute("insert into ai_settings (mode) values ('off')")
    assert record(db, turn, answer(article)) == "handed_over"
    assert figures(db) == []


def test_what_the_ai_would_have_handed_over_in_shadow_needed_nobody(db, article):
    asked(db, article, "4915100000009")
    db.execute("insert into ai_settings (mode) values ('shadow')")
    asked(db, article, "4915100000009", confidence=0.1)
    age(db, "8 days")
    assert figures(db) == [(1, 1, 0, 0, 0)]


def test_shadow_is_nobodys_resolution(db, article):
    db.execute("insert into ai_settings (mode) values ('shadow')")
    asked(db, article)
    assert figures(db) == []


def test_cost_is_told_by_conversation_and_trials_are_left_out(db, article):
    asked(db, article, calls=[CALL, CALL])
    conversation = asked(db, article, calls=[{**CALL, "model": "x"}])
    call(db, "private.keep_calls", None, conversation, "backtest", [CALL])
    query = "select cost_microusd, unpriced, cost_per_conversation, p95_ms > 0 from ai_figures()"
    assert rows(db, query) == [(200, 1, 100, True)]


def test_response_times_are_told_by_their_95th_percentile(db, article):
    for seconds in (0, 1, 2):
        conversation = asked(db, article)
        db.execute(
            "update private.reply_jobs set finished_at = deadline - interval '6 s' + %s"
            " where conversation_id = %s",
            [timedelta(seconds=seconds), conversation],
        )
    assert rows(db, "select p95_ms from ai_figures()") == [pytest.approx(1900)]
    measured = call(db, "private.measure_ai", "ai_p95_ms", "-infinity", "infinity", 3)
    assert measured == pytest.approx(1900)


def test_a_cost_that_nobody_knows_is_not_none(db, article):
    asked(db, article, calls=[{**CALL, "model": "x"}])
    query = "select cost_microusd, unpriced, cost_per_conversation from ai_figures()"
    assert rows(db, query) == [(0, 1, None)]


def test_where_no_model_was_asked_nothing_was_spent(db, article):
    asked(db, article)
    query = "select cost_microusd, unpriced, cost_per_conversation from ai_figures()"
    assert rows(db, query) == [(0, 0, 0)]


COSTS = "select conversations, cost_microusd, cost_per_conversation, channel_type from ai_figures()"


def test_a_turn_that_a_person_took_has_cost_what_it_cost(db, article):
    conversation = write_in(db, "How long?")
    [turn] = claim_turns(db)
    with acting(db, add_agent(db)):
        call(db, "send_message", conversation, "Four days")
    record(db, turn, answer(article, calls=[CALL]))
    assert rows(db, COSTS) == [(0, 100, None, "whatsapp")]


def test_shadow_and_a_conversation_that_is_gone_have_cost_what_they_cost(db, article):
    conversation = asked(db, article, calls=[CALL])
    db.execute("insert into ai_settings (mode) values ('shadow')")
    asked(db, article, calls=[CALL])
    assert rows(db, COSTS) == [(1, 200, 200, "whatsapp")]
    db.execute("delete from conversations where id = %s", [conversation])
    assert rows(db, COSTS) == [(0, 100, None, "whatsapp"), (0, 100, None, None)]


def test_what_is_asked_on_a_later_day_costs_on_that_day(db, article):
    conversation = asked(db, article, calls=[CALL])
    age(db, "2 days")
    call(db, "private.keep_calls", None, conversation, "draft", [CALL, CALL])
    assert [tuple(row)[:2] for row in rows(db, COSTS)] == [(0, 200), (1, 100)]


def test_days_channels_and_languages_stand_apart(db, article):
    asked(db, article)
    age(db, "2 days")
    asked(db, article)
    query = "select conversations, channel_type, language from ai_figures()"
    assert rows(db, query) == [(1, "whatsapp", "en"), (1, "whatsapp", "en")]
    assert len(figures(db, "1 hour")) == 1


def test_agents_see_them_and_visitors_do_not(db, article):
    asked(db, article, calls=[CALL])
    with acting(db, add_agent(db)):
        assert len(figures(db)) == 1
        assert one(db, "select cost_microusd from ai_figures()") == 100
    with acting(db, add_user(db)), refused(db, "PT403"):
        figures(db)


def watch(db):
    db.execute("update private.ai_watch set looked_at = '-infinity'")
    return call(db, "private.watch_ai_now_and_then")


def only_rule(db, metric, minimum=2):
    db.execute("delete from alert_rules where metric_name <> %s", [metric])
    db.execute("update alert_rules set minimum_count = %s", [minimum])


def open_alerts(db):
    return rows(db, "select kind, message from alerts where resolved_at is null order by kind")


def test_more_hand_overs_than_in_the_week_before_are_an_alert_that_ends(db, article):
    only_rule(db, "ai_hand_over_share")
    for confidence in (0.9, 0.9, 0.9, 0.1):
        asked(db, article, confidence=confidence)
    age(db, "2 days")
    assert watch(db) == 0
    for confidence in (0.1, 0.1, 0.9):
        asked(db, article, confidence=confidence)
    assert watch(db) == 1
    [(kind, message)] = open_alerts(db)
    assert (kind, "2.6 times what it was" in message) == ("ai", True)
    assert watch(db) == 0
    for _ in range(20):
        asked(db, article)
    watch(db)
    assert open_alerts(db) == []


@pytest.mark.parametrize(
    ("metric", "good", "bad"),
    [
        ("ai_model_error_share", {"calls": [CALL]}, {"calls": [{**CALL, "outcome": "failed"}]}),
        ("ai_unresolved_share", {}, {"confidence": 0.1}),
    ],
)
def test_more_faults_than_in_the_week_before_are_an_alert(db, article, metric, good, bad):
    only_rule(db, metric)
    for _ in range(3):
        asked(db, article, **good)
    age(db, "2 days")
    for _ in range(3):
        asked(db, article, **bad)
    assert watch(db) == 1


def test_slower_answers_than_in_the_week_before_are_an_alert(db, article):
    only_rule(db, "ai_p95_ms")
    for _ in range(3):
        asked(db, article)
    age(db, "2 days")
    for _ in range(3):
        asked(db, article)
    db.execute(
        "update private.reply_jobs set finished_at = deadline"
        " where created_at > now() - interval '1 day'"
    )
    assert watch(db) == 1


def test_too_little_to_compare_is_no_alert(db, article):
    asked(db, article, confidence=0.1)
    assert watch(db) == 0
    assert call(db, "private.measure_ai", "nothing", "-infinity", "infinity", 0) is None


def test_it_is_looked_at_every_five_minutes(db, article):
    assert watch(db) == 0
    only_rule(db, "ai_hand_over_share")
    assert call(db, "private.watch_ai_now_and_then") == 0
    assert one(db, "select looked_at > now() - interval '1 minute' from private.ai_watch") is True


def spend(db, dollars, ago="20 seconds"):
    usage = {"input_tokens": round(dollars * 1e6)}
    call(db, "private.keep_calls", None, None, "turn", [{**CALL, "usage": usage}])
    db.execute(
        "update ai_calls set created_at = created_at - %s::interval"
        " where id = (select max(id) from ai_calls)",
        [ago],
    )
    call(db, "private.watch_budget")


def test_four_fifths_of_the_budget_warn_and_all_of_it_ends_models(db, article):
    db.execute("insert into ai_budget (daily_microusd) values (10000000)")
    spend(db, 7)
    assert open_alerts(db) == []
    spend(db, 1)
    assert open_alerts(db) == [("budget_near", "models have cost 8.00 of 10.00 dollars today")]
    write_in(db)
    assert [turn["model_allowed"] for turn in claim_turns(db)] == [True]
    spend(db, 2)
    assert [kind for kind, _ in open_alerts(db)] == ["budget_near", "budget_spent"]
    write_in(db, phone="4915100000001")
    assert [turn["model_allowed"] for turn in claim_turns(db)] == [False]


@pytest.mark.parametrize(("ago", "is_spent"), [("10 seconds", True), ("12 seconds", False)])
def test_what_the_last_seconds_cost_is_taken_to_be_under_way_again(db, article, ago, is_spent):
    db.execute("insert into ai_budget (daily_microusd) values (10000000)")
    spend(db, 5)
    spend(db, 2.5, ago)
    assert call(db, "private.budget_is_spent") == is_spent
    assert open_alerts(db) == []


def test_the_next_day_has_its_own_budget(db, article):
    db.execute("insert into ai_budget (daily_microusd) values (10000000)")
    spend(db, 20)
    age(db, "1 day")
    db.execute("update private.ai_spending set day = day - 1")
    assert call(db, "private.watch_budget") == 0
    assert (open_alerts(db), call(db, "private.budget_is_spent")) == ([], False)


@pytest.mark.parametrize(("daily", "is_spent"), [(0, True), (1, False)])
def test_a_budget_of_nothing_is_spent_before_the_day_begins(db, daily, is_spent):
    db.execute("insert into ai_budget (daily_microusd) values (%s)", [daily])
    assert call(db, "private.budget_is_spent") is is_spent


def test_nobody_is_alerted_about_a_budget_of_nothing(db, article):
    db.execute("insert into ai_budget (daily_microusd) values (0)")
    spend(db, 1)
    call(db, "private.keep_calls", None, None, "turn", [{**CALL, "model": "x"}])
    call(db, "private.watch_budget")
    assert open_alerts(db) == []


def test_a_budget_that_is_set_to_nothing_ends_its_alerts(db, article):
    db.execute("insert into ai_budget (daily_microusd) values (1000000)")
    spend(db, 1)
    db.execute("update ai_budget set daily_microusd = 0")
    call(db, "private.watch_budget")
    assert open_alerts(db) == []


def test_a_model_without_a_price_makes_the_budget_blind_and_that_is_told(db, article):
    call(db, "private.keep_calls", None, None, "turn", [{**CALL, "model": "x"}])
    call(db, "private.watch_budget")
    assert open_alerts(db) == []
    db.execute("insert into ai_budget (daily_microusd) values (10000000)")
    call(db, "private.watch_budget")
    [(kind, said)] = open_alerts(db)
    assert kind == "budget_blind"
    assert "romashka ai price set" in said


def test_without_a_budget_nothing_is_limited(db, article):
    spend(db, 1000)
    assert call(db, "private.budget_is_spent") is False
    assert open_alerts(db) == []


@pytest.mark.parametrize("price", ["NaN", "Infinity", "-1", "1e300"])
def test_a_price_that_makes_no_number_of_a_cost_is_refused(db, price):
    with pytest.raises(psycopg.errors.CheckViolation):
        db.execute(
            "insert into model_prices (model, input_microusd, output_microusd) values ('x', %s, 0)",
            [price],
        )
