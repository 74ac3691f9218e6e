"""The one way in: bytes kept, messages stored, duplicates dropped, bad items set aside."""

from __future__ import annotations

import json

import pytest
from psycopg.types.json import Jsonb

from tests.sql.rows import (
    PHONE,
    call,
    ingest,
    message,
    one,
    receipt,
    rows,
    said,
    state_of,
    write_in,
)

UNHANDLED = {"kind": "unhandled", "account": "shop", "reason": "unknown type", "item": {"a": 1}}


def take(db, bodies, events, errors=None, headers=None, ids=None):
    """Takes in n requests at once."""
    call(db, "private.register_channel", "whatsapp", "shop", "Shop")
    return one(
        db,
        "select private.ingest_events('whatsapp', %s, %s, %s, %s::text[], %s)",
        bodies,
        Jsonb(headers or [{} for _ in events]),
        Jsonb(events),
        errors or [None] * len(events),
        ids,
    )


def test_the_bytes_are_kept_as_they_came(db):
    body = b'\x00\xff{"a": "\\u0000"}'
    taken = take(db, [body], [[]], headers=[{"x-hub": "1"}])
    query = "select body, headers, state from private.inbound_events where id = %s"
    assert rows(db, query, taken["inbound_ids"][0]) == [(body, {"x-hub": "1"}, "done")]


def test_many_requests_are_one_call(db):
    taken = take(
        db,
        [b"1", b"2", b"3"],
        [[message("One"), message("Two")], None, [message("Three"), receipt("wamid.x", "sent")]],
        errors=[None, "no JSON", None],
    )
    assert (taken["messages"], taken["receipts"], taken["rejected"]) == (3, 1, 0)
    query = "select body, state, error from private.inbound_events order by id"
    assert rows(db, query) == [
        (b"1", "done", None),
        (b"2", "failed", "no JSON"),
        (b"3", "done", None),
    ]
    assert rows(db, "select id from private.inbound_events order by id") == taken["inbound_ids"]
    assert [content for _, content in said(db, one(db, "select id from conversations"))] == [
        "One",
        "Two",
        "Three",
    ]


def test_a_message_becomes_a_row_with_all_it_brought(db):
    first = message("Look", external_id="wamid.1")
    ingest(db, first)
    conversation = write_in(
        db,
        "This one",
        message_type="image",
        media=[{"kind": "image", "url": "https://example.com/a.jpg"}],
        reply_to="wamid.1",
        metadata={"forwarded": True},
    )
    [found] = rows(
        db,
        "select to_jsonb(messages) from messages where conversation_id = %s and seq = 2",
        conversation,
    )
    assert found["media_url"] == "https://example.com/a.jpg"
    assert found["message_type"] == "image"
    assert found["metadata"]["forwarded"] is True
    assert found["metadata"]["occurred_at"] == first["occurred_at"]
    quoted = one(db, "select id from messages where external_message_id = 'wamid.1'")
    assert found["reply_to_id"] == str(quoted)


def test_the_platforms_order_is_kept_within_a_batch(db):
    late = message("Second", occurred_at="2026-11-20T12:00:09+00:00")
    early = message("First", occurred_at="2026-11-20T12:00:01+00:00")
    ingest(db, late, early)
    assert rows(db, "select content from messages order by seq") == ["First", "Second"]


def test_a_repeat_is_dropped_and_counted(db):
    event = message()
    assert ingest(db, event)["messages"] == 1
    taken = ingest(db, event, event)
    assert (taken["messages"], taken["duplicates"]) == (0, 2)
    assert rows(db, "select last_seq from conversations") == [1]


def test_a_repeat_within_one_batch_is_stored_once(db):
    event = message()
    taken = ingest(db, event, message("Other"), event, {**event, "content": "Changed"})
    assert (taken["messages"], taken["duplicates"]) == (2, 2)
    assert rows(db, "select content from messages order by seq") == ["Hello", "Other"]


def test_the_same_id_on_another_account_is_another_message(db):
    call(db, "private.register_channel", "whatsapp", "second", "Second")
    event = message()
    assert ingest(db, event, {**event, "account": "second"})["messages"] == 2


def test_the_same_value_of_another_kind_is_another_customer(db):
    ingest(db, message("One"))
    ingest(db, message("Two", identities=[{"kind": "external", "value": PHONE}]))
    assert one(db, "select count(*) from customer_profiles") == 2


def test_a_message_goes_to_the_conversation_of_its_own_channel(db):
    call(db, "private.register_channel", "whatsapp", "other", "Other")
    ingest(db, message("One"))
    ingest(db, message("Two", account="other"))
    both = "select min(id::text)::uuid from customer_profiles"
    db.execute(f"update customer_identities set customer_id = ({both})")
    db.execute(f"update conversations set customer_id = ({both})")
    ingest(db, message("Three"), message("Four", account="other"))
    query = "select string_agg(content, ' ' order by seq) from messages group by channel_id"
    assert sorted(rows(db, query)) == ["One Three", "Two Four"]


def test_what_calls_for_no_answer_opens_no_turn(db):
    ingest(db, message("Out of office", calls_for_answer=False))
    assert one(db, "select calls_for_answer from messages") is False
    assert one(db, "select count(*) from private.reply_jobs") == 0


def test_an_unknown_account_is_a_dead_letter(db):
    assert ingest(db, message(account="nobody"))["rejected"] == 1
    assert rows(db, "select kind, reason from dead_letters") == [("item", "unknown account nobody")]


