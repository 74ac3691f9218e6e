"""Receipts of one delivery that arrive at the same moment."""

from __future__ import annotations

import threading

import psycopg

from tests.sql.rows import call, claim_sends, ingest, one, receipt, report, rows, write_in

PAIRS = 30


def test_two_receipts_at_once_neither_deadlock_nor_go_backwards(fresh_database):
    url = fresh_database()
    with psycopg.connect(url, autocommit=True) as connection:
        for number in range(PAIRS):
            conversation = write_in(connection, phone=f"4915{number:08d}")
            call(connection, "send_message", conversation, "Good day")
        for send in claim_sends(connection):
            report(connection, send, "sent", external_ids=[f"wamid.{send['delivery_id']}"])
        ids = rows(connection, "select external_id from private.deliveries where state = 'sent'")
    assert len(ids) == PAIRS
    failures = []

    def tell(status):
        with psycopg.connect(url, autocommit=True) as connection:
            for external_id in ids:
                try:
                    ingest(connection, receipt(external_id, status))
                except psycopg.Error as error:
                    failures.append(error.sqlstate)

    threads = [threading.Thread(target=tell, args=[one]) for one in ("delivered", "read")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    with psycopg.connect(url) as connection:
        read = "select count(*) from private.deliveries where state = 'read'"
        assert one(connection, read) == PAIRS
