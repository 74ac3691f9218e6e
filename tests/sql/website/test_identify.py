"""Visitors whom the customer's site has signed, and what they see then."""

from __future__ import annotations

import threading
import uuid

import psycopg
import pytest

from tests.sql.pages import add_widget, on_page, start_chat
from tests.sql.rows import acting, add_agent, add_user, call, one, refused, rows, said, state_of
from tests.sql.tokens import signature_of, token_of


@pytest.fixture
def secret(db):
    """The secret of the only widget."""
    return call(db, "private.rotate_identity_secret", add_widget(db))


def identify(db, visitor, user, secret, **traits):
    """Lets a visitor prove by signature who they are."""
    with acting(db, visitor):
        return call(db, "identify", user, signature_of(user, secret), None, traits)


def identify_by_token(db, visitor, user, secret, *, traits=None, **claims):
    """Lets a visitor prove by token who they are."""
    with acting(db, visitor):
        return call(db, "identify", None, None, token_of(user, secret, **claims), traits or {})


def reads(db, visitor, conversation):
    """What a visitor can read of a conversation."""
    with acting(db, visitor):
        return [row["content"] for row in rows(db, "select messages_since(%s)", conversation)]


def test_a_signature_makes_the_visitor_a_verified_customer(db, secret):
    visitor = add_user(db)
    found = identify(db, visitor, "user-17", secret, name="Ada", plan="gold")
    assert found["is_verified"] is True
    assert found["conversation_id"] is None
    kinds = "select kind, value, is_verified from customer_identities order by kind"
    assert rows(db, kinds) == [("external", "user-17", True), ("visitor", str(visitor), True)]
    assert rows(db, "select name, attributes from customer_profiles") == [("Ada", {"plan": "gold"})]


def test_who_has_written_before_stays_the_same_customer(db, secret):
    visitor = add_user(db)
    conversation = start_chat(db, visitor)
    customer = state_of(db, conversation, "customer_id")
    found = identify(db, visitor, "user-17", secret)
    assert found["customer_id"] == str(customer)
    assert found["conversation_id"] == str(conversation)
    assert identify(db, visitor, "user-17", secret) == found


def test_a_cleared_cookie_and_a_token_show_the_history(db, secret):
    first, second = add_user(db), add_user(db)
    conversation = start_chat(db, first, "From my phone")
    identify_by_token(db, first, "user-17", secret)
    found = identify_by_token(db, second, "user-17", secret)
    assert found["conversation_id"] == str(conversation)
    assert reads(db, second, conversation) == ["From my phone"]
    with acting(db, second):
        assert call(db, "create_conversation", "me", "website", "Here again") == conversation


def test_without_proof_nobody_sees_the_history_of_the_same_name(db, secret):
    conversation = start_chat(db, first := add_user(db))
    identify(db, first, "user-17", secret)
    stranger = add_user(db)
    for arguments in (
        ("user-17",),
        ("user-17", None, None),
        ("user-17", ""),
        ("user-17", "0" * 64),
        ("user-17", signature_of("user-18", secret)),
        ("user-17", signature_of("user-17", secret + "x")),
        ("user-17", signature_of("user-17", secret)[:-1]),
        ("user-17", None, token_of("user-17", "another secret of the same length")),
        (None, None, token_of("user-17", secret, exp=1)),
        (None, None, token_of("", secret)),
        (None, signature_of("user-17", secret)),
        (None,),
        ("", signature_of("", secret)),
        ("x" * 600, signature_of("x" * 600, secret)),
    ):
        with acting(db, stranger), refused(db, "PT401"):
            call(db, "identify", *arguments)
    assert reads(db, stranger, conversation) == []


def test_the_signature_of_one_user_is_none_of_another(db, secret):
    with acting(db, add_user(db)), refused(db, "PT401"):
        call(db, "identify", "user-18", None, token_of("user-17", secret))


def test_an_upper_case_signature_is_the_same(db, secret):
    with acting(db, add_user(db)):
        call(db, "identify", "user-17", signature_of("user-17", secret).upper())


