"""Customers see that we type or have read: once, where their platform can show it, or not."""

from __future__ import annotations

from tests.sql.rows import (
    PHONE,
    acting,
    add_agent,
    add_user,
    broadcasts,
    call,
    one,
    rows,
    write_in,
)


def claim(db, types=("whatsapp",), accounts=None):
    return rows(db, "select private.claim_signals(%s, %s)", list(types), accounts)


def test_an_agent_who_reads_or_types_is_seen_by_the_customer(db):
    conversation = write_in(db, external_id="wamid.1")
    write_in(db, external_id="wamid.2")
    with acting(db, add_agent(db)):
        call(db, "mark_messages_read", conversation)
        call(db, "set_typing", conversation)
        call(db, "set_typing", conversation)
        call(db, "set_typing", conversation, False)
    found = claim(db)
    assert sorted(signal["kind"] for signal in found) == ["read", "typing"]
    assert {key: found[0][key] for key in found[0] if key != "kind"} == {
        "conversation_id": str(conversation),
        "channel_type": "whatsapp",
        "account": "shop",
        "identities": {"phone": PHONE},
        "external_id": "wamid.2",
    }
    assert broadcasts(db, "worker", "signals")
    assert claim(db) == []


def test_what_a_worker_leaves_is_the_next_ones(db):
    conversation = write_in(db)
    with acting(db, add_agent(db)):
        call(db, "mark_messages_read", conversation)
        call(db, "set_typing", conversation)
    query = "select private.claim_signals('{whatsapp}', null, 1)"
    assert [len(rows(db, query)) for _ in range(3)] == [1, 1, 0]


def test_nothing_new_to_read_shows_nothing(db):
    conversation = write_in(db)
    with acting(db, add_agent(db)):
        call(db, "mark_messages_read", conversation)
    claim(db)
    with acting(db, add_agent(db)):
        call(db, "mark_messages_read", conversation)
    assert claim(db) == []


def test_a_visitor_and_the_website_need_no_platform(db):
    visitor = add_user(db)
    with acting(db, visitor):
        conversation = call(db, "create_conversation", "me@example.com", "website", "Hello")
        call(db, "set_typing", conversation)
        call(db, "mark_messages_read", conversation)
    with acting(db, add_agent(db)):
        call(db, "set_typing", conversation)
    assert one(db, "select count(*) from private.signals") == 0


def test_what_is_old_is_dropped_by_whoever_looks(db):
    conversation = write_in(db)
    call(db, "private.request_signals", [conversation], "typing")
    db.execute("update private.signals set requested_at = now() - interval '21 seconds'")
    assert claim(db, types=("telegram",)) == []
    assert one(db, "select count(*) from private.signals") == 0


def test_only_channels_and_accounts_that_the_worker_speaks(db):
    call(db, "private.request_signals", [write_in(db)], "typing")
    assert claim(db, types=("telegram",)) == []
    assert claim(db, accounts=["another"]) == []
    assert len(claim(db, accounts=["shop"])) == 1
