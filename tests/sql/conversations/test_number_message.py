"""Numbers without a gap and counters without an error, whoever writes at once."""

from __future__ import annotations

import threading

import psycopg
import pytest

from tests.invariants import broken_invariants
from tests.sql.rows import call, ingest, message, one, refused, rows, state_of, write_in

WRITERS = 8
EACH = 12


def test_eight_writers_leave_no_gap_and_no_wrong_count(fresh_database):
    url = fresh_database()
    with psycopg.connect(url, autocommit=True) as connection:
        conversation = write_in(connection)

    def write(number):
        with psycopg.connect(url, autocommit=True) as connection:
            for _ in range(EACH):
                if number % 2:
                    call(connection, "send_message", conversation, "Good day")
                else:
                    ingest(connection, message("Hello"), message("Again"))

    threads = [threading.Thread(target=write, args=[number]) for number in range(WRITERS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with psycopg.connect(url) as connection:
        assert state_of(connection, conversation, "last_seq") == 1 + EACH * WRITERS * 3 // 2
        broken = broken_invariants(connection)
        assert broken == {}


def test_a_failed_message_leaves_no_gap(db):
    conversation = write_in(db)
    with refused(db, "23514"):
        db.execute(
            "insert into messages (conversation_id, sender_type, content)"
            " values (%s, 'parrot', 'x')",
            [conversation],
        )
    write_in(db, "Next")
    assert rows(db, "select seq from messages order by seq") == [1, 2]


def test_the_service_window_is_that_of_the_conversations_channel(db):
    ingest(db, message(external_id="1"), channel_type="telegram")
    write_in(db)
    query = "select channel_type, window_expires_at is not null from conversations order by 1"
    assert rows(db, query) == [("telegram", False), ("whatsapp", True)]


def test_a_conversation_is_opened_on_its_channel_and_in_its_thread(db):
    conversation = write_in(db)
    customer, channel = rows(db, "select customer_id, channel_id from conversations")[0]
    other = call(db, "private.register_channel", "whatsapp", "other", "Other")
    opened = [
        call(db, "private.open_conversation", customer, place, None, thread)
        for place, thread in ((channel, ""), (other, ""), (channel, "a thread"))
    ]
    assert opened[0] == conversation
    assert len(set(opened)) == 3


def test_a_message_into_nowhere_is_refused(db):
    with refused(db, "PT404"):
        db.execute(
            "insert into messages (conversation_id, sender_type) values (gen_random_uuid(), 'ai')"
        )


@pytest.mark.parametrize(
    ("channel_type", "opens"), [("whatsapp", True), ("website", False), ("email", False)]
)
def test_a_customers_message_opens_the_service_window(db, channel_type, opens):
    ingest(db, message(), channel_type=channel_type)
    window = one(db, "select window_expires_at - last_message_at from conversations")
    assert (window is not None and window.days == 1) == opens


def test_our_own_messages_open_no_window(db):
    conversation = write_in(db)
    before = state_of(db, conversation, "window_expires_at")
    call(db, "send_message", conversation, "Good day")
    assert state_of(db, conversation, "window_expires_at") == before


def test_what_has_no_words_is_shown_by_its_kind(db):
    conversation = write_in(db, "", message_type="image")
    assert state_of(db, conversation, "last_message") == "[image]"
