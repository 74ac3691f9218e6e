"""One customer, whichever form of their number arrives; two numbers of two people stay two."""

from __future__ import annotations

import pytest

from tests.sql.rows import call, claim_sends, ingest, message, one, rows

BRAZIL_NEW, BRAZIL_OLD = "5511987654321", "551187654321"
ARGENTINA_MOBILE, ARGENTINA_BARE = "5491112345678", "541112345678"
MEXICO_OLD, MEXICO_NEW = "5215512345678", "525512345678"


def phone(value: str) -> list[dict[str, str]]:
    return [{"kind": "phone", "value": value}]


@pytest.mark.parametrize(
    ("given", "others"),
    [
        (BRAZIL_NEW, [BRAZIL_OLD]),
        (BRAZIL_OLD, [BRAZIL_NEW]),
        ("551133334444", []),
        (ARGENTINA_MOBILE, [ARGENTINA_BARE]),
        (ARGENTINA_BARE, []),
        (MEXICO_OLD, [MEXICO_NEW]),
        (MEXICO_NEW, [MEXICO_OLD]),
        ("4915112345678", []),
        ("55", []),
        ("", []),
    ],
)
def test_variants(db, given, others):
    assert call(db, "private.phone_variants", given) == others


@pytest.mark.parametrize(
    ("first", "second"),
    [
        (BRAZIL_NEW, BRAZIL_OLD),
        (BRAZIL_OLD, BRAZIL_NEW),
        (ARGENTINA_BARE, ARGENTINA_MOBILE),
        (MEXICO_OLD, MEXICO_NEW),
        (MEXICO_NEW, MEXICO_OLD),
    ],
)
def test_one_customer_and_one_conversation_under_both_forms(db, first, second):
    for value in (first, second, first):
        ingest(db, message(identities=phone(value)))
    assert one(db, "select count(*) from customer_profiles") == 1
    assert one(db, "select count(*) from conversations") == 1
    assert sorted(rows(db, "select value from customer_identities")) == sorted([first, second])


def test_a_landline_is_not_taken_for_the_mobile_phone(db):
    ingest(db, message(identities=phone(ARGENTINA_MOBILE)))
    ingest(db, message(identities=phone(ARGENTINA_BARE)))
    assert one(db, "select count(*) from customer_profiles") == 2


def test_an_exact_name_goes_before_another_form(db):
    ingest(db, message(identities=phone(ARGENTINA_MOBILE)))
    ingest(db, message(identities=phone(ARGENTINA_BARE)))
    ingest(db, message("Me again", identities=phone(ARGENTINA_MOBILE)))
    query = "select count(distinct conversation_id) from messages where content <> 'Hello'"
    assert one(db, query) == 1
    assert one(db, "select count(*) from conversations") == 2


def test_the_form_that_the_platform_gave_is_written_to(db):
    ingest(db, message(identities=phone(BRAZIL_OLD)))
    conversation = call(db, "create_conversation", f"+{BRAZIL_NEW}", "whatsapp", "Hello")
    assert one(db, "select count(*) from conversations") == 1
    db.execute(
        "update customer_identities set is_verified = value = %s,"
        " created_at = now() + (value = %s)::integer * interval '1 second'",
        [BRAZIL_OLD, BRAZIL_NEW],
    )
    call(db, "send_message", conversation, "Good day")
    [send] = claim_sends(db)
    assert send["identities"] == {"phone": BRAZIL_OLD}
