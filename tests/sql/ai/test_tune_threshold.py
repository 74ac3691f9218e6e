"""Labels of answers, and the threshold they promise (R50, U6)."""

from __future__ import annotations

import random
import uuid

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

RUN = """
insert into ai_runs (reply_job_id, conversation_id, attempt, outcome, model, fit, confidence)
select gen_random_uuid(), %s, 1, 'answered', %s, %s, unnest(%s::float8[])
returning id
"""
MODEL = "test"
GATE = "select answerers -> %s ->> 'threshold' from ai_thresholds"


def label(db, judged, source="agent", model=MODEL, fit=None, **where):
    """Adds labelled runs (confidence, is wrong) of one answerer to one conversation."""
    conversation = write_in(db, phone=str(random.randrange(10**9, 10**10)), **where)
    runs = rows(db, RUN, conversation, model, fit, [confidence for confidence, _ in judged])
    for run, (_, wrong) in zip(runs, judged, strict=True):
        call(db, "private.keep_label", run, "wrong" if wrong else "right", source)


def tune(db, rate=0.05, channel=None, language=None, **more):
    """What the labels say of the one answerer that has some."""
    found = call(db, "tune_threshold", channel, language, rate, *more.values())
    [only] = found["answerers"]
    return found | only


def needed(db, language=None, model=MODEL):
    """What an answer of a model needs, and what decides that."""
    [held] = [
        held
        for held in call(db, "explain_gate", "whatsapp", language)["answerers"]
        if held.get("model") == model
    ]
    return held["needed"], held["decided_by"]


def answered(db, text="How long?"):
    """Lets the AI answer; gives the message."""
    write_in(db, text)
    [turn] = claim_turns(db)
    record(db, turn, answer(add_article(db)))
    return one(db, "select id from messages where sender_type = 'ai' order by seq desc limit 1")


def labels(db):
    return rows(db, "select source::text, verdict from ai_labels order by created_at")


@pytest.mark.parametrize(("rate", "needed"), [(0.05, 52), (0.02, 133), (0.1, 25)])
def test_too_few_labels_are_refused_with_how_many_it_takes(db, rate, needed):
    label(db, [(0.9, False)] * 2)
    with pytest.raises(Exception, match="too few") as caught, db.transaction():
        tune(db, rate)
    assert (caught.value.sqlstate, str(needed) in caught.value.diag.message_hint) == ("PT409", True)
    with refused(db, "PT409"):
        tune(db, rate)
    assert call(db, "private.wrong_bound", 0, needed) <= rate
    assert call(db, "private.wrong_bound", 0, needed - 1) > rate


def test_a_handful_of_labels_promises_nothing_whatever_is_accepted(db):
    label(db, [(0.9, False)] * 24)
    with refused(db, "PT409"):
        tune(db, 0.5)
    label(db, [(0.9, False)])
    assert tune(db, 0.5)["threshold"] == 0.89


def test_a_threshold_above_which_there_is_a_handful_is_none(db):
    label(db, [(0.9, False)] * 24 + [(0.8, True)] * 40)
    assert tune(db, 0.5)["threshold"] == 1
    label(db, [(0.9, False)])
    assert tune(db, 0.5)["threshold"] == 0.89


def test_the_lowest_threshold_that_keeps_the_share_is_found(db):
    wrong_below = [(0.6, True)] * 20 + [(0.65, False)] * 20
    label(db, [(0.9, False)] * 60 + [(0.8, False)] * 60 + wrong_below)
    found = tune(db)
    assert (found["threshold"], found["answers"], found["wrong"]) == (0.64, 140, 0)
    assert found["bound"] <= 0.05
    assert (found["labels"], found["confidence"], found["is_applied"]) == (160, 0.95, False)


def test_a_threshold_is_no_lower_than_right_below_a_label(db):
    label(db, [(0.94 + number / 2000, False) for number in range(89)])
    assert (tune(db)["threshold"], tune(db)["wrong"]) == (0.93, 0)
    call(db, "private.retune_thresholds")
    assert rows(db, GATE, MODEL) == ["0.93"]


@pytest.mark.parametrize(("confidence", "threshold"), [(0.9401, 0.94), (0.95, 0.94), (1.0, 0.99)])
def test_a_threshold_is_the_hundredth_that_lets_the_label_out(db, confidence, threshold):
    label(db, [(confidence, False)] * 60)
    assert tune(db)["threshold"] == threshold


