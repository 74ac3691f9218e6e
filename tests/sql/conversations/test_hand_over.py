"""An agent takes a conversation from the AI and lets the customer know."""

from __future__ import annotations

import pytest

from tests.sql.rows import acting, add_agent, call, one, refused, rows, said, state_of, write_in

LANGUAGES = ("en", "de", "es", "fr", "it", "pt", "nl", "pl", "ru", "tr", "ar", "zh")


def test_the_customer_is_told_once(db):
    conversation = write_in(db, language="de")
    with acting(db, add_agent(db)):
        call(db, "hand_over", conversation, "complaint")
        call(db, "hand_over", conversation, "complaint")
    told = [content for sender, content in said(db, conversation) if sender == "system"]
    assert told == [call(db, "private.hand_over_text", "de")]
    assert state_of(db, conversation, "handed_over_reason") == "complaint"
    assert rows(db, "select outcome, reason from private.reply_jobs") == [
        ("handed_over", "complaint")
    ]


@pytest.mark.parametrize("reason", ["Bad Reason!", "", "a" * 51])
def test_a_reason_is_a_word_as_those_of_rules(db, reason):
    conversation = write_in(db)
    with acting(db, add_agent(db)), refused(db, "PT400"):
        call(db, "hand_over", conversation, reason)
    assert state_of(db, conversation, "handed_over_at") is None


def test_an_agent_needs_no_reason(db):
    conversation = write_in(db)
    with acting(db, add_agent(db)):
        call(db, "hand_over", conversation, None)
    assert state_of(db, conversation, "handed_over_reason") == "agent"


def test_the_words_are_delivered(db):
    conversation = write_in(db)
    call(db, "hand_over", conversation)
    assert rows(db, "select state from private.deliveries") == ["queued"]


def test_twelve_languages_have_words_of_their_own(db):
    texts = {call(db, "private.hand_over_text", language) for language in LANGUAGES}
    assert len(texts) == len(LANGUAGES)


@pytest.mark.parametrize("language", [None, "xx", "en-GB", "EN"])
def test_other_languages_read_english(db, language):
    assert call(db, "private.hand_over_text", language) == call(db, "private.hand_over_text", "en")


def test_a_return_forgets_the_reason(db):
    conversation = write_in(db)
    call(db, "hand_over", conversation, "complaint")
    call(db, "give_back", conversation)
    assert one(db, "select num_nulls(handed_over_at, handed_over_reason) from conversations") == 2
