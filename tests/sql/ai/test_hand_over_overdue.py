"""The six seconds, kept by the database alone."""

from __future__ import annotations

import pytest

from tests.invariants import broken_invariants
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
    said,
    write_in,
)

DUE = (
    "update private.reply_jobs set deadline = statement_timestamp() + interval '{} s'"
    " where outcome is null"
)
SILENT = "update private.processes set seen_at = statement_timestamp() - interval '{} s'"


def due_in(db, seconds):
    db.execute(DUE.format(seconds))


def swept(db, seconds, silent_s=None):
    """What a sweep says that begins with so much time left, of workers silent for so long."""
    silences = [] if silent_s is None else [SILENT.format(silent_s)]
    # In one message, so that all of it is asked at one time.
    cursor = db.execute("; ".join([*silences, DUE.format(seconds), "select private.sweep()"]))
    while cursor.nextset():
        continue
    return cursor.fetchone()[0]


@pytest.mark.parametrize(
    ("seconds", "is_claimed", "handed_over"),
    [
        (2.0, False, 0),
        (1.2, False, 1),
        (1.2, True, 0),
        (0.8, True, 0),
        (0.5, True, 1),
        (-60, True, 1),
    ],
)
def test_who_has_how_long(db, seconds, is_claimed, handed_over):
    write_in(db)
    if is_claimed:
        claim_turns(db)
    assert swept(db, seconds)["handed_over"] == handed_over


def test_the_sweep_says_when_the_next_turn_runs_out(db):
    assert call(db, "private.sweep")["next_ms"] is None
    write_in(db)
    assert 1200 < swept(db, 3)["next_ms"] <= 1700
    claim_turns(db)
    assert 1950 < swept(db, 3)["next_ms"] <= 2450


def test_the_more_wait_the_earlier_it_begins(db):
    for number in range(100):
        write_in(db, phone=f"4915{number:08d}")
    assert swept(db, 1.8)["handed_over"] > 0


def test_some_are_handed_over_at_a_time(db):
    for number in range(25):
        write_in(db, phone=f"4915{number:08d}")
    due_in(db, 0)
    assert [call(db, "private.sweep")["handed_over"] for _ in range(3)] == [20, 5, 0]


@pytest.mark.parametrize(
    ("silent_s", "seconds", "handed_over"), [(1.0, 0.8, 0), (2.0, 0.8, 1), (2.0, 1.2, 0)]
)
def test_a_worker_that_missed_its_beat_has_the_time_of_its_model(
    db, silent_s, seconds, handed_over
):
    write_in(db)
    claim_turns(db)
    assert swept(db, seconds, silent_s)["handed_over"] == handed_over


def test_a_turn_of_a_worker_that_missed_its_beat_runs_out_earlier(db):
    write_in(db)
    claim_turns(db)
    assert 1600 < swept(db, 3, 2.0)["next_ms"] <= 2100


def test_a_dead_workers_turn_is_handed_over_in_good_time(db):
    write_in(db)
    claim_turns(db)
    assert swept(db, 1.2, 60)["handed_over"] == 1


def test_the_customer_is_told_and_the_reason_kept(db):
    conversation = write_in(db)
    due_in(db, 0)
    call(db, "private.sweep")
    assert [sender for sender, _ in said(db, conversation)] == ["customer", "system"]
    assert rows(db, "select outcome, reason from private.reply_jobs") == [
        ("handed_over", "deadline")
    ]
    assert rows(db, "select ai_mode, handed_over_reason from conversations") == [
        ("human", "deadline")
    ]


@pytest.mark.parametrize(
    ("phone", "profile", "language"),
    [("33612345678", None, "fr"), ("33612345678", "pl", "pl"), ("4670123456", None, "en")],
)
def test_without_any_worker_the_words_follow_what_is_known_of_the_customer(
    db, phone, profile, language
):
    conversation = write_in(db, phone=phone)
    db.execute("update customer_profiles set language = %s", [profile])
    due_in(db, 0)
    call(db, "private.sweep")
    assert said(db, conversation)[-1][1] == call(db, "private.hand_over_text", language)


