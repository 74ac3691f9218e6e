"""Erasure, proved by a mark planted wherever a customer can leave one."""

from __future__ import annotations

import uuid

import pytest
from psycopg.types.json import Jsonb

from tests.sql.rows import (
    acting,
    add_agent,
    add_article,
    add_user,
    answer,
    call,
    claim_sends,
    claim_turns,
    ingest,
    message,
    one,
    receipt,
    record,
    refused,
    report,
    rows,
)
from tests.sql.tokens import signature_of

MARK = "zq7mark"
PHONE = "4917777777"
OTHER = {"kind": "phone", "value": "4916000000"}
COLUMNS = """
select pg_class.oid::regclass::text, quote_ident(attname), base.typname
from pg_attribute
join pg_class on pg_class.oid = attrelid
join pg_type on pg_type.oid = atttypid
join pg_type as base on base.oid = coalesce(nullif(pg_type.typbasetype, 0), pg_type.oid)
where relnamespace::regnamespace::text in ('public', 'private', 'realtime')
and relkind = 'r' and attnum > 0 and not attisdropped
and base.typname in ('text', '_text', 'json', 'jsonb', 'bytea', 'tsvector', 'varchar', 'uuid')
"""


def traces(db, *marks):
    """Gives every column of ours and of Realtime's that holds one of the marks."""
    found = []
    for table, column, type_name in rows(db, COLUMNS):
        text = f"encode({column}, 'escape')" if type_name == "bytea" else f"{column}::text"
        for mark in marks:
            query = f"select count(*) from {table} where {text} ilike %s"
            if one(db, query, f"%{mark}%"):
                found.append((table, column, mark))
    return found


def leave_traces(db):
    """Lets a customer and those who deal with them write the mark wherever they can."""
    article = add_article(db, "Delivery time")
    person = [{"kind": "phone", "value": PHONE}, {"kind": "bsuid", "value": f"US.{MARK}"}]
    question = message(
        f"I am {MARK}",
        external_id=f"wamid.{MARK}",
        identities=person,
        customer_name=f"Grace {MARK}",
        media=[{"kind": "image", "url": f"https://example.com/{MARK}"}],
        metadata={"note": MARK},
    )
    body = f'{{"from": "{PHONE}", "text": "I am {MARK}"}}'.encode()
    call(db, "private.register_channel", "whatsapp", "shop", "Shop")
    db.execute(
        "select private.ingest_events('whatsapp', %s, %s, %s, '{null}'::text[])",
        [[body], *map(Jsonb, ([{"x": "y"}], [[question, {**question, "account": "nobody"}]]))],
    )
    conversation = one(db, "select id from conversations")
    customer = one(db, "select customer_id from conversations")
    [turn] = claim_turns(db)
    record(
        db,
        turn,
        answer(article, content=f"Dear {MARK}", intent=MARK, question=MARK, error=MARK),
    )
    ingest(
        db,
        {"kind": "edit", "account": "shop", "target_id": f"wamid.{MARK}", "content": f"No, {MARK}"},
        {
            "kind": "reaction",
            "account": "shop",
            "target_id": f"wamid.{MARK}",
            "emoji": "+",
            "identities": person,
        },
    )
    [send] = claim_sends(db)
    report(db, send, "sent", external_ids=[f"wamid.reply.{MARK}"])
    ingest(db, receipt(f"wamid.reply.{MARK}", "failed", error=f"{MARK} is gone"))
    with acting(db, add_agent(db)):
        call(db, "send_message", conversation, f"About {MARK}", None, None, True)
        call(db, "set_tags", conversation, [MARK])
        call(db, "hand_over", conversation, f"{MARK}_is_angry")
        call(db, "set_typing", conversation)
        db.execute(
            "update customer_profiles set email = %s, attributes = %s where id = %s",
            [f"{MARK}@example.com", Jsonb({"a": MARK}), customer],
        )
    call(db, "record_csat", call(db, "private.create_csat_link", conversation), 1, f"{MARK}!")
    return customer, conversation


def leave_somebody_else(db):
    ingest(db, message("I am Joe", phone="4918888888"))


