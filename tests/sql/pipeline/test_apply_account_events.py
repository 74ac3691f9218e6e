"""News of accounts that something follows from."""

from __future__ import annotations

from tests.sql.rows import PHONE, ingest, one, rows, write_in


def news(name, data, account="shop"):
    return {"kind": "account_event", "account": account, "name": name, "data": data}


def wish(value, **more):
    told = {"wa_id": PHONE, "value": value, **more}
    return news("user_preferences", {"user_preferences": [told]})


def test_admins_hear_once_of_an_account_in_trouble(db):
    for _ in range(2):
        ingest(db, news("account_update", {"event": "DISABLED_UPDATE"}, account="2047"))
    said = "whatsapp says account_update of account 2047: DISABLED_UPDATE"
    assert rows(db, "select severity, message from alerts") == [("warning", said)]


def test_who_wants_no_messages_unasked_has_not_agreed_to_them(db):
    write_in(db)
    ingest(db, wish("stop"))
    assert one(db, "select revoked_at is not null from customer_identities") is True
    ingest(db, wish("resume"))
    assert one(db, "select revoked_at is null from customer_identities") is True


def test_an_older_wish_that_comes_late_changes_nothing(db):
    write_in(db)
    ingest(db, wish("resume", timestamp=1_790_000_100), wish("stop", timestamp=1_790_000_000))
    assert one(db, "select revoked_at is null from customer_identities") is True
    ingest(db, wish("stop", timestamp=1_790_000_200))
    assert one(db, "select revoked_at is null from customer_identities") is False


def test_a_wish_without_sense_changes_nothing(db):
    write_in(db)
    ingest(db, wish("maybe"), news("user_preferences", {"user_preferences": "stop"}))
    assert one(db, "select revoked_at from customer_identities") is None


def test_a_wish_is_that_of_one_customer(db):
    write_in(db)
    write_in(db, phone="4915100000009")
    ingest(db, wish("stop"))
    query = "select value from customer_identities where revoked_at is not null"
    assert rows(db, query) == [PHONE]


def test_a_wish_without_sense_takes_none_back(db):
    write_in(db)
    ingest(db, wish("stop"))
    ingest(db, wish("maybe"))
    assert one(db, "select revoked_at is not null from customer_identities") is True


def test_news_that_nothing_follows_from_stay_with_their_request(db):
    ingest(db, news("calls", {"event": "connect"}))
    assert rows(db, "select 1 from alerts") == []