def test_the_old_secret_is_good_for_a_day(db, secret):
    call(db, "private.rotate_identity_secret", None)
    identify(db, add_user(db), "user-17", secret)
    db.execute("update private.website_secrets set retired_at = retired_at - interval '25 hours'")
    with acting(db, add_user(db)), refused(db, "PT401"):
        call(db, "identify", "user-17", signature_of("user-17", secret))


def test_a_widget_without_a_secret_recognises_nobody(db):
    add_widget(db)
    with acting(db, add_user(db)), refused(db, "PT401"):
        call(db, "identify", "user-17", signature_of("user-17", ""))


def test_the_secret_of_one_widget_opens_no_other(db, secret):
    other = add_widget(db, "other")
    call(db, "private.rotate_identity_secret", other)
    with acting(db, add_user(db)), refused(db, "PT401"):
        call(db, "identify", "user-17", signature_of("user-17", secret), None, {}, other)


def test_the_open_conversation_follows_when_the_customer_has_none_open(db, secret):
    known, visitor = add_user(db), add_user(db)
    old = start_chat(db, known, "Long ago")
    customer = identify(db, known, "user-17", secret)["customer_id"]
    call(db, "resolve_conversation", old)
    fresh = start_chat(db, visitor, "Before I signed in")
    found = identify(db, visitor, "user-17", secret)
    assert found == {
        "customer_id": customer,
        "is_verified": True,
        "conversation_id": str(fresh),
    }
    assert reads(db, visitor, old) == ["Long ago"]
    assert reads(db, known, fresh) == ["Before I signed in"]
    assert rows(db, "select conversation_id from private.identity_moves") == [fresh]


def test_two_open_conversations_stay_two_and_readable(db, secret):
    known, visitor = add_user(db), add_user(db)
    theirs = start_chat(db, known, "On my laptop")
    identify(db, known, "user-17", secret)
    own = start_chat(db, visitor, "On my phone")
    before = state_of(db, own, "customer_id")
    found = identify(db, visitor, "user-17", secret)
    assert found["conversation_id"] == str(theirs)
    assert state_of(db, own, "customer_id") == before
    assert reads(db, visitor, own) == ["On my phone"]
    assert reads(db, visitor, theirs) == ["On my laptop"]
    assert reads(db, known, own) == []
    with acting(db, visitor):
        call(db, "send_message", own, "Still here")
    moves = "select from_customer_id, conversation_id from private.identity_moves"
    assert rows(db, moves) == [(before, None)]


def test_somebody_else_on_the_same_device_must_sign_out_first(db, secret):
    visitor = add_user(db)
    conversation = start_chat(db, visitor, "I am seventeen")
    identify(db, visitor, "user-17", secret)
    with acting(db, visitor), refused(db, "PT409"):
        call(db, "identify", "user-18", signature_of("user-18", secret))
    identify(db, other := add_user(db), "user-18", secret)
    with acting(db, visitor), refused(db, "PT409"):
        call(db, "identify", "user-18", signature_of("user-18", secret))
    assert reads(db, other, conversation) == []


def test_what_the_site_has_signed_beats_what_the_page_says(db, secret):
    visitor = add_user(db)
    identify_by_token(
        db,
        visitor,
        "user-17",
        secret,
        name="Ada",
        email="ada@example.com",
        plan="gold",
        traits={"name": "Eve", "plan": "platinum", "phone": "1", "note": "x", "sub": "x"},
    )
    query = "select name, email, phone, attributes from customer_profiles"
    expected = [("Ada", "ada@example.com", "1", {"plan": "gold", "note": "x", "sub": "x"})]
    assert rows(db, query) == expected
    identify(db, visitor, "user-17", secret, name="Eve", plan="platinum", note="y", phone="2")
    assert rows(db, query) == expected


def test_too_much_is_not_kept(db, secret):
    with acting(db, add_user(db)), refused(db, "PT400"):
        signature = signature_of("user-17", secret)
        call(db, "identify", "user-17", signature, None, {"x": "y" * 9000})


