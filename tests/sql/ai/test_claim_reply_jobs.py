"""Claiming a turn: ready to answer, held by one, free again when its worker dies."""

from __future__ import annotations

import threading

import psycopg
import pytest

from tests.sql.mails import receive
from tests.sql.rows import (
    acting,
    add_agent,
    add_article,
    answer,
    broadcasts,
    call,
    claim_turns,
    ingest,
    make_due,
    message,
    record,
    rows,
    write_in,
)


def claim(db, worker, limit=10):
    return rows(db, "select private.claim_reply_jobs(%s, %s)", worker, limit)


def silence(db, worker):
    db.execute(
        "update private.processes set seen_at = now() - interval '1 minute' where name = %s",
        [worker],
    )


def test_a_turn_comes_ready_to_answer(db):
    article = add_article(db, "Delivery time")
    conversation = write_in(db, "Delivery time?", language="en")
    [turn] = claim_turns(db)
    assert turn["conversation_id"] == str(conversation)
    assert turn["question"] == "Delivery time?"
    assert turn["history"][0]["role"] == "customer"
    assert turn["knowledge"][0]["article_id"] == str(article)
    assert (turn["threshold"], turn["language"], turn["attempt"]) == (0.7, "en", 1)
    assert 0 < turn["remaining_ms"] <= 6000


def test_a_turn_brings_the_last_twelve_messages(db):
    for number in range(14):
        write_in(db, f"Message {number}")
    db.execute("update private.reply_jobs set state = 'cancelled', outcome = 'taken_over'")
    write_in(db, "Message 14")
    [turn] = claim_turns(db)
    assert [line["content"] for line in turn["history"]] == [f"Message {n}" for n in range(3, 15)]


@pytest.mark.parametrize(
    ("phone", "language"),
    [
        ("491701234567", "de"),
        ("35191234567", "pt"),
        ("+44 7700 900123", "en"),
        ("4670123456", None),
    ],
)
def test_of_a_telephone_number_a_turn_holds_the_countrys_language(db, phone, language):
    write_in(db, phone=phone)
    [turn] = claim_turns(db)
    assert (turn["language"], turn["language_is_known"]) == (language, False)
    assert phone not in str(turn)


def test_the_customers_language_says_more_than_their_telephone(db):
    write_in(db)
    db.execute("update customer_profiles set language = 'tr'")
    [turn] = claim_turns(db)
    assert (turn["language"], turn["language_is_known"]) == ("tr", False)


@pytest.mark.parametrize(
    ("text", "metadata", "question"),
    [
        ("", {"subject": "Where is my order?"}, "Where is my order?"),
        ("Number 12", {"subject": "Where is my order?"}, "Where is my order?\nNumber 12"),
        ("Number 12", {"subject": ""}, "Number 12"),
        ("Number 12", {"subject": "(no subject)"}, "Number 12"),
        ("Number 12", {"subject": "Kein Betreff"}, "Number 12"),
        ("Number 12", {"subject": "<Без темы>"}, "Number 12"),
        ("Number 12", {"subject": "No subject line?"}, "No subject line?\nNumber 12"),
        ("Number 12", {"subject": "Re: Your order", "in_reply_to": "a@b.c"}, "Number 12"),
    ],
)
def test_a_mail_asks_in_its_subject_too(db, text, metadata, question):
    receive(db, text, metadata=metadata)
    [turn] = claim_turns(db)
    assert turn["question"] == question


def test_a_burst_is_one_question(db):
    for text in ("Hi", "one more thing", "how long?"):
        write_in(db, text)
    [turn] = claim_turns(db)
    assert turn["question"] == "Hi\none more thing\nhow long?"


def test_the_first_moments_belong_to_the_customer(db):
    write_in(db)
    assert claim(db, "w1") == []


def test_a_held_turn_is_nobody_elses(db):
    write_in(db)
    claim_turns(db, "w1")
    assert claim_turns(db, "w2") == []


