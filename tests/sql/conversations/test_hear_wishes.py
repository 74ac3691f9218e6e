"""STOP and START are heard whoever has the conversation: consent is a matter of law."""

from __future__ import annotations

import pytest

from tests.sql.mails import receive
from tests.sql.rows import (
    acting,
    add_agent,
    add_article,
    answer,
    call,
    claim_turns,
    record,
    rows,
    write_in,
)

REVOKED = "select revoked_at is not null from customer_identities"
CONSENT = "select consented_at > now(), consent_source, revoked_at from customer_identities"


def nothing(db, conversation):
    """The AI has the conversation."""


def taken_over(db, conversation):
    with acting(db, add_agent(db)):
        call(db, "take_over", conversation)


def resolved(db, conversation):
    with acting(db, add_agent(db)):
        call(db, "resolve_conversation", conversation)


def switched_off(db, conversation):
    db.execute("insert into ai_settings (channel_type, mode) values ('whatsapp', 'off')")


OWNERS = [nothing, taken_over, resolved, switched_off]


@pytest.mark.parametrize("happens", OWNERS)
def test_stop_is_heard_as_it_comes_in(db, happens):
    happens(db, write_in(db, "Hello"))
    assert rows(db, REVOKED) == [False]
    write_in(db, "STOP")
    assert rows(db, REVOKED) == [True]


@pytest.mark.parametrize("happens", OWNERS)
def test_start_gives_back_what_stop_took(db, happens):
    happens(db, write_in(db, "Stopp bitte"))
    write_in(db, "Start")
    assert rows(db, CONSENT) == [(True, "START, written by the customer", None)]


def test_start_of_who_never_said_stop_is_no_consent(db):
    write_in(db, "START")
    assert rows(db, CONSENT) == [(None, None, None)]


def test_the_last_of_several_counts(db):
    for word in ("STOP", "START", "STOP"):
        write_in(db, word)
    assert rows(db, REVOKED) == [True]


def test_a_mail_may_say_it_in_its_subject_alone(db):
    receive(db, "", metadata={"subject": "Unsubscribe"})
    assert rows(db, REVOKED) == [True]


def test_automatic_mail_wishes_nothing(db):
    receive(db, "Stop", calls_for_answer=False)
    assert rows(db, REVOKED) == [False]


def test_a_turn_is_told_what_was_wished_and_what_held_before(db):
    db.execute("delete from hand_over_rules")
    article = add_article(db)
    for text, name, had_opted_out in (
        ("STOP", "opt_out", True),
        ("START", "opt_in", True),
        ("START", "opt_in", False),
    ):
        write_in(db, text)
        [turn] = claim_turns(db)
        assert (turn["wish"]["wish"], turn["had_opted_out"]) == (name, had_opted_out)
        record(db, turn, answer(article))
