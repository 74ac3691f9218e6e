"""A customer who changes their number stays who they are."""

from __future__ import annotations

from tests.sql.rows import ingest, message, one, rows

OLD = {"kind": "phone", "value": "491511"}
NEW = {"kind": "phone", "value": "491522"}


def change(old=OLD, new=NEW):
    return {"kind": "identity_change", "account": "shop", "old": old, "new": new}


def test_both_numbers_belong_to_the_customer(db):
    ingest(db, message(identities=[OLD]))
    ingest(db, change())
    ingest(db, message(identities=[NEW]))
    assert one(db, "select count(*) from customer_profiles") == 1
    assert one(db, "select count(distinct conversation_id) from messages") == 1


def test_the_newest_number_is_written_to(db):
    ingest(db, message(identities=[OLD]))
    ingest(db, change())
    db.execute(
        "update customer_identities set created_at = now() + interval '1 s' where value = %s",
        [NEW["value"]],
    )
    db.execute(
        "insert into messages (conversation_id, sender_type, content)"
        " select id, 'agent', 'Hi' from conversations"
    )
    sent = one(db, "select private.claim_deliveries('w1', '{whatsapp}', 1)")
    assert sent["identities"] == {"phone": NEW["value"]}


def test_a_number_of_somebody_else_stays_theirs(db):
    ingest(db, message(identities=[OLD]), message(identities=[NEW]))
    ingest(db, change())
    assert one(db, "select count(distinct customer_id) from customer_identities") == 2


def test_news_of_a_stranger_changes_nothing(db):
    ingest(db, change())
    assert rows(db, "select value from customer_identities") == []


def test_with_a_new_user_id_the_old_number_is_left_alone_until_it_is_seen_again(db):
    first, second = {"kind": "bsuid", "value": "DE.1"}, {"kind": "bsuid", "value": "DE.2"}
    ingest(db, message(identities=[OLD, first]))
    ingest(db, change(first, second))
    query = "select value from customer_identities where unreachable_since is not null"
    assert rows(db, query) == [OLD["value"]]
    ingest(db, message(identities=[OLD, second]))
    assert rows(db, query) == []


def test_told_twice_the_new_number_is_still_written_to(db):
    first, second = {"kind": "bsuid", "value": "DE.1"}, {"kind": "bsuid", "value": "DE.2"}
    ingest(db, message(identities=[OLD, first]))
    for _ in range(2):
        ingest(db, change(first, second), change())
    query = "select value from customer_identities where unreachable_since is not null"
    assert rows(db, query) == [OLD["value"]]
    assert one(db, "select count(*) from customer_profiles") == 1
