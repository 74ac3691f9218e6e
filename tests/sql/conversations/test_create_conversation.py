"""Finding or opening a conversation, as the guide prints it."""

from __future__ import annotations

import threading
import uuid

import psycopg
import pytest

from tests.sql.pages import add_widget, on_page
from tests.sql.rows import acting, add_agent, add_user, call, one, refused, rows, said, state_of


def test_the_statement_of_the_guide(db):
    db.execute("select create_conversation('test@example.com', 'website', 'Hello, I need help')")
    query = "select user_email, channel_type, last_message, message_count from conversations"
    assert rows(db, query) == [("test@example.com", "website", "Hello, I need help", 1)]


def test_the_same_person_goes_on_in_the_same_conversation(db):
    first = call(db, "create_conversation", "Test@Example.com", "website", "One")
    assert call(db, "create_conversation", "test@example.com ", "website", "Two") == first
    assert said(db, first) == [("customer", "One"), ("customer", "Two")]


def test_without_words_it_is_only_opened(db):
    conversation = call(db, "create_conversation", "test@example.com", "email")
    assert state_of(db, conversation, "message_count") == 0


@pytest.mark.parametrize(
    ("identifier", "channel", "kind", "value"),
    [
        ("+49 (1511) 23-45", "whatsapp", "phone", "491511" + "2345"),
        ("Test@Example.com", "email", "email", "test@example.com"),
        ("u-17", "telegram", "external", "u-17"),
    ],
)
def test_what_an_identifier_means(db, identifier, channel, kind, value):
    call(db, "create_conversation", identifier, channel)
    assert rows(db, "select kind, value from customer_identities") == [(kind, value)]


def test_agents_start_conversations(db):
    with acting(db, add_agent(db)):
        conversation = call(db, "create_conversation", "test@example.com", "email", "Please call")
    assert said(db, conversation) == [("customer", "Please call")]


def test_a_visitor_is_who_their_token_says(db):
    visitor = add_user(db)
    with acting(db, visitor):
        conversation = call(db, "create_conversation", "boss@example.com", "website", "Hello")
    assert rows(db, "select kind, value from customer_identities") == [("visitor", str(visitor))]
    assert state_of(db, conversation, "user_email") == "boss@example.com"


def test_two_visitors_with_one_address_are_two(db):
    found = set()
    for visitor in (add_user(db), add_user(db)):
        with acting(db, visitor):
            found.add(call(db, "create_conversation", "me@example.com", "website"))
    assert len(found) == 2


def test_visitors_start_on_the_website_alone(db):
    with acting(db, add_user(db)), refused(db, "PT403"):
        call(db, "create_conversation", "me@example.com", "email", "Hello")


def test_nobody_starts_without_signing_in(db):
    with acting(db, None, "anon"), refused(db, "42501"):
        call(db, "create_conversation", "me@example.com", "website", "Hello")


@pytest.mark.parametrize(
    ("identifier", "channel", "text"),
    [
        ("", "website", "Hello"),
        (None, "website", "Hello"),
        ("me@example.com", "fax", "Hello"),
        ("me@example.com", None, "Hello"),
        ("no digits", "whatsapp", "Hello"),
        ("x" * 600, "website", "Hello"),
        ("me@example.com", "website", "x" * 20001),
        ("me@example.com", "website", ""),
        ("me@example.com", "website", " \n\t"),
    ],
)
def test_nonsense_is_refused(db, identifier, channel, text):
    with refused(db, "PT400"):
        call(db, "create_conversation", identifier, channel, text)


def test_an_empty_message_is_refused_with_what_to_do(db):
    with pytest.raises(psycopg.Error, match="the message is empty") as caught, db.transaction():
        call(db, "create_conversation", "me@example.com", "website", "")
    assert caught.value.diag.message_hint.startswith("leave p_message out")
    assert rows(db, "select id from conversations") == []


def test_an_ended_conversation_opens_again_within_a_day(db):
    first = call(db, "create_conversation", "me@example.com", "website", "One")
    call(db, "resolve_conversation", first)
    assert call(db, "create_conversation", "me@example.com", "website") == first
    assert (state_of(db, first, "status"), state_of(db, first, "resolved_at")) == ("open", None)


def test_after_a_day_a_new_one_begins(db):
    first = call(db, "create_conversation", "me@example.com", "website", "One")
    call(db, "resolve_conversation", first)
    db.execute("update conversations set resolved_at = now() - interval '25 hours'")
    assert call(db, "create_conversation", "me@example.com", "website") != first


