"""Which turns of the past are tried, and what was known in them."""

from __future__ import annotations

import psycopg
import pytest

from tests.sql.learning.backtests import BODY, claim, past, start
from tests.sql.rows import answer, call, claim_turns, one, record, write_in


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


def test_a_time_that_is_none_is_refused_with_how_one_looks(db):
    with pytest.raises(psycopg.Error) as caught, db.transaction():
        start(db, filter={"since": "soon"})
    assert caught.value.diag.message_primary == "since is no time: soon"
    assert "2026-01-31" in caught.value.diag.message_hint
