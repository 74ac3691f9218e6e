"""Machines that answer each other are stopped by a count; a person is told, once a day."""

from __future__ import annotations

import pytest

from tests.sql.mails import answer_by_mail, receive
from tests.sql.rows import call, one, rows, said, state_of


@pytest.fixture
def answered(db):
    """A conversation by mail with five automatic answers."""
    conversation = receive(db, "Ping", external_id="1@example.com")
    for _ in range(5):
        answer_by_mail(db, conversation)
    return conversation


def open_turns(db, conversation):
    query = (
        "select count(*) from private.reply_jobs"
        " where conversation_id = %s and state in ('waiting', 'running')"
    )
    return one(db, query, conversation)


def test_after_five_answers_within_an_hour_people_get_the_next_mail(db, answered):
    other = receive(db, "Ping!", thread={"subject": "Other"})
    assert state_of(db, other, "ai_mode") == "human"
    assert state_of(db, other, "handed_over_reason") == "too_many_answers"
    assert open_turns(db, other) == 0
    assert [sender for sender, _ in said(db, other)] == ["customer", "system"]


def test_a_sender_is_told_once_a_day_in_whatever_conversation(db, answered):
    told = []
    for subject in ("Other", "Another", "One more"):
        if subject == "One more":
            db.execute("update messages set created_at = created_at - interval '24 hours'")
            for _ in range(5):
                answer_by_mail(db, answered)
        other = receive(db, "Ping!", thread={"subject": subject})
        assert state_of(db, other, "handed_over_reason") == "too_many_answers"
        told.append([sender for sender, _ in said(db, other)])
    assert told == [["customer", "system"], ["customer"], ["customer", "system"]]


def test_what_was_told_on_another_channel_is_told_here_as_well(db, answered):
    first = receive(db, "Ping!", thread={"subject": "Other"})
    other = call(db, "private.register_channel", "email", "another", "Another")
    db.execute("update conversations set channel_id = %s where id = %s", [other, first])
    second = receive(db, "Ping!", thread={"subject": "Another"})
    assert [sender for sender, _ in said(db, second)] == ["customer", "system"]


def test_automatic_mail_is_told_nothing(db, answered):
    other = receive(db, "Out of office", thread={"subject": "Other"}, calls_for_answer=False)
    assert [sender for sender, _ in said(db, other)] == ["customer"]


def test_answers_of_an_hour_ago_do_not_count(db, answered):
    db.execute("update messages set created_at = created_at - interval '61 minutes'")
    other = receive(db, "Ping!", thread={"subject": "Other"})
    assert (state_of(db, other, "ai_mode"), open_turns(db, other)) == ("auto", 1)


def test_another_sender_is_answered(db, answered):
    other = receive(db, "Hello", "bob@example.com")
    assert open_turns(db, other) == 1


def test_answers_on_another_channel_do_not_count(db, answered):
    other = call(db, "private.register_channel", "email", "another", "Another")
    db.execute("update conversations set channel_id = %s", [other])
    found = receive(db, "Ping!", thread={"subject": "Other"})
    assert (state_of(db, found, "ai_mode"), open_turns(db, found)) == ("auto", 1)


def test_the_limit_is_a_row(db, answered):
    db.execute("insert into ai_settings (channel_type, answers_per_hour) values ('email', 6)")
    other = receive(db, "Ping!", thread={"subject": "Other"})
    assert open_turns(db, other) == 1


def test_what_people_own_is_handed_over_once(db, answered):
    call(db, "private.hand_over_quietly", answered, "too_many_answers")
    call(db, "private.hand_over_quietly", answered, "too_many_answers")
    query = "select metadata ->> 'reason' from messages where is_private"
    assert rows(db, query) == ["too_many_answers"]
