"""Taking up again what found no way."""

from __future__ import annotations

import pytest

from tests.sql.rows import acting, add_agent, add_user, call, ingest, message, one, refused, rows


@pytest.fixture
def dead(db):
    """The id of an item for an account that is not set up."""
    ingest(db, message("Hello", account="new"))
    return one(db, "select id from dead_letters")


def test_an_item_is_stored_once_its_cause_is_gone(db, dead):
    call(db, "private.register_channel", "whatsapp", "new", "New")
    with acting(db, add_agent(db)):
        assert call(db, "retry_dead_letter", "item", dead) == "done"
    assert rows(db, "select content from messages") == ["Hello"]
    assert rows(db, "select id from dead_letters") == []


def test_events_of_an_account_are_taken_in_once_it_is_registered(db, dead):
    assert call(db, "private.take_in_strangers") == 0
    call(db, "private.register_channel", "whatsapp", "new", "New")
    assert call(db, "private.take_in_strangers") == 1
    assert rows(db, "select content from messages") == ["Hello"]
    assert call(db, "private.take_in_strangers") == 0


def test_another_account_takes_in_nothing(db, dead):
    call(db, "private.register_channel", "whatsapp", "shop", "Shop")
    assert call(db, "private.take_in_strangers") == 0
    assert rows(db, "select id from dead_letters") == [dead]


def test_an_item_is_taken_in_once(db, dead):
    call(db, "private.register_channel", "whatsapp", "new", "New")
    assert call(db, "private.retry_item", int(dead)) == "done"
    with refused(db, "PT404"):
        call(db, "private.retry_item", int(dead))
    assert call(db, "private.take_in_strangers") == 0
    assert one(db, "select attempts from private.rejected_items") == 2


def test_an_event_that_is_refused_takes_none_beside_it_back(db):
    db.execute("alter table messages add constraint no_bad check (content <> 'bad')")
    for text in ("first", "bad", "last"):
        ingest(db, message(text, account="new"))
    call(db, "private.register_channel", "whatsapp", "new", "New")
    assert call(db, "private.take_in_strangers") == 2
    assert rows(db, "select content from messages order by seq") == ["first", "last"]
    ((item, reason),) = rows(
        db,
        "select item ->> 'content', reason from private.rejected_items where resolved_at is null",
    )
    assert item == "bad" and "no_bad" in reason
    assert call(db, "private.take_in_strangers") == 0


def test_events_of_long_ago_wait_for_a_person(db, dead):
    db.execute("update private.rejected_items set created_at = created_at - interval '61 minutes'")
    call(db, "private.register_channel", "whatsapp", "new", "New")
    assert call(db, "private.take_in_strangers") == 0


def test_while_the_cause_is_there_it_stays_dead(db, dead):
    assert call(db, "retry_dead_letter", "item", dead) == "rejected"
    assert len(rows(db, "select id from dead_letters")) == 1


def test_what_still_waits_for_its_message_is_parked_again(db):
    ingest(db, {"kind": "revoke", "account": "shop", "target_id": "wamid.1"})
    db.execute("update private.rejected_items set is_parked = false")
    assert call(db, "retry_dead_letter", "item", one(db, "select id from dead_letters")) == "parked"


def test_it_is_written_down_who_did(db, dead):
    agent = add_agent(db)
    with acting(db, agent):
        call(db, "retry_dead_letter", "item", dead)
    query = "select actor_id, subject_id from audit_log where action = 'retry'"
    assert rows(db, query) == [(agent, dead)]


@pytest.mark.parametrize(
    ("kind", "id_"),
    [("inbound", "x"), ("item", "x"), ("item", "9" * 30), ("delivery", "x"), ("reply_job", "x")],
)
def test_what_cannot_be_retried_here_says_so(db, kind, id_):
    with refused(db, "PT400"):
        call(db, "retry_dead_letter", kind, id_)


def test_what_is_not_dead_is_missing(db):
    with refused(db, "PT404"):
        call(db, "retry_dead_letter", "item", "123456")


def test_visitors_retry_nothing(db, dead):
    with acting(db, add_user(db)), refused(db, "PT403"):
        call(db, "retry_dead_letter", "item", dead)