@pytest.mark.parametrize(("near", "threshold"), [(4, 0.94), (5, 0.7)])
def test_a_few_labels_far_below_the_others_open_nothing(db, near, threshold):
    label(db, [(0.95, False)] * 80 + [(0.71 + number / 100, False) for number in range(near)])
    assert tune(db)["threshold"] == threshold


def test_labels_further_than_a_twentieth_above_are_not_near(db):
    label(db, [(0.95, False)] * 80 + [(0.71, False), *[(0.76, False)] * 4])
    assert tune(db)["threshold"] == 0.94


@pytest.mark.parametrize(("wrong", "threshold"), [(2, 0.74), (3, 0.94)])
def test_the_answers_right_above_a_threshold_keep_the_share_as_well(db, wrong, threshold):
    label(db, [(0.95, False)] * 400 + [(0.75, number < wrong) for number in range(20)])
    assert tune(db)["threshold"] == threshold


@pytest.mark.parametrize(
    ("doubted", "threshold"),
    [([], 0.94), ([(0.95, True)] * 4, 0.99), ([(0.93, True)] * 20, 0.94)],
    ids=["none", "some above the gate", "many below it"],
)
def test_labels_far_above_the_gate_of_a_fit_do_not_raise_it_unless_one_is_wrong(
    db, doubted, threshold
):
    shipped = one(db, "select fit from private.shipped_gates(0.05) where gate = 0.94")
    label(db, [(0.999, False)] * 60 + doubted, model="embedded", fit=shipped)
    assert tune(db)["threshold"] == threshold


def test_what_picks_taught_of_a_fit_is_its_gate_without_labels(db):
    db.execute(
        "insert into learned_gates (fit, max_wrong_rate, gate, labels, bias, slope)"
        " values (%s, 0.05, 0.8, 60, 0, 0)",
        [FIT],
    )
    assert call(db, "private.taught_gate", FIT, 0.05) == 0.8
    assert call(db, "private.taught_gate", MODEL, 0.05) is None


def test_who_is_not_sure_at_all_is_below_every_threshold(db):
    label(db, [(0.0, False)] * 60)
    assert (tune(db)["labels"], tune(db)["threshold"]) == (60, None)


def test_where_nothing_is_sure_enough_nothing_is_answered(db):
    label(db, [(0.9, number % 2 == 0) for number in range(100)])
    assert tune(db)["threshold"] == 1


def test_only_the_channel_and_language_asked_for_counts(db):
    label(db, [(0.9, False)] * 60, language="de")
    label(db, [(0.9, True)] * 60, language="fr")
    assert tune(db, channel="whatsapp", language="de")["labels"] == 60
    assert tune(db, language="fr")["threshold"] == 1
    assert tune(db)["labels"] == 120
    with refused(db, "PT409"):
        tune(db, channel="email")


def test_the_word_of_an_agent_outweighs_a_rating(db):
    label(db, [(0.9, False)] * 60)
    run = one(db, "select id from ai_runs limit 1")
    call(db, "private.keep_label", run, "wrong", "rating")
    assert tune(db)["wrong"] == 0


def test_sources_that_can_only_say_wrong_count_when_named(db):
    label(db, [(0.9, False)] * 60)
    label(db, [(0.9, True)] * 60, source="answered_again")
    assert tune(db)["labels"] == 60
    everything = ["agent", "rating", "answered_again", "reopened"]
    assert tune(db, 0.05, apply=False, sources=everything)["threshold"] == 1


def test_an_admin_makes_it_the_gate(db):
    label(db, [(0.9, False)] * 60 + [(0.8, True)] * 60)
    with acting(db, add_agent(db)), refused(db, "PT403"):
        tune(db, apply=True)
    admin = add_agent(db, "admin")
    with acting(db, admin):
        assert tune(db, apply=True)["threshold"] == 0.89
        assert needed(db) == (0.89, "max_wrong_rate")
    query = "select action from audit_log where actor_id = %s and subject = 'ai_thresholds'"
    assert rows(db, query, admin) == ["tune"]


