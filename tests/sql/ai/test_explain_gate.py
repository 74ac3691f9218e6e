"""What an answer needs, by who answers: as it is set, as labels or picks taught, or as shipped."""

from __future__ import annotations

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
from worker.calibration import CALIBRATORS

KEYS = sorted(fit.key for fit in CALIBRATORS.values())
FIT = CALIBRATORS["words"].key
LEARNED = """
insert into learned_gates (fit, max_wrong_rate, gate, labels, bias, slope)
values (%s, 0.05, %s, 60, 0, 1)
"""


def set_gate(db, **columns):
    names, places = ", ".join(columns), ", ".join(["%s"] * len(columns))
    db.execute(f"insert into ai_settings ({names}) values ({places})", list(columns.values()))


def held(db):
    """What explain_gate says of every answerer: {answerer or fit: (needed, decided by)}."""
    found = call(db, "explain_gate", "whatsapp", "en")["answerers"]
    told = {
        one.get("fit") or one.get("model", "model"): (one["needed"], one["decided_by"])
        for one in found
    }
    assert len(told) == len(found)
    return told


def labels_found(db, threshold, *answerers, language=None):
    """Keeps that labels found a threshold for some answerers."""
    found = {
        name: {"threshold": threshold, "model": "embedded" if name in KEYS else name}
        for name in answerers
    }
    call(db, "private.store_thresholds", None, language, 0.05, found)


@pytest.mark.parametrize("rate", [0.001, 0.02, 0.03, 0.05, 0.1, 0.5, 0.999, 1])
def test_the_gates_that_ship_are_those_that_a_worker_has(db, rate):
    found = dict(rows(db, "select * from private.shipped_gates(%s)", rate))
    assert found == {fit.key: fit.gate(rate) for fit in CALIBRATORS.values()}


def test_a_fresh_project_tells_what_each_fit_needs(db):
    shipped = {fit.key: (fit.gate(0.05), "shipped") for fit in CALIBRATORS.values()}
    assert held(db) == {"model": (0.7, "confidence_threshold"), **shipped}
    with acting(db, add_agent(db)):
        assert held(db)[FIT] == shipped[FIT]


def test_what_picks_taught_of_a_fit_stands_in_place_of_what_others_did(db):
    db.execute(LEARNED, (FIT, 0.8))
    assert held(db)[FIT] == (0.8, "learned")
    assert {by for fit, (_, by) in held(db).items() if fit in set(KEYS) - {FIT}} == {"shipped"}


def test_what_is_set_holds_for_every_answerer_where_it_is_higher(db):
    set_gate(db, confidence_threshold=0.995)
    assert set(held(db).values()) == {(0.995, "confidence_threshold")}


def test_what_labels_found_holds_in_place_of_what_was_taught(db):
    labels_found(db, 0.85, *KEYS)
    db.execute(LEARNED, (FIT, 0.9))
    found = dict.fromkeys(KEYS, (0.85, "max_wrong_rate"))
    assert held(db) == {"model": (0.7, "confidence_threshold"), **found}


@pytest.mark.parametrize(
    ("found", "decided_by"), [(0.69, "confidence_threshold"), (0.7, "max_wrong_rate")]
)
def test_what_labels_found_no_lower_than_what_is_set_is_said_to_be_theirs(db, found, decided_by):
    labels_found(db, found, "gpt-5", *KEYS)
    assert {held(db)[name] for name in ("gpt-5", *KEYS)} == {(0.7, decided_by)}


def test_what_labels_found_in_another_language_is_not_told(db):
    labels_found(db, 0.85, "gpt-5", language="de")
    tuned = {
        language: call(db, "explain_gate", "whatsapp", language)["tuned"]
        for language in ("de", "fr")
    }
    assert (tuned["de"]["gpt-5"]["threshold"], tuned["fr"]) == (0.85, {})


def test_what_labels_found_of_one_answerer_is_told_of_that_one_alone(db):
    shipped = {fit.key: (fit.gate(0.05), "shipped") for fit in CALIBRATORS.values()}
    labels_found(db, 0.85, FIT, "gpt-5")
    assert held(db) == {
        **shipped,
        "model": (0.7, "confidence_threshold"),
        "gpt-5": (0.85, "max_wrong_rate"),
        FIT: (0.85, "max_wrong_rate"),
    }


def test_a_model_with_too_few_labels_is_told_too_as_it_is_set(db):
    labels_found(db, None, "gpt-5")
    assert held(db)["gpt-5"] == (0.7, "confidence_threshold")


def test_a_run_keeps_the_fit_and_who_taught_its_gate(db):
    article = add_article(db)
    write_in(db)
    [turn] = claim_turns(db)
    record(db, turn, answer(article, fit=FIT, needed=0.985, gate="shipped"))
    message = one(db, "select id from messages where sender_type = 'ai'")
    gate = call(db, "explain_answer", message)["runs"][0]["gate"]
    assert (gate["fit"], gate["needed"], gate["gate"]) == (FIT, 0.985, "shipped")