def test_only_visitors_are_identified(db, secret):
    signature = signature_of("user-17", secret)
    with refused(db, "PT403"):
        call(db, "identify", "user-17", signature)
    with acting(db, add_agent(db)), refused(db, "PT403"):
        call(db, "identify", "user-17", signature)
    with acting(db, None, "anon"), refused(db, "42501"):
        call(db, "identify", "user-17", signature)


def test_a_page_that_may_not_use_the_widget_identifies_nobody(db, secret):
    db.execute("update website_settings set allowed_origins = '{https://shop.example.com}'")
    visitor, signature = add_user(db), signature_of("user-17", secret)
    with on_page(db, visitor, origin="https://evil.test"), refused(db, "PT403"):
        call(db, "identify", "user-17", signature)
    with on_page(db, visitor, origin="https://shop.example.com"):
        call(db, "identify", "user-17", signature)


def test_a_widget_may_want_to_know_who_writes(db, secret):
    db.execute("update website_settings set requires_identity = true")
    visitor = add_user(db)
    with acting(db, visitor), refused(db, "PT401"):
        call(db, "create_conversation", "me@example.com", "website", "Hello")
    identify(db, visitor, "user-17", secret)
    conversation = start_chat(db, visitor)
    with acting(db, visitor):
        call(db, "send_message", conversation, "And?")
    call(db, "create_conversation", "server@example.com", "website", "From our own server")


def test_two_devices_at_once_become_one_customer(fresh_database):
    url, found, start = fresh_database(), [], threading.Barrier(4)
    with psycopg.connect(url, autocommit=True) as connection:
        secret = call(connection, "private.rotate_identity_secret", add_widget(connection))
        visitors = [add_user(connection) for _ in range(4)]

    def come(visitor):
        with psycopg.connect(url) as connection:
            start.wait()
            start_chat(connection, visitor, "Hello")
            connection.commit()
            found.append(identify(connection, visitor, "user-17", secret)["customer_id"])

    threads = [threading.Thread(target=come, args=[visitor]) for visitor in visitors]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 4
    assert len(set(found)) == 1
    with psycopg.connect(url) as connection:
        assert one(connection, "select count(*) from conversations") == 4
        query = "select count(*) from conversations where customer_id = %s"
        assert one(connection, query, uuid.UUID(found[0])) == 1


def test_an_address_is_kept_with_consent_and_taken_back(db):
    visitor = add_user(db)
    conversation = start_chat(db, visitor)
    query = "select email, consent_source, revoked_at is null from private.email_consents"
    with acting(db, visitor):
        call(db, "leave_email", " Ada@Example.com ")
    assert rows(db, query) == [("ada@example.com", "leave_email", True)]
    with acting(db, visitor):
        call(db, "leave_email", None)
    assert rows(db, query) == [("ada@example.com", "leave_email", False)]
    customer = state_of(db, conversation, "customer_id")
    assert call(db, "private.consented_email", customer) is None
    with acting(db, visitor):
        call(db, "leave_email", "ada@example.com")
    assert call(db, "private.consented_email", customer) == "ada@example.com"


@pytest.mark.parametrize("email", ["", "ada", "a@b", "a@b.c d.com", "<a@b.com>", "a@b.com,c@d.com"])
def test_what_is_no_address_is_refused(db, email):
    start_chat(db, visitor := add_user(db))
    with acting(db, visitor), refused(db, "PT400"):
        call(db, "leave_email", email)


def test_an_address_belongs_to_a_conversation(db):
    with acting(db, add_user(db)), refused(db, "PT404"):
        call(db, "leave_email", "ada@example.com")


def test_an_address_somebody_types_in_leads_to_nobody(db):
    victim = call(db, "create_conversation", "ada@example.com", "email", "My card is 4711")
    visitor = add_user(db)
    with acting(db, visitor):
        own = call(db, "create_conversation", "ada@example.com", "website", "I am Ada")
    assert reads(db, visitor, victim) == []
    again = call(db, "create_conversation", "ada@example.com", "email", "Hello?")
    assert again == victim
    assert state_of(db, own, "customer_id") != state_of(db, victim, "customer_id")
    assert said(db, own) == [("customer", "I am Ada")]