@pytest.mark.parametrize(
    ("item", "reason"),
    [
        (UNHANDLED, "unknown type"),
        ({"kind": "unhandled", "reason": "x" * 9000}, "x" * 1000),
        ({**message(), "kind": "dance"}, "unknown kind dance"),
        ({**message(), "kind": None}, "unknown kind null"),
        ({"account": "shop"}, "unknown kind null"),
        ("text", "unknown account null"),
        (None, "unknown account null"),
        ([], "unknown account null"),
        (message(external_id=""), "no usable id"),
        (message(external_id=None), "no usable id"),
        (message(external_id="x" * 513), "no usable id"),
        (message(identities=[]), "no usable identity"),
        (message(identities=None), "no usable identity"),
        (message(identities=["x"]), "no usable identity"),
        (message(identities=[{"kind": "pigeon", "value": "1"}]), "no usable identity"),
        (receipt("wamid.1", "eaten"), "unknown status eaten"),
        (receipt("", "sent"), "no usable id"),
        ({"kind": "edit", "account": "shop", "target_id": ""}, "about no message"),
        ({"kind": "revoke", "account": "shop"}, "about no message"),
        ({"kind": "identity_change", "account": "shop"}, "no usable identity"),
        (
            {
                "kind": "identity_change",
                "account": "shop",
                "old": {"kind": "phone", "value": "1"},
                "new": {"kind": "pigeon", "value": "2"},
            },
            "no usable identity",
        ),
    ],
)
def test_a_bad_item_is_set_aside_and_its_neighbours_stored(db, item, reason):
    taken = ingest(db, message("Before"), item, message("After"))
    assert (taken["messages"], taken["rejected"]) == (2, 1)
    assert rows(db, "select item, reason from private.rejected_items") == [(item, reason)]


@pytest.mark.parametrize(
    "odd",
    [
        {"calls_for_answer": "perhaps"},
        {"occurred_at": "yesterday"},
        {"media": "x"},
        {"media": [1]},
        {"metadata": [1]},
        {"metadata": None},
        {"sender": None},
        {"message_type": "x" * 500},
        {"customer_name": "x" * 5000},
        {"language": 7},
        {"reply_to": {"a": 1}},
        {"content": None},
        {"content": "\u202e" + "\U0001f9d1\u200d\U0001f680" * 50},
        {"content": "x" * 200_000},
    ],
)
def test_odd_details_do_not_lose_a_message(db, odd):
    assert ingest(db, message(**odd))["messages"] == 1


def test_an_overlong_text_is_cut_and_says_so(db):
    ingest(db, message("x" * 200_000))
    query = "select length(content), metadata -> 'truncated' from messages"
    assert rows(db, query) == [(100_000, True)]


def test_an_echo_is_a_person_who_answers(db):
    conversation = write_in(db)
    ingest(db, message("On it", sender="agent"))
    assert said(db, conversation) == [("customer", "Hello"), ("agent", "On it")]
    assert state_of(db, conversation, "ai_mode") == "human"
    assert rows(db, "select outcome from private.reply_jobs") == ["taken_over"]
    write_in(db, "Thanks")
    assert rows(db, "select id from private.reply_jobs where outcome is null") == []


def test_a_repeated_echo_does_not_take_the_conversation_again(db):
    echo = message("On it", sender="agent")
    conversation = write_in(db)
    ingest(db, echo)
    call(db, "give_back", conversation)
    ingest(db, echo)
    assert state_of(db, conversation, "ai_mode") == "auto"


def test_a_replay_stores_what_is_missing_and_keeps_the_bytes(db):
    taken = take(db, [b"raw"], [None], errors=["parser bug"])
    again = take(db, [], [[message()]], ids=taken["inbound_ids"])
    assert again["messages"] == 1
    query = "select body, state, error, attempts from private.inbound_events"
    assert rows(db, query) == [(b"raw", "done", None, 2)]
    assert (
        take(db, [], [[message()]], ids=taken["inbound_ids"])["inbound_ids"]
        == (taken["inbound_ids"])
    )


def test_what_was_kept_can_be_read_back(db):
    taken = take(db, [b"one", b"two"], [[], []], headers=[{"a": "1"}, {}])
    [first] = rows(
        db, "select private.inbound_for_replay(null, null, %s)", taken["inbound_ids"][:1]
    )
    assert (first["body"], first["headers"], first["channel_type"]) == (
        "b25l",
        {"a": "1"},
        "whatsapp",
    )
    assert len(rows(db, "select private.inbound_for_replay(now() - interval '1 minute')")) == 2
    assert rows(db, "select private.inbound_for_replay(now() + interval '1 minute')") == []


def test_an_empty_batch_is_nothing(db):
    assert take(db, [], [])["messages"] == 0


def test_news_of_an_account_is_taken(db):
    taken = ingest(db, {"kind": "account_event", "account": "shop", "name": "x", "data": {}})
    assert taken["rejected"] == 0


def test_a_big_batch_is_one_transaction_of_many_customers(db):
    events = [message(json.dumps(number), phone=f"49{number % 40}") for number in range(200)]
    assert ingest(db, *events)["messages"] == 200
    assert one(db, "select count(*) from conversations") == 40
    assert one(db, "select min(last_seq) from conversations") == 5
    assert one(db, "select count(*) from private.reply_jobs") == 40