def test_sweeping_twice_says_nothing_twice(db):
    conversation = write_in(db)
    due_in(db, 0)
    assert [call(db, "private.sweep")["handed_over"] for _ in range(3)] == [1, 0, 0]
    assert len(said(db, conversation)) == 2


def test_a_turn_that_was_claimed_anew_meanwhile_is_left_to_that_claim(db):
    write_in(db)
    claim_turns(db)
    before = "jsonb_populate_record(reply_jobs, '{\"attempt\": 0}')"
    assert one(db, f"select private.hand_over_job({before}) from private.reply_jobs") is False
    assert one(db, "select private.hand_over_job(reply_jobs) from private.reply_jobs") is True


def test_a_worker_that_comes_after_it_writes_nothing(db):
    article = add_article(db)
    write_in(db)
    [turn] = claim_turns(db)
    due_in(db, 0.3)
    call(db, "private.sweep")
    assert record(db, turn, answer(article)) == "fenced"
    assert broken_invariants(db) == {}


@pytest.fixture
def poisoned(db):
    """Two overdue turns, of which one cannot be handed over whatever is tried."""
    first, second = write_in(db, phone="491"), write_in(db, phone="492")
    db.execute(
        "alter table messages add constraint poison"
        f" check (conversation_id <> '{first}' or sender_type <> 'system')"
    )
    due_in(db, 0)
    return first, second


def test_one_turn_that_cannot_be_ended_does_not_hold_up_the_others(db, poisoned):
    first, second = poisoned
    assert call(db, "private.sweep")["handed_over"] == 1
    assert len(said(db, second)) == 2
    [(kind, conversation, reason)] = rows(
        db, "select kind, conversation_id, reason from dead_letters"
    )
    assert (kind, conversation) == ("reply_job", first)
    assert "poison" in reason
    assert rows(db, "select kind, severity from alerts") == [("reply_job", "critical")]


def test_a_dead_turn_is_taken_up_again(db, poisoned):
    call(db, "private.sweep")
    db.execute("alter table messages drop constraint poison")
    [dead] = rows(db, "select id from dead_letters")
    with acting(db, add_agent(db)):
        assert call(db, "retry_dead_letter", "reply_job", dead) == "waiting"
    assert rows(db, "select kind from dead_letters") == []
    assert claim_turns(db)[0]["question"] == "Hello"
    with refused(db, "PT404"):
        call(db, "retry_dead_letter", "reply_job", dead)


def test_a_dead_turn_that_is_taken_up_again_has_its_own_six_seconds(db, poisoned):
    call(db, "private.sweep")
    db.execute("alter table messages drop constraint poison")
    db.execute("update messages set created_at = created_at - interval '1 hour'")
    call(db, "retry_dead_letter", "reply_job", one(db, "select id from dead_letters"))
    assert call(db, "private.sweep")["handed_over"] == 0
    [turn] = claim_turns(db)
    assert record(db, turn, answer(add_article(db))) == "answered"


def test_a_dead_turn_that_a_person_answered_needs_no_second(db, poisoned):
    call(db, "private.sweep")
    [dead] = rows(db, "select id from dead_letters")
    call(db, "send_message", poisoned[0], "Good day")
    with refused(db, "PT409"):
        call(db, "retry_dead_letter", "reply_job", dead)


def test_a_second_alert_is_not_raised_for_the_same_cause(db, poisoned):
    call(db, "private.sweep")
    assert one(db, "select count(*) from alerts") == 1


def test_a_turn_that_was_answered_meanwhile_is_not_handed_over(db):
    conversation = write_in(db)
    [turn] = claim_turns(db)
    record(db, turn, answer(add_article(db)))
    assert one(db, "select private.hand_over_job(reply_jobs) from private.reply_jobs") is False
    assert [sender for sender, _ in said(db, conversation)] == ["customer", "ai"]


def test_a_turn_ends_once(db):
    write_in(db)
    [turn] = claim_turns(db)
    record(db, turn, answer(add_article(db)))
    call(db, "private.finish_job", turn["job_id"], "handed_over", "deadline")
    assert rows(db, "select outcome from private.reply_jobs") == ["answered"]
