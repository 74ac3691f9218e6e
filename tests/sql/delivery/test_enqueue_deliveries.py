"""What we say leaves by the outbox, once."""

from __future__ import annotations

import pytest

from tests.sql.rows import broadcasts, call, ingest, message, one, refused, rows, write_in


def test_an_agents_message_is_queued_and_the_worker_rung(db):
    conversation = write_in(db)
    call(db, "send_message", conversation, "Good day")
    assert rows(db, "select state from private.deliveries") == ["queued"]
    assert len(broadcasts(db, "worker", "deliveries")) == 1


def test_on_the_website_the_row_is_the_delivery(db):
    conversation = call(db, "create_conversation", "me@example.com", "website", "Hello")
    call(db, "send_message", conversation, "Good day")
    assert rows(db, "select state, sent_at is not null from private.deliveries") == [("sent", True)]
    assert broadcasts(db, "worker", "deliveries") == []


def test_what_a_person_wrote_on_the_platform_is_sent_already(db):
    write_in(db)
    ingest(db, message("On it", sender="agent", external_id="wamid.echo"))
    assert rows(db, "select state, external_id from private.deliveries") == [("sent", "wamid.echo")]


def test_a_message_is_delivered_once_on_a_channel(db):
    conversation = write_in(db)
    call(db, "send_message", conversation, "Good day")
    with refused(db, "23505"):
        db.execute(
            "insert into private.deliveries"
            " (message_id, conversation_id, channel_id, channel_type)"
            " select message_id, conversation_id, channel_id, channel_type from private.deliveries"
        )


@pytest.mark.parametrize("count", [1, 20])
def test_a_batch_keeps_its_order(db, count):
    conversation = write_in(db)
    db.execute(
        "insert into messages (conversation_id, sender_type, content)"
        " select %s, 'agent', number::text from generate_series(1, %s) as number",
        [conversation, count],
    )
    query = """
    select array_agg(messages.content order by position) = array_agg(messages.content order by seq)
    from private.deliveries join messages on messages.id = message_id
    """
    assert one(db, query) is True
