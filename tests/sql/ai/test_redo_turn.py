"""A question that changes while it is being answered is answered as it stands then."""

from __future__ import annotations

import threading

import psycopg
import pytest

from tests.sql.rows import (
    add_article,
    answer,
    broadcasts,
    claim_turns,
    ingest,
    one,
    record,
    rows,
    said,
    write_in,
)
from tests.waiting import wait_until

WAITING = """
select count(*) from pg_stat_activity
where datname = current_database() and wait_event_type = 'Lock' and query like '%%ingest_events%%'
"""
DEADLINE = "select deadline from private.reply_jobs"
CHANGES = {
    "edit": {"content": "Where is my parcel?"},
    "revoke": {},
}


def change(kind, target="wamid.1"):
    return {"kind": kind, "account": "shop", "target_id": target, **CHANGES[kind]}


@pytest.mark.parametrize("kind", CHANGES)
def test_a_question_that_changes_voids_the_answer_under_way(db, kind):
    conversation = write_in(db, "Where is it?", external_id="wamid.1")
    write_in(db, "I ordered shoes.")
    [turn] = claim_turns(db)
    ingest(db, change(kind))
    assert record(db, turn, answer(add_article(db))) == "fenced"
    assert [sender for sender, _ in said(db, conversation)] == ["customer", "customer"]


def test_a_question_taken_back_after_its_answer_leaves_the_turn_as_it_ended(db):
    write_in(db, "Where is it?", external_id="wamid.1")
    [turn] = claim_turns(db)
    record(db, turn, answer(add_article(db)))
    ingest(db, change("revoke"))
    assert rows(db, "select state, outcome from private.reply_jobs") == [("done", "answered")]


@pytest.mark.parametrize(
    ("kind", "question"),
    [("edit", "Where is my parcel?\nI ordered shoes."), ("revoke", "I ordered shoes.")],
)
def test_the_turn_is_claimed_anew_with_the_words_that_stand(db, kind, question):
    write_in(db, "Where is it?", external_id="wamid.1")
    write_in(db, "I ordered shoes.")
    [first] = claim_turns(db)
    deadline = one(db, DEADLINE)
    ingest(db, change(kind))
    assert one(db, "select attempt from private.reply_jobs") > first["attempt"]
    [second] = claim_turns(db, "w2")
    assert second["question"] == question
    assert one(db, DEADLINE) == deadline


def test_whoever_generates_is_told_to_stop(db):
    write_in(db, "Where is it?", external_id="wamid.1")
    [turn] = claim_turns(db)
    ingest(db, change("edit"))
    [ring] = broadcasts(db, "worker", "cancel")
    assert ring["job_id"] == turn["job_id"]
    assert ring["attempt"] >= turn["attempt"]


def test_an_edit_in_the_middle_of_a_claim_voids_it(fresh_database):
    url = fresh_database()
    with psycopg.connect(url) as worker, psycopg.connect(url, autocommit=True) as other:
        article = add_article(other)
        write_in(other, "Where is it?", external_id="wamid.1")
        [turn] = claim_turns(worker)
        editing = threading.Thread(target=edit_apart, args=[url])
        editing.start()
        wait_until(lambda: one(other, WAITING) or not editing.is_alive())
        worker.commit()
        editing.join()
        assert record(other, turn, answer(article)) == "fenced"
        [again] = claim_turns(other, "w2")
        assert again["question"] == CHANGES["edit"]["content"]


def edit_apart(url):
    with psycopg.connect(url) as connection:
        ingest(connection, change("edit"))


def test_an_edit_of_something_older_leaves_the_turn_alone(db):
    write_in(db, "Hello", external_id="wamid.1")
    [turn] = claim_turns(db)
    record(db, turn, answer(add_article(db)))
    write_in(db, "Where is it?")
    [turn] = claim_turns(db)
    ingest(db, change("edit"))
    attempt = one(db, "select attempt from private.reply_jobs where outcome is null")
    assert attempt == turn["attempt"]


def test_an_edit_that_changes_nothing_leaves_the_turn_alone(db):
    write_in(db, CHANGES["edit"]["content"], external_id="wamid.1")
    [turn] = claim_turns(db)
    ingest(db, change("edit"))
    assert rows(db, "select attempt from private.reply_jobs") == [turn["attempt"]]


def test_a_turn_whose_last_words_are_taken_back_ends(db):
    write_in(db, "Where is it?", external_id="wamid.1")
    claim_turns(db)
    ingest(db, change("revoke"))
    found = rows(db, "select state, outcome, reason from private.reply_jobs")
    assert found == [("cancelled", "superseded", "taken_back")]


RELEASING = WAITING.replace("ingest_events", "release_reply_jobs")
LOCK = "select id from conversations order by id for no key update"
TOUCH = """
update private.reply_jobs set attempt = attempt where conversation_id = (
  select id from conversations order by id offset %s limit 1
)
"""


def test_a_worker_that_stops_waits_for_a_batch_that_comes_upon_its_turns_in_another_order(
    fresh_database,
):
    url, released = fresh_database(), []
    with psycopg.connect(url) as batch, psycopg.connect(url, autocommit=True) as other:
        for phone in ("491", "492"):
            write_in(other, phone=phone)
        claim_turns(other)
        batch.execute(LOCK)
        batch.execute(TOUCH, (1,))
        stopping = threading.Thread(target=lambda: released.append(release_apart(url)))
        stopping.start()
        wait_until(lambda: one(other, RELEASING) or not stopping.is_alive())
        batch.execute(TOUCH, (0,))
        batch.commit()
        stopping.join()
    assert released == [2]


def release_apart(url):
    with psycopg.connect(url) as connection:
        return one(connection, "select private.release_reply_jobs('w1')")
