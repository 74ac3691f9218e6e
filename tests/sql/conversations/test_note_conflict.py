"""When the platform names two customers alike, people decide; nobody is merged."""

from __future__ import annotations

from tests.sql.rows import ingest, message, one, rows

ANNA = {"kind": "bsuid", "value": "DE.1"}
BERT = {"kind": "phone", "value": "491511"}
NOTES = "select metadata ->> 'other_customer_id' from messages where message_type = 'event'"


def customer(db, identity):
    query = "select customer_id::text from customer_identities where value = %s"
    return one(db, query, identity["value"])


def test_a_message_under_two_customers_names_is_of_the_first_and_noted_once(db):
    ingest(db, message(identities=[ANNA]))
    ingest(db, message(identities=[BERT]))
    anna, bert = customer(db, ANNA), customer(db, BERT)
    for _ in range(2):
        ingest(db, message("Both", identities=[ANNA, BERT]))
    senders = rows(db, "select distinct sender_id::text from messages where content = 'Both'")
    assert senders == [anna]
    assert rows(db, NOTES) == [bert]
    assert one(db, "select count(*) from customer_profiles") == 2


def test_a_new_number_that_somebody_else_has_is_noted(db):
    ingest(db, message(identities=[ANNA]))
    ingest(db, message(identities=[BERT]))
    change = {"kind": "identity_change", "account": "shop", "old": ANNA, "new": BERT}
    ingest(db, change)
    assert rows(db, NOTES) == [customer(db, BERT)]
    assert customer(db, ANNA) != customer(db, BERT)


def test_without_conflict_nothing_is_noted(db):
    ingest(db, message(identities=[ANNA, BERT]))
    ingest(db, message(identities=[BERT, ANNA]))
    assert rows(db, NOTES) == []