def test_a_silent_workers_turn_is_claimed_again_and_voids_the_first(db):
    article = add_article(db)
    write_in(db)
    [first] = claim_turns(db, "w1")
    silence(db, "w1")
    [second] = claim_turns(db, "w2")
    assert second["attempt"] == 2
    assert record(db, first, answer(article), "w1") == "fenced"
    assert record(db, second, answer(article), "w2") == "answered"


def test_close_to_the_deadline_nobody_else_starts_over(db):
    write_in(db)
    claim_turns(db, "w1")
    silence(db, "w1")
    db.execute("update private.reply_jobs set deadline = clock_timestamp() + interval '0.9 s'")
    assert claim_turns(db, "w2") == []


def test_a_worker_that_stops_gives_its_turns_back(db):
    write_in(db)
    claim_turns(db, "w1")
    rings = len(broadcasts(db, "worker", "reply_jobs"))
    assert call(db, "private.release_reply_jobs", "w1") == 1
    assert len(broadcasts(db, "worker", "reply_jobs")) == rings + 1
    assert call(db, "private.release_reply_jobs", "w1") == 0
    [turn] = claim(db, "w2")
    assert turn["attempt"] == 3


def test_a_note_among_the_questions_is_not_asked(db):
    conversation = write_in(db, "How long?")
    with acting(db, add_agent(db)):
        db.execute("select send_message(%s, 'A regular.', p_private => true)", [conversation])
    write_in(db, "And abroad?")
    assert [turn["question"] for turn in claim_turns(db)] == ["How long?\nAnd abroad?"]


def test_a_worker_that_stops_gives_back_nothing_that_is_done(db):
    write_in(db)
    [turn] = claim_turns(db, "w1")
    record(db, turn, answer(add_article(db)), "w1")
    write_in(db, "And abroad?")
    claim_turns(db, "w1")
    assert call(db, "private.release_reply_jobs", "w1") == 1
    states = "select state from private.reply_jobs order by first_seq"
    assert rows(db, states) == ["done", "waiting"]


def test_the_most_urgent_first(db):
    slow, fast = write_in(db, phone="491"), write_in(db, phone="492")
    db.execute(
        "update private.reply_jobs set deadline = now() + interval '2 s'"
        " where conversation_id = %s",
        [fast],
    )
    assert [turn["conversation_id"] for turn in claim_turns(db, limit=1)] == [str(fast)]
    assert [turn["conversation_id"] for turn in claim_turns(db, limit=1)] == [str(slow)]


def test_the_closest_setting_holds(db):
    db.execute(
        "insert into ai_settings (channel_type, language, confidence_threshold, instructions)"
        " values (null, null, 0.5, 'any'), ('whatsapp', null, 0.6, 'chat'),"
        " ('whatsapp', 'de', 0.9, 'chat, German'), ('email', 'de', 0.1, 'mail')"
    )
    for phone, language in [("491", "de"), ("492", "en")]:
        write_in(db, phone=phone, language=language)
    found = {(turn["language"], turn["threshold"]) for turn in claim_turns(db)}
    assert found == {("de", 0.9), ("en", 0.6)}


def test_workers_never_hold_the_same_turn(fresh_database):
    url, claimed, workers = fresh_database(), [], 4
    with psycopg.connect(url, autocommit=True) as connection:
        ingest(connection, *[message(phone=f"49{number}") for number in range(40)])
        make_due(connection)
        for number in range(workers):
            call(connection, "private.heartbeat", "worker", f"w{number}")
        # Nobody beats meanwhile, and the turns of a silent worker are anybody's.
        connection.execute("update private.processes set seen_at = now() + interval '1 hour'")

    def work(name):
        with psycopg.connect(url, autocommit=True) as connection:
            for _ in range(15):
                claimed.extend(turn["job_id"] for turn in claim(connection, name, 4))

    threads = [threading.Thread(target=work, args=[f"w{number}"]) for number in range(workers)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(claimed) == len(set(claimed)) == 40