def test_labels_make_the_gate_by_themselves(db):
    db.execute("insert into ai_settings (channel_type, max_wrong_rate) values ('whatsapp', 0.1)")
    label(db, [(0.9, False)] * 60 + [(0.8, True)] * 60)
    assert call(db, "private.retune_thresholds") == 2
    query = GATE.replace("select", "select channel_type, max_wrong_rate,") + " order by 1"
    assert rows(db, query, MODEL) == [("whatsapp", 0.1, "0.89"), (None, 0.05, "0.89")]
    assert call(db, "private.retune_thresholds") == 0
    db.execute("update ai_settings set max_wrong_rate = 1")
    assert call(db, "explain_gate", "whatsapp")["tuned"] == {}


def test_upkeep_looks_at_the_labels_of_every_language_hourly(db):
    db.execute("insert into ai_settings (language, tone) values ('de', 'Warm.')")
    label(db, [(0.9, False)] * 60 + [(0.8, True)] * 60, language="de")
    label(db, [(0.9, False)] * 60, language="fr")
    assert call(db, "private.upkeep")["thresholds"] == 2
    assert needed(db, "de") == (0.89, "max_wrong_rate")
    label(db, [(0.9, True)] * 60, language="de")
    assert call(db, "private.upkeep")["thresholds"] == 0
    db.execute("update ai_thresholds set tuned_at = tuned_at - interval '61 minutes'")
    assert call(db, "private.upkeep")["thresholds"] == 2
    assert needed(db, "de") == (1, "max_wrong_rate")


def test_too_few_labels_leave_the_gate_as_it_is_set(db):
    label(db, [(0.9, True)] * 20)
    call(db, "private.retune_thresholds")
    [found] = rows(db, "select answerers -> %s from ai_thresholds", MODEL)
    assert (found["threshold"], found["labels"]) == (None, 20)
    assert needed(db) == (0.7, "confidence_threshold")


def test_labels_that_prove_nothing_yet_leave_it_too(db):
    label(db, [(0.9, False)] * 59 + [(0.9, True)])
    assert tune(db)["threshold"] is None
    call(db, "private.retune_thresholds")
    assert rows(db, GATE, MODEL) == [None]
    label(db, [(0.9, True)] * 10)
    assert tune(db)["threshold"] == 1


def test_labels_that_prove_nothing_yet_are_not_made_the_gate_either(db):
    label(db, [(0.9, False)] * 59 + [(0.9, True)])
    with refused(db, "PT409"):
        tune(db, channel="whatsapp", apply=True)
    assert rows(db, "select id from ai_thresholds") == []
    assert rows(db, "select channel_type from ai_settings") == []


@pytest.mark.parametrize(
    ("changes", "counts"),
    [
        ("outcome = 'answered'", 60),
        ("outcome = 'handed_over', reason = 'low_confidence'", 60),
        ("outcome = 'handed_over', reason = 'complaint'", 0),
        ("outcome = 'clarified'", 0),
        ("wire = 'rules'", 0),
        ("model = 'embedded'", 0),
        ("model = 'embedded', fit = 'words 1'", 60),
    ],
)
def test_only_what_was_or_might_have_been_an_answer_counts(db, changes, counts):
    label(db, [(0.9, False)] * 60)
    db.execute(f"update ai_runs set {changes}")
    assert len(rows(db, "select private.labelled_runs(null, null, null, '{agent}')")) == counts


def test_what_was_found_for_one_channel_holds_there_alone(db):
    found = {MODEL: {"threshold": 0.9, "labels": 100}}
    call(db, "private.store_thresholds", "email", None, 0.05, found)
    of = [call(db, "private.tuned_thresholds", name, "en", 0.05) for name in ("email", "whatsapp")]
    assert of == [found, {}]


@pytest.mark.parametrize("channel", [None, "whatsapp"])
def test_the_share_that_was_tuned_for_is_the_one_that_is_accepted(db, channel):
    label(db, [(0.9, False)] * 140 + [(0.8, True)] * 60)
    tune(db, 0.02, channel, apply=True)
    assert call(db, "explain_gate", "whatsapp")["max_wrong_rate"] == 0.02
    assert needed(db) == (0.89, "max_wrong_rate")
    call(db, "private.retune_thresholds")
    assert needed(db) == (0.89, "max_wrong_rate")


def test_what_was_tuned_for_a_language_is_looked_at_hourly_too(db):
    label(db, [(0.9, False)] * 60 + [(0.8, True)] * 60, language="de")
    tune(db, 0.05, "whatsapp", "de", apply=True)
    db.execute("delete from ai_settings")
    label(db, [(0.9, True)] * 60, language="de")
    db.execute("update ai_thresholds set tuned_at = tuned_at - interval '61 minutes'")
    call(db, "private.retune_thresholds")
    assert needed(db, "de") == (1, "max_wrong_rate")


