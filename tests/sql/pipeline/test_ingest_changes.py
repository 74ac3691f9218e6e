"""Reactions, edits and take-backs, also before the message they are about."""

from __future__ import annotations

import psycopg
import pytest

from tests.sql.rows import (
    PHONE,
    call,
    claim_turns,
    ingest,
    message,
    one,
    rows,
    state_of,
    write_in,
)

MINE = [{"kind": "phone", "value": PHONE}]


def reaction(target, emoji="\u2764"):
    return {
        "kind": "reaction",
        "account": "shop",
        "external_id": "wamid.r",
        "target_id": target,
        "emoji": emoji,
        "identities": MINE,
    }


def edit(target, content):
    return {"kind": "edit", "account": "shop", "target_id": target, "content": content}


def revoke(target):
    return {"kind": "revoke", "account": "shop", "target_id": target}


def stored(db, column):
    return one(db, f"select {column} from messages where external_message_id = 'wamid.1'")


def test_a_reaction_is_kept_and_taken_back(db):
    write_in(db, external_id="wamid.1")
    ingest(db, reaction("wamid.1"))
    assert stored(db, "metadata -> 'reactions'") == {PHONE: "\u2764"}
    ingest(db, reaction("wamid.1", None))
    assert stored(db, "metadata -> 'reactions'") == {}


def test_an_edit_shows_the_new_words_and_keeps_the_old(db):
    write_in(db, "Helo", external_id="wamid.1")
    ingest(db, edit("wamid.1", "Hello"))
    ingest(db, edit("wamid.1", "Hello"))
    assert stored(db, "content") == "Hello"
    assert stored(db, "metadata -> 'versions'") == ["Helo"]
    assert stored(db, "edited_at is not null") is True


def test_what_is_taken_back_is_gone_and_its_place_stays(db):
    write_in(db, "Secret", external_id="wamid.1", media=[{"kind": "image", "url": "http://x"}])
    ingest(db, edit("wamid.1", "Other secret"), revoke("wamid.1"))
    query = "select content, media_url, metadata ?| '{media,versions}', seq from messages"
    assert rows(db, query) == [("", None, False, 1)]


def test_an_edit_after_a_take_back_changes_nothing(db):
    write_in(db, "Secret", external_id="wamid.1")
    ingest(db, revoke("wamid.1"), edit("wamid.1", "Again"))
    assert stored(db, "content") == ""


@pytest.mark.parametrize(
    ("change", "column", "value"),
    [
        (reaction("wamid.1"), "metadata -> 'reactions' ->> '" + PHONE + "'", "\u2764"),
        (edit("wamid.1", "Hello there"), "content", "Hello there"),
        (revoke("wamid.1"), "deleted_at is not null", True),
    ],
)
@pytest.mark.parametrize("together", [True, False])
def test_what_comes_before_its_message_waits_for_it(db, change, column, value, together):
    if together:
        ingest(db, change, message(external_id="wamid.1"))
    else:
        ingest(db, change)
        assert rows(db, "select is_parked from private.rejected_items") == [True]
        ingest(db, message(external_id="wamid.1"))
    assert stored(db, column) == value
    assert rows(db, "select * from dead_letters") == []


def test_what_waits_in_vain_becomes_a_dead_letter(db):
    ingest(db, reaction("wamid.never"))
    call(db, "private.upkeep")
    assert rows(db, "select * from dead_letters") == []
    db.execute("update private.rejected_items set created_at = now() - interval '11 minutes'")
    call(db, "private.upkeep")
    assert rows(db, "select kind from dead_letters") == ["item"]


def test_the_newest_words_stay_in_the_list_when_older_ones_are_taken_back(db):
    conversation = write_in(db, "Older", external_id="wamid.1")
    write_in(db, "Newer")
    ingest(db, revoke("wamid.1"))
    assert state_of(db, conversation, "last_message") == "Newer"


def test_a_reaction_and_its_message_that_pass_each_other_meet_in_the_upkeep(fresh_database):
    url = fresh_database()
    with (
        psycopg.connect(url, autocommit=True) as one_door,
        psycopg.connect(url, autocommit=True) as other_door,
    ):
        write_in(one_door)
        with one_door.transaction():
            ingest(one_door, message(external_id="wamid.1"))
            ingest(other_door, reaction("wamid.1"))
        assert stored(one_door, "metadata -> 'reactions'") is None
        call(one_door, "private.upkeep")
        assert stored(one_door, "metadata -> 'reactions'") == {PHONE: "\u2764"}


