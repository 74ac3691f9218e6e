"""What Realtime is told, and whom: the team everything, the customer what is theirs."""

from __future__ import annotations

import pytest

from tests.sql.rows import acting, add_agent, broadcasts, call, ingest, message, rows, write_in


def test_a_message_is_told_to_the_team_and_to_its_conversation(db):
    conversation = write_in(db)
    [team] = broadcasts(db, "inbox", "message_created")
    [customer] = broadcasts(db, f"conversation:{conversation}", "message_created")
    assert team["message"]["content"] == customer["message"]["content"] == "Hello"
    assert team["conversation"]["message_count"] == 1
    assert team["conversation"]["unread_count"] == 1
    assert "external_message_id" not in customer["message"]
    assert "conversation" not in customer


def test_notes_and_events_are_told_to_the_team_alone(db):
    conversation = write_in(db)
    with acting(db, add_agent(db)):
        call(db, "send_message", conversation, "He is angry", None, None, True)
        call(db, "assign_conversation", conversation, None)
    assert len(broadcasts(db, "inbox", "message_created")) == 3
    assert len(broadcasts(db, f"conversation:{conversation}", "message_created")) == 1


def test_a_changed_note_is_told_to_the_team_alone(db):
    conversation = write_in(db)
    with acting(db, add_agent(db)):
        note = call(db, "send_message", conversation, "He is angry", None, None, True)
    db.execute("update messages set content = 'He was angry' where id = %s", [note["id"]])
    assert len(broadcasts(db, "inbox", "message_updated")) == 1
    assert broadcasts(db, f"conversation:{conversation}", "message_updated") == []


def test_a_batch_is_told_message_by_message(db):
    ingest(db, *[message(f"Message {number}") for number in range(5)])
    told = [ring["message"]["seq"] for ring in broadcasts(db, "inbox", "message_created")]
    assert sorted(told) == [1, 2, 3, 4, 5]


def test_a_changed_status_is_told_to_both(db):
    conversation = write_in(db)
    call(db, "mark_messages_read", conversation)
    for topic in ("inbox", f"conversation:{conversation}"):
        [ring] = broadcasts(db, topic, "message_updated")
        assert ring["message"]["delivery_status"] == "read"


@pytest.mark.parametrize(
    ("verb", "value", "told"),
    [
        ("set_priority", "high", 1),
        ("set_priority", "normal", 0),
        ("set_tags", ["vip"], 1),
        ("take_over", None, 1),
    ],
)
def test_a_changed_conversation_is_told(db, verb, value, told):
    conversation = write_in(db)
    call(db, verb, conversation, *([value] if value else []))
    assert len(broadcasts(db, "inbox", "conversation_updated")) == told
    seen = broadcasts(db, f"conversation:{conversation}", "conversation_updated")
    assert all("tags" not in ring["conversation"] for ring in seen)


def test_counting_alone_is_no_change(db):
    write_in(db)
    write_in(db, "Again")
    assert broadcasts(db, "inbox", "conversation_updated") == []


def test_every_ring_has_an_id_to_tell_repeats_by(db):
    conversation = write_in(db)
    call(db, "take_over", conversation)
    query = "select payload ->> 'id' from realtime.messages where topic = 'inbox'"
    assert None not in rows(db, query)