def each(db, language=None):
    """What the labels say of every answerer: {answerer: (model, threshold, labels)}."""
    found = call(db, "tune_threshold", None, language)["answerers"]
    return {one["answerer"]: (one["model"], one["threshold"], one["labels"]) for one in found}


def test_labels_of_one_answerer_say_nothing_of_another(db):
    label(db, [(0.95, False)] * 60, model="embedded", fit=FIT)
    label(db, [(0.8, False)] * 60 + [(0.75, True)] * 20, model="gpt-5")
    label(db, [(0.7, False)] * 20, model="small")
    assert each(db) == {
        FIT: ("embedded", 0.94, 60),
        "gpt-5": ("gpt-5", 0.79, 80),
        "small": ("small", None, 20),
    }


def test_labels_of_an_answerer_in_another_language_do_not_either(db):
    label(db, [(0.95, False)] * 60, model="gpt-5", language="de")
    label(db, [(0.8, False)] * 60, model="small", language="fr")
    assert each(db, "de") == {"gpt-5": ("gpt-5", 0.94, 60)}


def test_labels_that_suffice_only_together_are_too_few_for_each(db):
    label(db, [(0.95, False)] * 40, model="gpt-5")
    label(db, [(0.95, False)] * 30, model="small")
    with pytest.raises(Exception, match="40 labelled answers of gpt-5 are too few") as caught:
        each(db)
    assert "at least 52 of one answerer" in caught.value.diag.message_hint


def test_the_hourly_look_keeps_what_it_found_of_each(db):
    label(db, [(0.95, False)] * 60, model="embedded", fit=FIT)
    label(db, [(0.8, False)] * 60, model="gpt-5")
    call(db, "private.retune_thresholds")
    assert [one(db, GATE, name) for name in (FIT, "gpt-5", "small")] == ["0.94", "0.79", None]


def test_what_has_no_labels_any_more_has_no_threshold(db):
    label(db, [(0.8, False)] * 60, model="gpt-5")
    call(db, "private.retune_thresholds")
    db.execute("delete from ai_labels")
    db.execute("update ai_thresholds set tuned_at = tuned_at - interval '61 minutes'")
    call(db, "private.retune_thresholds")
    assert rows(db, "select answerers from ai_thresholds") == [{}]


def test_an_admin_makes_it_the_gate_of_those_of_whom_labels_prove_something(db):
    label(db, [(0.95, False)] * 60, model="embedded", fit=FIT)
    label(db, [(0.8, False)] * 59 + [(0.8, True)], model="gpt-5")
    call(db, "tune_threshold", "whatsapp", None, 0.05, True)
    assert call(db, "private.gates_of", call(db, "private.ai_setting", "whatsapp", "en")) == {
        FIT: 0.94
    }


def test_the_closest_threshold_of_each_answerer_holds(db):
    found = {"gpt-5": {"threshold": 0.8}, "small": {"threshold": 0.8}}
    call(db, "private.store_thresholds", None, None, 0.05, found)
    near = {"gpt-5": {"threshold": 0.9}, "small": {"threshold": None, "labels": 3}}
    call(db, "private.store_thresholds", "whatsapp", None, 0.05, near)
    held = call(db, "private.tuned_thresholds", "whatsapp", "en", 0.05)
    assert {name: one["threshold"] for name, one in held.items()} == {"gpt-5": 0.9, "small": 0.8}


@pytest.mark.parametrize(
    ("reply", "state", "threshold"),
    [
        ({"model": "gpt-5"}, "handed_over", 0.95),
        ({"model": "small"}, "answered", 0.7),
        ({"model": "embedded", "fit": FIT}, "answered", 0.85),
        ({"model": "embedded", "fit": FIT, "confidence": 0.84}, "handed_over", 0.85),
        ({"model": "embedded"}, "answered", 0.7),
    ],
)
def test_an_answer_is_held_to_what_labels_found_of_who_gave_it(db, reply, state, threshold):
    found = {"gpt-5": {"threshold": 0.95}, FIT: {"threshold": 0.85}}
    call(db, "private.store_thresholds", None, None, 0.05, found)
    article = add_article(db)
    write_in(db)
    [turn] = claim_turns(db)
    assert record(db, turn, answer(article, **reply)) == state
    told = 0.95 if reply["model"] == "gpt-5" else 0.85 if "fit" in reply else None
    query = "select threshold, setting -> 'tuned_threshold' from ai_runs"
    assert rows(db, query) == [(threshold, told)]


