"""A row for a channel or a language that there is not would apply to nobody: it is refused."""

from __future__ import annotations

import pytest

from tests.sql.rows import acting, add_agent, call, one, refused

INTO = {
    "ai_settings": "insert into ai_settings (tone, {column}) values ('Warm.', %s) returning id",
    "hand_over_rules": (
        "insert into hand_over_rules (name, keywords, {column}) values ('Press', '{{press}}', %s)"
        " returning id"
    ),
    "routing_rules": (
        "insert into routing_rules (name, priority, {column}) values ('Press', 'high', %s)"
        " returning id"
    ),
}
CODES = ["de", "DE", "fil", "pt-BR", "zh-Hant", "zh-Hant-TW", "es-419"]
NO_CODES = ["german", "d", "de_AT", "de-", "de-austria", "", " de", "de\n"]


@pytest.fixture(autouse=True)
def admin(db):
    """Settings are written by admins."""
    with acting(db, add_agent(db, "admin")):
        yield


def put(db, table, column, value):
    return one(db, INTO[table].format(column=column), value)


@pytest.mark.parametrize("table", INTO)
@pytest.mark.parametrize("language", NO_CODES)
def test_what_is_no_code_of_a_language_is_refused(db, table, language):
    with refused(db, "PT400"):
        put(db, table, "language", language)


@pytest.mark.parametrize("table", INTO)
@pytest.mark.parametrize("language", CODES)
def test_a_code_of_a_language_is_taken(db, table, language):
    assert put(db, table, "language", language)


@pytest.mark.parametrize("table", INTO)
@pytest.mark.parametrize("channel", ["sms", "WhatsApp", ""])
def test_a_channel_that_there_is_not_is_refused(db, table, channel):
    with refused(db, "PT400"):
        put(db, table, "channel_type", channel)


@pytest.mark.parametrize("table", INTO)
def test_a_row_that_is_for_somebody_is_not_turned_to_nobody(db, table):
    row = put(db, table, "language", "de")
    with refused(db, "PT400"):
        db.execute(f"update {table} set language = 'german' where id = %s", [row])


def test_the_error_names_the_language_and_says_what_a_code_is(db):
    with pytest.raises(Exception, match="german is no code of a language") as caught:
        put(db, "ai_settings", "language", "german")
    assert "pt-BR" in caught.value.diag.message_hint


def test_a_proactive_rule_is_for_languages_that_there_are(db):
    query = """insert into proactive_rules (name, texts, languages)
        values ('Cart', '{"en": "Can we help?"}', %s) returning id"""
    assert one(db, query, ["de", "pt-BR"])
    with refused(db, "PT400"):
        one(db, query, ["de", "german"])


def test_a_threshold_and_past_turns_of_no_language_are_refused(db):
    with refused(db, "PT400"):
        call(db, "tune_threshold", None, "german")
    with refused(db, "PT400"):
        call(db, "backtest", {}, {"language": "german"}, 10)
