"""The same message from many doors at once."""

from __future__ import annotations

import threading

import psycopg

from tests.invariants import broken_invariants
from tests.sql.rows import call, ingest, message, one, rows

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
