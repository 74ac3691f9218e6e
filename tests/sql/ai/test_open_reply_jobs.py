"""When the AI's turn opens, and whom it rings."""

from __future__ import annotations

import pytest

from tests.sql.rows import (
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


def test_a_question_opens_a_turn_of_six_seconds(db):
    write_in(db)
    query = """
    select extract(epoch from deadline - messages.created_at), state, first_seq, last_seq
    from private.reply_jobs join messages on messages.id = first_message_id
    """
    assert rows(db, query) == [(6, "waiting", 1, 1)]
    assert broadcasts(db, "worker", "reply_jobs") == [{"delay_ms": 700}]


@pytest.mark.parametrize(
    "event",
    [
        message(calls_for_answer=False),
        message(sender="agent"),
        {"kind": "reaction", "account": "shop", "target_id": "x", "identities": [], "emoji": "+"},
    ],
)
def test_what_calls_for_no_answer_opens_none(db, event):
    ingest(db, event)
    assert rows(db, "select id from private.reply_jobs") == []
    assert broadcasts(db, "worker", "reply_jobs") == []


def test_a_conversation_has_one_open_turn_with_the_first_deadline(db):
    write_in(db)
    before = one(db, "select deadline from private.reply_jobs")
    write_in(db, "And?")
    assert rows(db, "select deadline, last_seq from private.reply_jobs") == [(before, 2)]


def test_of_messages_stored_at_once_the_first_ones_time_counts(db):
    conversation = write_in(db)
    db.execute("update private.reply_jobs set state = 'cancelled', outcome = 'taken_over'")
    db.execute(
        "insert into messages (conversation_id, sender_type, content, channel_type, channel_id,"
        " calls_for_answer, created_at)"
        " select id, 'customer', 'And?', channel_type, channel_id, true,"
        " clock_timestamp() - late * interval '1 s' from conversations, unnest(array[2, 0]) as late"
        " where id = %s",
        [conversation],
    )
    query = """
    select deadline = min(messages.created_at) + interval '6 seconds'
    from private.reply_jobs join messages using (conversation_id)
    where state = 'waiting' and seq > 1 group by deadline
    """
    assert one(db, query) is True


def test_a_burst_cannot_put_the_answer_off_for_ever(db):
    write_in(db)
    db.execute("update private.reply_jobs set deadline = clock_timestamp() + interval '3 s'")
    write_in(db, "And?")
    query = "select not_before < clock_timestamp() from private.reply_jobs"
    assert one(db, query) is True


def test_a_running_turn_is_told_to_stop(db):
    write_in(db)
    [turn] = claim_turns(db)
    write_in(db, "And?")
    [ring] = broadcasts(db, "worker", "cancel")
    assert ring["job_id"] == turn["job_id"]


def test_a_turn_that_a_person_takes_is_told_to_stop(db):
    conversation = write_in(db)
    [turn] = claim_turns(db)
    call(db, "take_over", conversation)
    [ring] = broadcasts(db, "worker", "cancel")
    assert (ring["job_id"], ring["attempt"]) == (turn["job_id"], turn["attempt"])


def test_in_human_hands_none_opens(db):
    conversation = write_in(db)
    call(db, "take_over", conversation)
    write_in(db, "And?")
    assert rows(db, "select outcome from private.reply_jobs") == ["taken_over"]


def test_where_the_ai_is_off_people_get_it_at_once(db):
    db.execute("insert into ai_settings (channel_type, mode) values ('whatsapp', 'off')")
    conversation = write_in(db, language="de")
    assert [sender for sender, _ in said(db, conversation)] == ["customer", "system"]
    assert state_of(db, conversation, "handed_over_reason") == "ai_disabled"
    assert rows(db, "select id from private.reply_jobs") == []


def test_elsewhere_it_stays_on(db):
    db.execute("insert into ai_settings (channel_type, mode) values ('email', 'off')")
    write_in(db)
    assert rows(db, "select state from private.reply_jobs") == ["waiting"]


def test_an_echo_beside_a_question_keeps_the_ai_silent(db):
    ingest(db, message("Hello", phone="491"), message("On it", phone="491", sender="agent"))
    assert rows(db, "select id from private.reply_jobs where outcome is null") == []
    assert one(db, "select ai_mode from conversations") == "human"


@pytest.mark.parametrize(("mode", "turns"), [("shadow", 2), ("auto", 1), ("off", 1)])
def test_what_was_followed_in_shadow_is_followed_while_shadow_holds(db, mode, turns):
    db.execute("insert into ai_settings (mode) values ('shadow')")
    write_in(db, "Where is it?")
    [turn] = claim_turns(db)
    record(db, turn, {"outcome": "hand_over"})
    db.execute("update ai_settings set mode = %s", [mode])
    write_in(db, "And abroad?")
    assert one(db, "select count(*) from private.reply_jobs") == turns
