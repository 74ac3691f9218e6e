"""Echoes of our own sends, and of people who write on the platform."""

from __future__ import annotations

import json

import pytest

from tests.sql.rows import (
    call,
    claim_sends,
    ingest,
    message,
    one,
    report,
    rows,
    state_of,
    write_in,
)


@pytest.fixture
def conversation(db):
    """A conversation in which the system has just begun to send."""
    found = write_in(db)
    db.execute(
        "insert into messages (conversation_id, sender_type, content)"
        " values (%s, 'system', 'Three days.')",
        [found],
    )
    return found


def echo(text="Three days.", **more):
    return message(text, sender="agent", external_id="mid.echo", **more)


def agents_messages(db):
    return one(db, "select count(*) from messages where sender_type = 'agent'")


def test_an_echo_before_the_answer_is_the_receipt_and_silences_nobody(db, conversation):
    [send] = claim_sends(db)
    ingest(db, echo())
    assert agents_messages(db) == 0
    assert state_of(db, conversation, "ai_mode") == "auto"
    assert rows(db, "select state, external_id from private.deliveries") == [("sent", "mid.echo")]
    assert report(db, send, "sent", external_ids=["mid.echo"]) == "sent"


def test_an_echo_after_the_answer_is_known_by_its_id(db, conversation):
    report(db, claim_sends(db)[0], "sent", external_ids=["mid.text", "mid.echo"])
    ingest(db, echo(""))
    assert agents_messages(db) == 0


def test_an_echo_that_brings_our_own_id_back_is_ours_whatever_it_says(db, conversation):
    [send] = claim_sends(db)
    ingest(db, echo("Three days…", tracker=send["delivery_id"]))
    assert agents_messages(db) == 0


def test_words_that_the_platform_has_trimmed_are_the_same(db):
    write_in(db)
    say(db, "Three days.\n")
    claim_sends(db)
    ingest(db, echo())
    assert agents_messages(db) == 0


def say(db, text, **metadata):
    db.execute(
        "insert into messages (conversation_id, sender_type, content, metadata)"
        " select id, 'system', %s, %s from conversations",
        [text, json.dumps(metadata)],
    )


LONG = "One sentence of several. " * 60


def test_parts_of_a_long_text_are_ours_and_prove_only_themselves(db):
    write_in(db)
    say(db, LONG)
    [send] = claim_sends(db)
    parts = [LONG[:700].strip(), LONG[700:].strip()]
    ingest(db, *(echo(part) | {"external_id": f"mid.{n}"} for n, part in enumerate(parts)))
    assert agents_messages(db) == 0
    assert one(db, "select state from private.deliveries") == "sending"
    assert report(db, send, "sent", external_ids=["mid.0", "mid.1"]) == "sent"


def test_a_short_word_within_a_short_answer_may_be_a_persons(db, conversation):
    claim_sends(db)
    ingest(db, echo("days"))
    assert agents_messages(db) == 1


def test_a_part_that_failed_is_sent_again_though_another_was_echoed(db):
    write_in(db)
    say(db, "Here it is", media=[{"kind": "image", "url": "https://x.example/a"}])
    [send] = claim_sends(db)
    ingest(db, echo("Here it is", tracker=send["delivery_id"]))
    assert report(db, send, "retry", external_ids=["mid.echo"]) == "queued"
    assert one(db, "select part_ids from private.deliveries") == ["mid.echo"]


def test_what_our_own_app_sent_silences_nobody_though_we_do_not_know_it(db, conversation):
    ingest(db, echo("From elsewhere", metadata={"app_id": "5", "own_app": True}))
    assert agents_messages(db) == 0
    assert state_of(db, conversation, "ai_mode") == "auto"


def test_an_echo_settles_a_send_of_which_nobody_knew(db, conversation):
    report(db, claim_sends(db)[0], "unknown")
    ingest(db, echo())
    assert one(db, "select state from private.deliveries") == "sent"


def test_what_a_person_writes_on_the_platform_is_theirs(db, conversation):
    claim_sends(db)
    ingest(db, echo("Hi, Anna here"))
    assert agents_messages(db) == 1
    assert state_of(db, conversation, "ai_mode") == "human"


def test_what_a_person_says_again_after_the_system_is_theirs(db, conversation):
    report(db, claim_sends(db)[0], "sent", external_ids=["mid.text"])
    ingest(db, echo())
    assert agents_messages(db) == 1


def test_a_send_that_went_over_to_another_account_is_not_echoed_here(db, conversation):
    claim_sends(db)
    other = call(db, "private.register_channel", "whatsapp", "other", "Other")
    db.execute("update private.deliveries set channel_id = %s", [other])
    ingest(db, echo())
    assert agents_messages(db) == 1


@pytest.mark.parametrize(
    ("sent", "seen", "persons"),
    [
        ({"media": [{"kind": "image", "url": "https://x.example/a"}]}, [{"kind": "image"}], 0),
        ({"media": [{"kind": "image", "url": "https://x.example/a"}]}, [], 1),
        ({}, [{"kind": "image"}], 1),
    ],
    ids=["ours", "no file", "a file beside our words"],
)
def test_without_words_a_file_alone_is_the_echo_of_a_file(db, sent, seen, persons):
    write_in(db)
    say(db, "Three days.", **sent)
    claim_sends(db)
    ingest(db, echo("", media=seen, message_type="image"))
    assert agents_messages(db) == persons