def test_a_race_opens_one(fresh_database):
    url, found, start = fresh_database(), set(), threading.Barrier(8)
    with psycopg.connect(url, autocommit=True) as connection:
        call(connection, "create_conversation", "somebody@example.com", "website")

    def begin():
        with psycopg.connect(url, autocommit=True) as connection:
            start.wait()
            found.add(call(connection, "create_conversation", "me@example.com", "website", "Hi"))

    threads = [threading.Thread(target=begin) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 1
    with psycopg.connect(url) as connection:
        assert state_of(connection, found.pop(), "last_seq") == 8


def test_a_customer_has_one_open_conversation_by_constraint(db):
    call(db, "create_conversation", "me@example.com", "website")
    with refused(db, "23505"):
        db.execute(
            "insert into conversations (customer_id, channel_type, channel_id)"
            " select customer_id, channel_type, channel_id from conversations"
        )


def test_an_unknown_conversation_has_no_context(db):
    conversation = call(db, "create_conversation", "me@example.com", "website", "Hello")
    assert (
        one(db, "select get_conversation_context(%s) -> 'history' -> 0 ->> 'content'", conversation)
        == "Hello"
    )
    with refused(db, "PT404"):
        call(db, "get_conversation_context", uuid.uuid4())


def test_a_repeat_with_the_same_id_begins_once(db):
    visitor, client_id = add_user(db), uuid.uuid4()
    with acting(db, visitor):
        first = call(db, "create_conversation", "me", "website", "Hello", client_id)
        assert call(db, "create_conversation", "me", "website", "Hello", client_id) == first
    assert rows(db, "select id, content from messages") == [(client_id, "Hello")]


def test_repeats_at_the_same_moment_begin_once(fresh_database):
    url, client_id, found = fresh_database(), uuid.uuid4(), []
    start = threading.Barrier(6)
    with psycopg.connect(url) as connection:
        visitor = add_user(connection)
        call(connection, "private.default_channel", "website")

    def begin():
        with psycopg.connect(url) as connection, acting(connection, visitor):
            start.wait()
            found.append(
                call(connection, "create_conversation", "me", "website", "Hello", client_id)
            )

    threads = [threading.Thread(target=begin) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (len(found), len(set(found))) == (6, 1)
    with psycopg.connect(url) as connection:
        assert said(connection, found[0]) == [("customer", "Hello")]


def test_a_visitor_begins_on_the_widget_they_see(db):
    first, second = add_widget(db), add_widget(db, "second")
    visitor = add_user(db)
    with acting(db, visitor):
        on_first = call(db, "create_conversation", "me", "website", "Hello", None, first)
        on_second = call(db, "create_conversation", "me", "website", "Hello", None, second)
    assert state_of(db, on_first, "channel_id") == first
    assert state_of(db, on_second, "channel_id") == second


def test_a_channel_of_another_kind_or_closed_is_not_found(db):
    mailbox, closed = call(db, "private.default_channel", "email"), add_widget(db)
    db.execute("update channels set is_enabled = false where id = %s", [closed])
    for channel in (mailbox, closed, uuid.uuid4()):
        with acting(db, add_user(db)), refused(db, "PT404"):
            call(db, "create_conversation", "me", "website", "Hello", None, channel)


def test_fifty_conversations_in_a_day_are_enough(db):
    visitor = add_user(db)
    with acting(db, visitor):
        conversation = call(db, "create_conversation", "me", "website", "Hello")
    db.execute(
        "insert into conversations (customer_id, channel_id, channel_type, status, resolved_at)"
        " select customer_id, channel_id, channel_type, 'resolved', now() - interval '2 days'"
        " from conversations, generate_series(1, 49) where id = %s",
        [conversation],
    )
    with acting(db, visitor), refused(db, "PT429"):
        call(db, "create_conversation", "me", "website", "Hello")


def test_a_page_that_may_not_use_the_widget_begins_nothing(db):
    add_widget(db, allowed_origins=["https://shop.example.com"])
    visitor = add_user(db)
    for headers in ({"origin": "https://evil.test"}, {}):
        with on_page(db, visitor, **headers), refused(db, "PT403"):
            call(db, "create_conversation", "me", "website", "Hello")
    with on_page(db, visitor, origin="https://shop.example.com"):
        conversation = call(db, "create_conversation", "me", "website", "Hello")
    with on_page(db, visitor, origin="https://evil.test"), refused(db, "PT403"):
        call(db, "send_message", conversation, "And?")