@pytest.mark.parametrize("rate", [0, 1, -1, 2, None])
def test_a_share_lies_between_none_and_all(db, rate):
    with refused(db, "PT400"):
        tune(db, rate)


def test_visitors_neither_label_nor_tune(db):
    with acting(db, add_user(db)):
        for function, args in (("tune_threshold", [None, None]), ("label_answer", [None, "right"])):
            with refused(db, "PT403"):
                call(db, function, *args)


def test_an_agent_puts_a_thumb_on_an_answer(db):
    found, agent = answered(db), add_agent(db)
    with acting(db, agent):
        call(db, "label_answer", found, "right")
        call(db, "label_answer", found, "wrong")
    query = "select verdict, source::text, labelled_by, message_id from ai_labels"
    assert rows(db, query) == [("wrong", "agent", agent, found)]


def test_a_run_that_was_never_sent_is_labelled_by_its_own_id(db):
    answered(db)
    run = one(db, "select id from ai_runs")
    call(db, "label_answer", run, "right")
    assert labels(db) == [("agent", "right")]


def test_what_is_no_answer_or_no_verdict_is_refused(db):
    found = answered(db)
    for verdict in ("good", "", None):
        with refused(db, "PT400"):
            call(db, "label_answer", found, verdict)
    for target in (uuid.uuid4(), one(db, "select id from messages where sender_type = 'customer'")):
        with refused(db, "PT404"):
            call(db, "label_answer", target, "right")


@pytest.mark.parametrize(
    "reply",
    [
        {"outcome": "clarify", "content": "Which one?"},
        {"outcome": "clarify", "intent": "greeting", "sources": [], "wire": "rules"},
        {"outcome": "hand_over", "reason": "asked_for_human", "wire": "rules"},
    ],
)
def test_what_asks_back_or_is_said_by_rule_is_neither_right_nor_wrong(db, reply):
    write_in(db)
    [turn] = claim_turns(db)
    record(db, turn, answer(add_article(db), **reply))
    message = one(db, "select message_id from ai_runs")
    with refused(db, "PT409"):
        call(db, "label_answer", message, "right")
    assert labels(db) == []


@pytest.mark.parametrize(("rating", "verdict"), [(1, "wrong"), (2, "wrong"), (4, "right")])
def test_a_rating_labels_the_last_answer(db, rating, verdict):
    answered(db)
    token = call(db, "private.create_csat_link", one(db, "select id from conversations"))
    with acting(db, None, "anon"):
        call(db, "record_csat", token, rating)
    assert labels(db) == [("rating", verdict)]


def test_a_rating_of_three_or_of_a_person_says_nothing(db):
    answered(db)
    conversation = one(db, "select id from conversations")
    token = call(db, "private.create_csat_link", conversation)
    call(db, "record_csat", token, 3)
    assert labels(db) == []
    with acting(db, add_agent(db)):
        call(db, "send_message", conversation, "Four days")
    db.execute("delete from ai_labels")
    call(db, "record_csat", token, 1)
    assert labels(db) == []


def test_a_person_who_answers_again_soon_says_it_was_wrong(db):
    answered(db)
    ingest(db, message("Four days, in fact", sender="agent"))
    assert labels(db) == [("answered_again", "wrong")]


def test_a_person_who_writes_later_or_privately_says_nothing(db):
    answered(db)
    conversation = one(db, "select id from conversations")
    with acting(db, add_agent(db)):
        call(db, "send_message", conversation, "A note", None, None, True)
    db.execute("update messages set created_at = created_at - interval '11 minutes'")
    ingest(db, message("Anything else?", sender="agent"))
    assert labels(db) == []


def test_what_is_opened_again_was_not_solved(db):
    answered(db)
    conversation = one(db, "select id from conversations")
    for verb in ("resolve_conversation", "reopen_conversation"):
        call(db, verb, conversation)
    assert labels(db) == [("reopened", "wrong")]


def test_a_share_that_was_tuned_for_has_a_gate_of_its_own_at_once(db):
    guesses(db, 60, 1.0)
    label(db, [(0.9, False)] * 60)
    tune(db, 0.1, apply=True)
    assert FIT in call(db, "private.gates_at", 0.1)
