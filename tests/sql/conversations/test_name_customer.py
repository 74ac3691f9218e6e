"""The platform's name for a customer counts only where nobody has a better one."""

from __future__ import annotations

import pytest

from tests.sql.rows import PHONE, call, ingest, message, one, state_of


@pytest.mark.parametrize("given", [None, PHONE, f"+{PHONE}"])
def test_no_name_but_the_number_gives_way_to_the_profiles(db, given):
    call(db, "private.register_channel", "whatsapp", "shop", "Shop")
    conversation = call(db, "create_conversation", f"+{PHONE}", "whatsapp", "Hello")
    db.execute("update customer_profiles set name = %s", [given])
    db.execute("update conversations set customer_name = null")
    ingest(db, message(customer_name="Grace"))
    assert state_of(db, conversation, "customer_name") == "Grace"
    assert one(db, "select name from customer_profiles") == "Grace"


def test_a_name_that_people_gave_stays(db):
    ingest(db, message(customer_name="Grace"))
    db.execute("update customer_profiles set name = 'Mrs Hopper'")
    db.execute("update conversations set customer_name = 'Mrs Hopper'")
    ingest(db, message(customer_name="Amazing G"))
    call(db, "private.name_customer", one(db, "select id from customer_profiles"), "Amazing G")
    assert one(db, "select name from customer_profiles") == "Mrs Hopper"
    assert one(db, "select customer_name from conversations") == "Mrs Hopper"


def test_no_name_changes_nothing(db):
    ingest(db, message(customer_name=None))
    call(db, "private.name_customer", one(db, "select id from customer_profiles"), " ")
    assert one(db, "select name from customer_profiles") is None
