"""One person is one customer, under whatever names their platform gives them."""

from __future__ import annotations

import threading

import psycopg

from tests.sql.rows import call, ingest, message, one, refused, rows

PHONE = {"kind": "phone", "value": "491511"}
BSUID = {"kind": "bsuid", "value": "US.42"}


def identities(db):
    return sorted(rows(db, "select kind, value from customer_identities"))


def test_a_platform_id_first_and_the_number_later_is_one_customer(db):
    ingest(db, message(identities=[BSUID]))
    ingest(db, message(identities=[PHONE, BSUID]))
    ingest(db, message(identities=[PHONE]))
    assert one(db, "select count(*) from customer_profiles") == 1
    assert one(db, "select count(*) from conversations") == 1
    assert identities(db) == [("bsuid", "US.42"), ("phone", "491511")]


def test_the_same_name_on_another_account_is_somebody_else(db):
    other = call(db, "private.register_channel", "whatsapp", "other", "Other")
    ingest(db, message(identities=[PHONE]))
    assert call(db, "private.find_customer", other, [PHONE]) is None


def test_what_the_platform_says_of_them_is_kept(db):
    ingest(db, message(identities=[PHONE], customer_name="Grace", language="fr"))
    query = "select name, phone, language from customer_profiles"
    assert rows(db, query) == [("Grace", "491511", "fr")]


def test_nobody_is_nobody(db):
    channel = call(db, "private.register_channel", "whatsapp", "shop", "Shop")
    with refused(db, "PT400"):
        one(db, "select private.upsert_customer(%s, '[]')", channel)


def test_strangers_who_come_at_once_under_different_names_are_one(fresh_database):
    url = fresh_database()
    with psycopg.connect(url, autocommit=True) as connection:
        call(connection, "private.register_channel", "whatsapp", "shop", "Shop")
    names = [[BSUID], [PHONE, BSUID], [BSUID, PHONE]] * 4
    start = threading.Barrier(len(names))

    def write(identities):
        with psycopg.connect(url, autocommit=True) as connection:
            start.wait()
            ingest(connection, message(identities=identities))

    threads = [threading.Thread(target=write, args=[given]) for given in names]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with psycopg.connect(url) as connection:
        assert one(connection, "select count(*) from customer_profiles") == 1
        assert one(connection, "select count(*) from messages") == len(names)


def test_two_batches_with_the_same_strangers_do_not_deadlock(fresh_database):
    url = fresh_database()
    with psycopg.connect(url, autocommit=True) as connection:
        call(connection, "private.register_channel", "whatsapp", "shop", "Shop")
    problems = []

    def write(order):
        with psycopg.connect(url, autocommit=True) as connection:
            for round_ in range(5):
                people = [message(phone=f"49{round_}{n}") for n in range(20)][::order]
                try:
                    ingest(connection, *people)
                except psycopg.Error as problem:
                    problems.append(problem)

    threads = [threading.Thread(target=write, args=[order]) for order in (1, -1, 1, -1)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert problems == []
    with psycopg.connect(url) as connection:
        assert one(connection, "select count(*) from customer_profiles") == 100
        assert one(connection, "select count(*) from conversations") == 100
