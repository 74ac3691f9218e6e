"""What the AI would have answered in shadow, against what people answered."""

from __future__ import annotations

import random

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
    write_in,
)

BODY = "Delivery takes two to four working days within the country, and a week abroad."
OTHER = "A refund reaches your bank account within fourteen days of the return of the goods."


@pytest.fixture
def article(db):
    db.execute("insert into ai_settings (mode) values ('shadow')")
    add_article(db, "Refunds", body=OTHER)
    return add_article(db, body=BODY)


def followed(db, article, said=None, **more):
    """A turn that the AI only followed, and what a person answered."""
    conversation = write_in(db, "How long?", str(random.randrange(10**9, 10**10)))
    [turn] = claim_turns(db)
    assert record(db, turn, answer(article, **more)) == "shadowed"
    if said:
        with acting(db, add_agent(db)):
            call(db, "send_message", conversation, said)


def test_shadow_is_measured_as_a_backtest_is(db, article):
    db.execute(
        "insert into model_prices (model, input_microusd, output_microusd) values ('m', 1e6, 0)"
    )
    calls = [{"model": "m", "outcome": "answered", "usage": {"input_tokens": 30}}]
    followed(db, article, BODY, calls=calls)
    followed(db, article, OTHER)
    followed(db, article)
    followed(db, article, BODY, confidence=0.3)
    found = call(db, "shadow_report")
    assert (found["turns"], found["answered"], found["handed_over"]) == (4, 3, 1)
    assert (found["right"], found["wrong"], found["unknown"]) == (1, 1, 1)
    assert (found["wrong_share"], found["cost_microusd"]) == (0.5, 30)
    low, high = found["curve"][0], found["curve"][14]
    assert (low["answered"], low["right"], high["answered"]) == (4, 2, 3)


@pytest.mark.parametrize(("language", "turns"), [(None, 1), ("de", 1), ("fr", 0)])
def test_it_can_be_asked_for_one_language(db, article, language, turns):
    followed(db, article)
    db.execute("update conversations set language = 'de-AT'")
    wanted = {} if language is None else {"language": language}
    assert call(db, "shadow_report", wanted)["turns"] == turns


def test_live_turns_are_no_shadow(db, article):
    db.execute("update ai_settings set mode = 'auto'")
    write_in(db)
    [turn] = claim_turns(db)
    record(db, turn, answer(article))
    assert call(db, "shadow_report")["turns"] == 0


def test_a_label_of_a_run_in_shadow_counts(db, article):
    followed(db, article)
    call(db, "label_answer", one(db, "select id from ai_runs"), "wrong")
    assert call(db, "shadow_report")["wrong"] == 1


def test_agents_see_it_and_visitors_do_not(db, article):
    followed(db, article, BODY)
    with acting(db, add_agent(db)):
        assert call(db, "shadow_report", {"channel": "whatsapp"})["right"] == 1
        assert call(db, "shadow_report", {"channel": "email"})["turns"] == 0
        with refused(db, "PT400"):
            call(db, "shadow_report", {"chanel": "email"})
    with acting(db, add_user(db)):
        for function in ("shadow_report", "label_curve"):
            with refused(db, "PT403"):
                call(db, function)


@pytest.mark.parametrize("where", [("sms", None), (None, "german")])
def test_a_channel_or_a_language_that_there_is_not_has_no_curve(db, where):
    with refused(db, "PT400"):
        call(db, "label_curve", *where)


def test_labels_have_a_curve_of_their_own(db, article):
    followed(db, article)
    followed(db, article, confidence=0.5)
    for run, verdict in zip(
        [row[0] for row in db.execute("select id from ai_runs order by confidence")],
        ("wrong", "right"),
        strict=True,
    ):
        call(db, "label_answer", run, verdict)
    curve = call(db, "label_curve")
    assert (curve[0]["precision"], curve[10]["precision"], curve[10]["coverage"]) == (0.5, 1, 0.5)


def test_each_answerer_has_a_curve_of_its_own(db, article):
    followed(db, article, model="gpt-5")
    followed(db, article, model="embedded", fit="words 1")
    for run in db.execute("select id from ai_runs").fetchall():
        call(db, "label_answer", run[0], "right")
    curves = [call(db, "label_curve", None, None, name) for name in (None, "gpt-5", "words 1", "x")]
    assert [curve[0]["answered"] for curve in curves] == [2, 1, 1, 0]
