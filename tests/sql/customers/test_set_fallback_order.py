"""Where a customer may be written to, in which order, and since when they agree."""

from __future__ import annotations

import uuid

import pytest

from tests.sql.delivery.fallbacks import add_identity
from tests.sql.rows import acting, add_agent, add_user, call, one, refused, rows, write_in


@pytest.fixture
def conversation(db):
    return write_in(db)


def customer(db, conversation):
    return one(db, "select customer_id from conversations where id = %s", conversation)


def test_an_agent_sets_the_order(db, conversation):
    first = add_identity(db, conversation, rank=None)
    second = add_identity(db, conversation, "telegram", "7", rank=1)
    with acting(db, add_agent(db)):
        call(db, "set_fallback_order", customer(db, conversation), [first, second])
    query = "select fallback_rank from customer_identities where id = any (%s) order by id = %s"
    assert rows(db, query, [first, second], second) == [1, 2]
    assert one(db, "select count(*) from audit_log where action = 'set_fallback_order'") == 1


def test_an_empty_order_means_no_fallback(db, conversation):
    add_identity(db, conversation)
    call(db, "set_fallback_order", customer(db, conversation), [])
    query = "select count(fallback_rank) from customer_identities"
    assert one(db, query) == 0


def test_only_the_customers_own_identities_may_be_named(db, conversation):
    strange = add_identity(db, write_in(db, phone="49222"))
    for named in ([strange], [uuid.uuid4()], None):
        with refused(db, "PT400"):
            call(db, "set_fallback_order", customer(db, conversation), named)


def test_consent_is_given_and_withdrawn(db, conversation):
    identity = add_identity(db, conversation, consent=False)
    query = (
        "select private.may_write_to(customer_identities), consent_source"
        " from customer_identities where id = %s"
    )
    assert rows(db, query, identity) == [(False, None)]
    with acting(db, add_agent(db)):
        call(db, "record_consent", identity, " form on the website ")
        assert rows(db, "select consent_source from customer_identities where id = %s", identity)
    assert rows(db, query, identity) == [(True, "form on the website")]
    call(db, "revoke_consent", identity)
    assert rows(db, query, identity) == [(False, "form on the website")]
    actions = rows(
        db, "select action from audit_log where subject = 'customer_identity' order by id"
    )
    assert actions == ["record_consent", "revoke_consent"]


def test_consent_needs_a_source_and_an_identity(db, conversation):
    with refused(db, "PT400"):
        call(db, "record_consent", uuid.uuid4(), " ")
    with refused(db, "PT404"):
        call(db, "record_consent", uuid.uuid4(), "form")


def test_visitors_decide_nothing(db, conversation):
    identity = add_identity(db, conversation)
    with acting(db, add_user(db)):
        for function, more in [
            ("record_consent", ["form"]),
            ("private.note_consent", ["form"]),
            ("revoke_consent", []),
        ]:
            with refused(db, "PT403"):
                call(db, function, identity, *more)
        with refused(db, "PT403"):
            call(db, "set_fallback_order", customer(db, conversation), [identity])
        with refused(db, "PT403"):
            call(db, "private.rank_identities", customer(db, conversation), [identity])
