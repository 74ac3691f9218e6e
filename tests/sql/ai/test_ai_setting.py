"""How the AI answers, by channel and language: rows that inherit field by field (R50, R120)."""

from __future__ import annotations

import psycopg
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
    refused,
    rows,
    write_in,
)


def add_setting(db, channel=None, language=None, **columns):
    values = {"channel_type": channel, "language": language, **columns}
    names, places = ", ".join(values), ", ".join(["%s"] * len(values))
    db.execute(f"insert into ai_settings ({names}) values ({places})", list(values.values()))


def setting(db, channel="whatsapp", language="de"):
    return call(db, "private.ai_setting", channel, language)


def test_without_rows_the_defaults_hold(db):
    found = setting(db)
    assert (found["mode"], found["confidence_threshold"], found["max_wrong_rate"]) == (
        "auto",
        0.7,
        0.05,
    )
    assert call(db, "private.threshold_of", found, "test") == 0.7


def test_a_row_that_sets_the_tone_leaves_the_rest(db):
    add_setting(db, confidence_threshold=0.9, instructions="We sell tea.", guardrails="No advice.")
    add_setting(db, "whatsapp", "de", tone="Duzen.")
    found = setting(db)
    assert (found["tone"], found["confidence_threshold"]) == ("Duzen.", 0.9)
    told = call(db, "private.told_to_model", found)
    assert told == "We sell tea.\n\nTone: Duzen.\n\nNever: No advice."
    assert "tone" not in setting(db, "whatsapp", "en")


CLOSEST = [("whatsapp", "de", "both"), ("whatsapp", "fr", "channel"), ("email", "de", "language")]


@pytest.mark.parametrize(("channel", "language", "tone"), [*CLOSEST, ("email", "fr", "any")])
def test_the_closest_row_holds(db, channel, language, tone):
    add_setting(db, tone="any")
    add_setting(db, None, "de", tone="language")
    add_setting(db, "whatsapp", None, tone="channel")
    add_setting(db, "whatsapp", "de", tone="both")
    assert setting(db, channel, language)["tone"] == tone


@pytest.mark.parametrize(
    ("spoken", "holds"), [("de", True), ("de-AT", True), ("DE", True), ("en", False), (None, False)]
)
def test_a_language_counts_with_its_regions(db, spoken, holds):
    add_setting(db, None, "de", tone="Duzen.")
    assert ("tone" in setting(db, "whatsapp", spoken)) is holds


def test_a_turn_brings_what_the_model_is_told(db):
    add_setting(db, instructions="We sell tea.", confidence_threshold=0.8)
    add_setting(db, "whatsapp", tone="Short.")
    write_in(db)
    [turn] = claim_turns(db)
    assert turn["instructions"] == "We sell tea.\n\nTone: Short."
    assert turn["threshold"] == 0.8


def test_what_labels_found_holds_where_it_is_higher(db):
    add_setting(db, "whatsapp", max_wrong_rate=0.02)
    found = {"test": {"threshold": 0.85, "labels": 200, "model": "test"}}
    call(db, "private.store_thresholds", "whatsapp", None, 0.02, found)
    gate = call(db, "explain_gate", "whatsapp", "de")
    held = {"answerer": "model", "model": "test", "needed": 0.85, "decided_by": "max_wrong_rate"}
    assert held in gate["answerers"]
    assert gate["tuned"] == found
    assert call(db, "explain_gate", "email")["tuned"] == {}


@pytest.mark.parametrize(
    ("channel", "language"), [("sms", "de"), ("whatsapp", "german"), ("whatsapp", "xx")]
)
def test_a_channel_or_a_language_that_there_is_not_has_no_gate(db, channel, language):
    with refused(db, "PT400"):
        call(db, "explain_gate", channel, language)


def test_the_gate_of_labels_refuses_an_answer_too(db):
    article = add_article(db)
    call(db, "private.store_thresholds", None, None, 0.05, {"test": {"threshold": 0.95}})
    write_in(db)
    [turn] = claim_turns(db)
    assert (turn["threshold"], turn["gates"]) == (0.7, {"test": 0.95})
    assert record(db, turn, answer(article)) == "handed_over"
    assert one(db, "select threshold from ai_runs") == 0.95


@pytest.mark.parametrize("rate", [0.02, 1])
def test_what_labels_found_for_another_share_says_nothing(db, rate):
    add_setting(db, max_wrong_rate=rate)
    call(db, "private.store_thresholds", None, None, 0.05, {"test": {"threshold": 0.95}})
    assert call(db, "explain_gate", "whatsapp")["tuned"] == {}


def test_only_agents_have_the_gate_explained(db):
    with acting(db, None), refused(db, "PT403"):
        call(db, "explain_gate", "whatsapp")
    with acting(db, add_agent(db)):
        assert call(db, "explain_gate", "whatsapp")["mode"] == "auto"


def test_admins_change_settings_and_that_is_noted(db):
    admin = add_agent(db, "admin")
    with acting(db, admin):
        add_setting(db, tone="Short.")
    query = "select actor_id, action from audit_log where subject = 'ai_settings'"
    assert rows(db, query) == [(admin, "insert")]
    with acting(db, add_agent(db)), pytest.raises(psycopg.errors.InsufficientPrivilege):
        add_setting(db, "whatsapp", tone="Long.")


def test_a_turn_brings_the_settings_of_the_languages_it_may_be_in(db):
    write_in(db, phone="491")
    [plain] = claim_turns(db)
    assert plain["by_language"] == {}
    add_setting(db, confidence_threshold=0.6)
    add_setting(db, "whatsapp", "de", instructions="Duzen.")
    add_setting(db, "email", "fr", instructions="Vouvoyer.")
    write_in(db, phone="999")
    [turn] = claim_turns(db)
    assert (turn["language"], turn["threshold"], turn["instructions"]) == (None, 0.6, "")
    others = {name: told["instructions"] for name, told in turn["by_language"].items()}
    assert others == {"de": "Duzen.", "": ""}
    assert turn["by_language"]["de"]["threshold"] == 0.6


@pytest.mark.parametrize(("language", "state"), [("de", "handed_over"), ("en", "answered")])
def test_the_gate_of_a_language_holds_from_the_first_message(db, language, state):
    article = add_article(db)
    add_setting(db, None, "de", confidence_threshold=0.99)
    write_in(db)
    [turn] = claim_turns(db)
    heard = {"language": language, "language_probability": 0.98}
    assert record(db, turn, answer(article, **heard)) == state
