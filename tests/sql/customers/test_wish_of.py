"""Messages that say nothing but STOP or START, in twelve languages."""

from __future__ import annotations

import pytest

from tests.sql.rows import call
from tests.worker.sayings import of
from worker.phrases import LANGUAGES

ORDINARY = ("ordinary", "short", "brief", "human", "complaint", "greeting", "thanks")


def wish(db, text, language=None):
    found = call(db, "private.wish_of", text, language)
    return found and (found["wish"], found["language"])


@pytest.mark.parametrize(("kind", "name"), [("stop", "opt_out"), ("start", "opt_in")])
def test_the_word_alone_is_heard_in_every_language(db, kind, name):
    said = of(kind)
    assert {one.language for one in said} == set(LANGUAGES)
    expected = [(one.text, (name, one.language)) for one in said]
    assert [(one.text, wish(db, one.text, one.language)) for one in said] == expected


@pytest.mark.parametrize(
    ("kinds", "name"),
    [(("no_stop", "start", *ORDINARY), "opt_out"), (("no_start", "stop", *ORDINARY), "opt_in")],
)
def test_within_a_sentence_it_is_none(db, kinds, name):
    heard = [one.text for one in of(*kinds) if (wish(db, one.text) or ("",))[0] == name]
    assert heard == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_who_gets_messages_again_is_told_how_to_stop_them(db, language):
    told = call(db, "private.resumed_text", language)
    words = told.replace("“", " ").replace("”", " ").split()
    assert ("opt_out", language) in [wish(db, word, language) for word in words]


def test_the_language_is_the_likely_one_where_a_word_is_of_many(db):
    assert [wish(db, "STOP", one) for one in ("de-AT", "xx", None)] == [
        ("opt_out", "de"),
        ("opt_out", "en"),
        ("opt_out", "en"),
    ]


@pytest.mark.parametrize("text", ["", "…", " ", "/start", "please", "stop " * 30, None])
def test_what_says_neither_is_none(db, text):
    assert wish(db, text) is None


def test_what_is_said_twice_is_said(db):
    assert wish(db, "Stop.\nSTOP!!") == ("opt_out", "en")