def test_the_mark_is_planted_widely(db):
    leave_traces(db)
    assert len(traces(db, MARK)) >= 20


def test_nothing_is_left_of_an_erased_customer(db):
    customer, _ = leave_traces(db)
    leave_somebody_else(db)
    with acting(db, add_agent(db, "admin")):
        done = call(db, "erase_customer", customer)
    assert traces(db, MARK, PHONE, str(customer)) == []
    assert (done["conversations"], done["requests"]) == (1, 1)
    assert rows(db, "select content from messages") == ["I am Joe"]


def test_what_was_broadcast_of_somebody_else_stays(db):
    customer, _ = leave_traces(db)
    leave_somebody_else(db)
    call(db, "erase_customer", customer)
    joe = one(db, "select conversation_id from messages where content = 'I am Joe'")
    query = "select payload <> '{}' from realtime.messages where topic = %s"
    assert set(rows(db, query, f"conversation:{joe}")) == {True}


def test_of_an_anonymised_customer_the_shape_is_left(db):
    customer, conversation = leave_traces(db)
    leave_somebody_else(db)
    before = one(db, "select count(*) from messages")
    with acting(db, add_agent(db, "admin")):
        call(db, "anonymise_customer", customer)
    assert traces(db, MARK, PHONE) == []
    assert one(db, "select count(*) from messages") == before
    query = "select status, message_count from conversations where id = %s"
    assert rows(db, query, conversation) == [("resolved", before - 1)]
    assert one(db, "select erased_at is not null from customer_profiles where id = %s", customer)


def test_the_log_keeps_who_did_it_and_a_hash_of_whom(db):
    customer, _ = leave_traces(db)
    admin = add_agent(db, "admin")
    with acting(db, admin):
        done = call(db, "erase_customer", customer)
    query = "select actor_id, subject_id from audit_log where action = 'erase'"
    assert rows(db, query) == [(admin, done["customer"])]
    assert len(done["customer"]) == 64


def test_whoever_writes_after_an_erasure_is_somebody_new(db):
    customer, _ = leave_traces(db)
    call(db, "anonymise_customer", customer)
    ingest(db, message("Hello again", phone=PHONE))
    query = "select customer_id from conversations where status = 'open'"
    assert rows(db, query) != [customer]


@pytest.mark.parametrize("verb", ["erase_customer", "anonymise_customer"])
def test_admins_alone(db, verb):
    customer, _ = leave_traces(db)
    for user in (add_agent(db), add_user(db)):
        with acting(db, user), refused(db, "PT403"):
            call(db, verb, customer)
    with refused(db, "PT404"):
        call(db, verb, uuid.uuid4())


def requests_with(db, *bodies):
    """Takes in one request with a message for each body, each from a customer of its own."""
    call(db, "private.register_channel", "website", "default", "Shop")
    events = [
        [message(f"Hello {place}", account="default", external_id=f"m{place}", identities=[who])]
        for place, (who, _) in enumerate(bodies)
    ]
    db.execute(
        "select private.ingest_events('website', %s, %s, %s, %s::text[])",
        [
            [body for _, body in bodies],
            Jsonb([{}] * len(bodies)),
            Jsonb(events),
            [None] * len(bodies),
        ],
    )


def test_a_request_is_found_by_the_message_it_brought(db):
    short = {"kind": "external", "value": "42"}
    requests_with(db, (short, b'{"visitor_id":"42","text":"mine"}'), (OTHER, b'{"text":"42 days"}'))
    customer = one(db, "select customer_id from customer_identities where value = '42'")
    call(db, "erase_customer", customer)
    assert rows(db, "select body from private.inbound_events") == [b'{"text":"42 days"}']


def test_a_number_within_a_longer_one_is_somebody_else(db):
    mine = {"kind": "phone", "value": "4917199999"}
    requests_with(db, (mine, b'{"from":"4917199999"}'), (OTHER, b'{"from":"49171999991"}'))
    customer = one(db, "select customer_id from customer_identities where value = '4917199999'")
    call(db, "erase_customer", customer)
    assert rows(db, "select body from private.inbound_events") == [b'{"from":"49171999991"}']


