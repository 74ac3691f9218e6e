"""The same message from many doors at once."""

from __future__ import annotations

import threading

import psycopg

from tests.invariants import broken_invariants
from tests.sql.rows import call, ingest, message, one, rows, write_in

DOORS = 10
EACH = 10


def run_at_once(work, count):
    threads = [threading.Thread(target=work, args=[number]) for number in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def test_the_same_message_a_hundred_times_at_once_is_one_row(fresh_database):
    url, event, stored = fresh_database(), message(), []
    start = threading.Barrier(DOORS)
    with psycopg.connect(url, autocommit=True) as connection:
        call(connection, "private.register_channel", "whatsapp", "shop", "Shop")

    def knock(_):
        with psycopg.connect(url, autocommit=True) as connection:
            start.wait()
            stored.extend(ingest(connection, event)["messages"] for _ in range(EACH))

    run_at_once(knock, DOORS)
    assert sum(stored) == 1
    with psycopg.connect(url) as connection:
        assert rows(connection, "select last_seq, message_count from conversations") == [(1, 1)]
        assert one(connection, "select count(*) from private.inbound_events") == DOORS * EACH
        assert broken_invariants(connection) == {}


def test_shuffled_duplicates_over_many_doors_lose_and_double_nothing(fresh_database):
    url = fresh_database()
    events = [message(str(number), phone=f"49{number % 7}") for number in range(140)]
    with psycopg.connect(url, autocommit=True) as connection:
        call(connection, "private.register_channel", "whatsapp", "shop", "Shop")

    def knock(number):
        with psycopg.connect(url, autocommit=True) as connection:
            mine = events[number:] + events[:number]
            for begin in range(0, len(mine), 14):
                ingest(connection, *mine[begin : begin + 14][:: 1 if number % 2 else -1])

    run_at_once(knock, 4)
    with psycopg.connect(url) as connection:
        assert one(connection, "select count(*) from messages") == 140
        assert one(connection, "select sum(last_seq) from conversations") == 140
        assert broken_invariants(connection) == {}


def test_what_may_not_open_a_conversation_makes_no_stranger_a_customer(db):
    stranger = message("", may_open=False, calls_for_answer=False)
    assert ingest(db, stranger)["messages"] == 0
    assert one(db, "select count(*) from customer_profiles") == 0
    write_in(db)
    assert ingest(db, {**stranger, "external_id": "wamid.known"})["messages"] == 1
