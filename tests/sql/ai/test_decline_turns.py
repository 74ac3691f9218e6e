"""Where the AI is off, and where it only follows along (shadow mode)."""

from __future__ import annotations

import psycopg
import pytest

from tests.invariants import assert_invariants
from tests.sql.rows import (
    add_article,
    answer,
    broadcasts,
    call,
    claim_turns,
    ingest,
    message,
    one,
    record,
    rows,
    said,
    state_of,
    write_in,
)


@pytest.fixture
def article(db):
    db.execute("insert into ai_settings (channel_type, mode) values ('whatsapp', 'shadow')")
    return add_article(db)


def test_in_shadow_people_have_it_and_nothing_is_sent(db, article):
    conversation = write_in(db, "How long?")
    assert state_of(db, conversation, "ai_mode") == "human"
    [turn] = claim_turns(db)
    assert (turn["is_shadow"], turn["question"]) == (True, "How long?")
    result = call(
        db, "private.record_ai_reply", turn["job_id"], "w1", turn["attempt"], answer(article)
    )
    assert (result["state"], result["message_id"]) == ("shadowed", None)
    assert said(db, conversation) == [("customer", "How long?")]
    assert rows(db, "select id from private.deliveries") == []
    query = "select outcome, is_shadow, reply, message_id from ai_runs"
    assert rows(db, query) == [("answered", True, "It takes two days.", None)]
    assert rows(db, "select state, outcome from private.reply_jobs") == [
        ("cancelled", "taken_over")
    ]


def test_what_would_be_handed_over_is_noted_as_well(db, article):
    write_in(db)
    [turn] = claim_turns(db)
    reply = answer(article, signals={"complaint": True, "sentiment": "negative"})
    assert record(db, turn, reply) == "shadowed"
    assert rows(db, "select outcome, reason from ai_runs") == [("handed_over", "complaint")]
    assert one(db, "select sentiment from conversations") == "negative"


def test_a_person_who_is_quicker_does_not_spoil_the_note(db, article):
    write_in(db)
    [turn] = claim_turns(db)
    ingest(db, message("Two days", sender="agent"))
    assert broadcasts(db, "worker", "cancel") == []
    assert record(db, turn, answer(article)) == "shadowed"


def test_every_question_is_followed(db, article):
    for text in ("One", "Two"):
        write_in(db, text)
        [turn] = claim_turns(db)
        assert record(db, turn, answer(article)) == "shadowed"
    assert one(db, "select count(*) from ai_runs where is_shadow") == 2


def test_a_newer_message_fences_a_run_in_shadow_too(db, article):
    write_in(db)
    [turn] = claim_turns(db)
    write_in(db, "And?")
    assert record(db, turn, answer(article)) == "fenced"


def test_nobody_hears_of_a_shadow_that_is_late(db, article):
    conversation = write_in(db)
    db.execute("update private.reply_jobs set deadline = clock_timestamp()")
    call(db, "private.hand_over_overdue")
    assert rows(db, "select outcome, reason from private.reply_jobs") == [
        ("taken_over", "deadline")
    ]
    assert said(db, conversation) == [("customer", "Hello")]


def test_after_the_shadow_the_ai_answers_new_conversations(db, article):
    first = write_in(db, phone="491")
    claim_turns(db)
    db.execute("update ai_settings set mode = 'auto'")
    write_in(db, "Two", phone="491")
    second = write_in(db, phone="492")
    assert state_of(db, first, "ai_mode") == "human"
    assert state_of(db, second, "ai_mode") == "auto"
    query = "select conversation_id, is_shadow from private.reply_jobs where outcome is null"
    assert dict(rows(db, query)) == {first: True, second: False}


def test_a_resolved_conversation_is_in_shadow_again(db, article):
    conversation = write_in(db)
    call(db, "resolve_conversation", conversation)
    write_in(db, "Again")
    assert state_of(db, conversation, "handed_over_reason") == "shadow"
    assert one(db, "select bool_and(is_shadow) from private.reply_jobs") is True