def test_a_rejected_item_that_names_the_customer_goes_too(db):
    customer, _ = leave_traces(db)
    ingest(db, {"kind": "unhandled", "account": "shop", "reason": "odd", "item": {"wa_id": PHONE}})
    call(db, "erase_customer", customer)
    assert traces(db, PHONE) == []


def leave_traces_on_the_website(db):
    """Lets a visitor write the mark wherever a page lets them; gives their customer."""
    visitor = add_user(db)
    secret = call(
        db, "private.rotate_identity_secret", call(db, "private.default_channel", "website")
    )
    db.execute("insert into proactive_rules (name, texts) values ('A', '{\"en\": \"Hello\"}')")
    with acting(db, visitor):
        call(db, "visit_page", f"https://example.com/{MARK}", MARK, None, None, True)
        conversation = call(db, "create_conversation", f"{MARK}@example.com", "website", MARK)
        call(db, "leave_email", f"{MARK}@example.com")
        traits = {"name": MARK, "more": MARK}
        call(db, "identify", MARK, signature_of(MARK, secret), None, traits)
    with acting(db, add_agent(db)):
        call(db, "send_message", conversation, f"Dear {MARK}")
    return one(db, "select customer_id from conversations where id = %s", conversation)


@pytest.mark.parametrize("function", ["erase_customer", "anonymise_customer"])
def test_nothing_is_left_of_a_visitor(db, function):
    customer = leave_traces_on_the_website(db)
    assert len(traces(db, MARK)) >= 10
    with acting(db, add_agent(db, "admin")):
        call(db, function, customer)
    assert traces(db, MARK) == []


@pytest.mark.parametrize("function", ["erase_customer", "anonymise_customer"])
def test_nothing_is_left_of_who_a_visitor_turned_out_to_be(db, function):
    customer = leave_traces_on_the_website(db)
    visitor = one(db, "select value from customer_identities where kind = 'visitor'")
    secret = call(
        db, "private.rotate_identity_secret", call(db, "private.default_channel", "website")
    )
    other = add_user(db)
    with acting(db, other):
        call(db, "create_conversation", "visitor", "website", "Hello")
        call(db, "identify", MARK, signature_of(MARK, secret), None, {})
    assert one(db, "select count(*) from private.identity_moves") == 1
    assert one(db, "select count(*) from private.paces") > 1
    call(db, function, customer)
    assert one(db, "select count(*) from private.identity_moves") == 0
    query = "select count(*) from private.paces where subject like %s or subject like %s"
    assert one(db, query, f"%{visitor}", f"%{other}") == 0


ADDRESSES = (
    "left@example.com",
    "profile@example.com",
    "mailed@example.com",
    "4917555555",
    "c.1@shop.example",
)


@pytest.mark.parametrize("function", ["erase_customer", "anonymise_customer"])
@pytest.mark.parametrize("value", ADDRESSES)
def test_requests_are_found_by_every_address_however_it_is_written(db, function, value):
    call(db, "private.register_channel", "email", "shop", "Shop")
    conversation = call(db, "create_conversation", "first@example.com", "email")
    customer = one(db, "select customer_id from conversations")
    call(db, "send_message", conversation, "Good day")
    [send] = claim_sends(db, channel_types=("email",))
    report(db, send, "sent", external_ids=["c.1@shop.example"])
    db.execute("update messages set external_message_id = null")
    call(db, "private.keep_email", customer, "left@example.com", "leave_email")
    db.execute("update private.deliveries set address = 'mailed@example.com'")
    db.execute("update customer_profiles set email = 'Profile@example.com', phone = '4917555555'")
    db.execute(
        "insert into private.inbound_events (channel_type, body)"
        " values ('email', %s), ('email', %s)",
        [f"To: <{value.upper()}>\r\n\r\n".encode(), f"To: <x{value}>".encode()],
    )
    call(db, function, customer)
    left = rows(db, "select body from private.inbound_events")
    assert left == [f"To: <x{value}>".encode()]