def test_upkeep_finds_what_was_parked_too_long(db):
    ingest(db, reaction("wamid.1"))
    write_in(db, external_id="wamid.1")
    db.execute("update private.rejected_items set resolved_at = null")
    assert call(db, "private.settle_parked") == 1


def test_a_question_taken_back_needs_no_answer(db):
    write_in(db, external_id="wamid.1")
    ingest(db, revoke("wamid.1"))
    query = "select state, outcome, reason from private.reply_jobs"
    assert rows(db, query) == [("cancelled", "superseded", "taken_back")]


@pytest.mark.parametrize("other", ["answered before", "a note beside it"])
def test_a_question_taken_back_needs_no_answer_whatever_else_was_said(db, other):
    conversation = write_in(db, "Where is it?")
    if other == "answered before":
        db.execute("update private.reply_jobs set state = 'done', outcome = 'answered'")
    else:
        db.execute("update messages set calls_for_answer = false")
    write_in(db, "And when?", external_id="wamid.1")
    ingest(db, revoke("wamid.1"))
    query = (
        "select count(*) from private.reply_jobs"
        " where conversation_id = %s and state in ('waiting', 'running')"
    )
    assert one(db, query, conversation) == 0


def test_of_two_questions_the_one_that_stays_is_answered(db):
    write_in(db, "Hello", external_id="wamid.1")
    write_in(db, "How long does delivery take?", external_id="wamid.2")
    ingest(db, revoke("wamid.1"))
    [turn] = claim_turns(db)
    assert turn["question"] == "How long does delivery take?"


def test_a_message_quotes_only_within_its_own_conversation(db):
    write_in(db, phone="4915200000001", external_id="wamid.1")
    write_in(db, phone="4915200000002", external_id="wamid.2", reply_to="wamid.1")
    query = "select reply_to_id from messages where external_message_id = 'wamid.2'"
    assert one(db, query) is None


def at(minute, item):
    return {**item, "occurred_at": f"2026-11-20T12:{minute:02}:00+00:00"}


def test_edits_in_any_order_end_with_the_last(db):
    write_in(db, "v0", external_id="wamid.1")
    ingest(db, at(2, edit("wamid.1", "v2")), at(1, edit("wamid.1", "v1")))
    ingest(db, at(2, edit("wamid.1", "v2")))
    assert stored(db, "content") == "v2"
    assert stored(db, "metadata -> 'versions'") == ["v0"]


@pytest.mark.parametrize("order", [(1, 2), (2, 1)])
def test_an_edit_that_says_the_first_words_again_counts_in_any_order(db, order):
    write_in(db, "Monday", external_id="wamid.1")
    edits = {1: at(1, edit("wamid.1", "Tuesday")), 2: at(2, edit("wamid.1", "Monday"))}
    ingest(db, *(edits[number] for number in order))
    assert stored(db, "content") == "Monday"


def test_a_reaction_that_comes_again_after_it_was_taken_back_stays_gone(db):
    write_in(db, external_id="wamid.1")
    ingest(db, at(1, reaction("wamid.1")), at(2, reaction("wamid.1", None)))
    ingest(db, at(1, reaction("wamid.1")))
    assert stored(db, "metadata -> 'reactions'") == {}


def test_of_two_reactions_within_a_second_the_later_to_come_counts(db):
    write_in(db, external_id="wamid.1")
    heart, thumb = (
        {**at(1, reaction("wamid.1", emoji)), "external_id": emoji} for emoji in "\u2764\u2705"
    )
    ingest(db, heart, thumb)
    ingest(db, thumb)
    assert stored(db, "metadata -> 'reactions'") == {PHONE: "\u2705"}
    ingest(db, {**at(1, reaction("wamid.1", None)), "external_id": "gone"})
    assert stored(db, "metadata -> 'reactions'") == {}


def test_nothing_that_was_shown_stays_of_what_is_taken_back(db):
    contacts = {"contacts": [{"name": "Ada"}], "location": {"latitude": 1}}
    conversation = write_in(db, "Ada, 123", external_id="wamid.1", metadata=contacts)
    ingest(db, revoke("wamid.1"))
    assert stored(db, "metadata ?| '{contacts,location}'") is False
    query = "select last_message from conversations where id = %s"
    assert one(db, query, conversation) == "[text]"