def test_the_invariants_hold_in_shadow(fresh_database):
    with psycopg.connect(fresh_database(), autocommit=True) as db:
        db.execute("insert into ai_settings (mode) values ('shadow')")
        article = add_article(db)
        write_in(db)
        [turn] = claim_turns(db)
        record(db, turn, answer(article))
        assert_invariants(db)


def test_off_for_one_language_people_are_told_of(db, article):
    db.execute("insert into ai_settings (language, mode) values ('fr', 'off')")
    db.execute("update ai_settings set mode = 'auto' where channel_type = 'whatsapp'")
    db.execute("update ai_settings set channel_type = null, mode = null where language is null")
    conversation = write_in(db, language="fr")
    assert [sender for sender, _ in said(db, conversation)] == ["customer", "system"]


def test_what_the_ai_has_already_it_keeps_until_its_customer_writes(db):
    kept = write_in(db, language="en")
    db.execute("insert into ai_settings (mode) values ('off')")
    write_in(db, phone="4915100000009", language="en")
    assert state_of(db, kept, "ai_mode") == "auto"
    write_in(db, "Again", language="en")
    assert state_of(db, kept, "ai_mode") == "human"


def test_what_calls_for_no_answer_is_not_handed_over_where_the_ai_is_off(db):
    db.execute("insert into ai_settings (mode) values ('off')")
    conversation = write_in(db, "Out of office", language="en", calls_for_answer=False)
    assert state_of(db, conversation, "ai_mode") == "auto"
    assert [sender for sender, _ in said(db, conversation)] == ["customer"]


FRENCH = {"language": "fr", "language_probability": 0.9}


@pytest.fixture
def switched_off(db):
    db.execute("insert into ai_settings (mode) values ('off')")
    return add_article(db)


def test_a_stranger_hears_in_their_own_language_that_people_answer(db, switched_off):
    conversation = write_in(db, "Où est mon colis ?")
    [turn] = claim_turns(db)
    assert turn["mode"] == "off"
    assert record(db, turn, answer(switched_off, **FRENCH)) == "handed_over"
    assert said(db, conversation)[1:] == [("system", call(db, "private.hand_over_text", "fr"))]
    assert state_of(db, conversation, "handed_over_reason") == "ai_disabled"


def test_off_the_ai_is_asked_nothing(db, switched_off):
    write_in(db)
    [turn] = claim_turns(db)
    record(db, turn, answer(switched_off))
    since, until = "now() - interval '1 day'", "now() + interval '1 day'"
    assert rows(db, f"select turns from private.ai_cases({since}, {until})") == []


@pytest.mark.parametrize(("mode", "other"), [("off", "auto"), ("auto", "off")])
def test_the_mode_of_a_language_holds_from_the_first_message(db, mode, other):
    article = add_article(db)
    db.execute(
        "insert into ai_settings (language, mode) values ('fr', %s), (null, %s)", [mode, other]
    )
    states = {"off": "handed_over", "auto": "answered"}
    write_in(db, phone="999")
    [turn] = claim_turns(db)
    assert (turn["mode"], turn["by_language"]["fr"]["mode"]) == (other, mode)
    assert record(db, turn, answer(article, **FRENCH)) == states[mode]


def test_in_a_language_heard_in_shadow_people_have_it_from_then_on(db):
    article = add_article(db)
    db.execute("insert into ai_settings (language, mode) values ('fr', 'shadow')")
    conversation = write_in(db, "Où est mon colis ?")
    [turn] = claim_turns(db)
    assert record(db, turn, answer(article, **FRENCH)) == "shadowed"
    assert said(db, conversation) == [("customer", "Où est mon colis ?")]
    assert state_of(db, conversation, "handed_over_reason") == "shadow"
    write_in(db, "Bonjour ?")
    [turn] = claim_turns(db)
    assert turn["is_shadow"] is True
    assert record(db, turn, answer(article, **FRENCH)) == "shadowed"
    assert one(db, "select count(*) from ai_runs where is_shadow") == 2
