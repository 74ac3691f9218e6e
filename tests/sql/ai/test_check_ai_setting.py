"""A row for a channel or a language that there is not would apply to nobody: it is refused."""

from __future__ import annotations

import pytest
from psycopg.errors import UniqueViolation
from psycopg.types.json import Jsonb

from tests.sql.rows import acting, add_agent, add_article, call, one, refused, rows

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
NO_LANGUAGES = ["xx", "XX-DE", "uk-UA-", "deu", "eng-US", "und", "qaa"]
SPELLINGS = [
    ("DE", "de"),
    ("PT-br", "pt-BR"),
    ("zh-hant", "zh-Hant"),
    ("ZH-HANT-tw", "zh-Hant-TW"),
    ("ES-419", "es-419"),
    ("FIL", "fil"),
]


@pytest.fixture(autouse=True)
def admin(db):
    """Settings are written by admins."""
    with acting(db, add_agent(db, "admin")):
        yield


def put(db, table, column, value):
    return one(db, INTO[table].format(column=column), value)


@pytest.mark.parametrize("table", INTO)
@pytest.mark.parametrize("language", NO_CODES + NO_LANGUAGES)
def test_what_is_no_code_of_a_language_is_refused(db, table, language):
    with refused(db, "PT400"):
        put(db, table, "language", language)


@pytest.mark.parametrize("table", INTO)
@pytest.mark.parametrize("language", CODES)
def test_a_code_of_a_language_is_taken(db, table, language):
    assert put(db, table, "language", language)


@pytest.mark.parametrize("table", INTO)
@pytest.mark.parametrize(("written", "kept"), SPELLINGS)
def test_a_language_is_kept_in_one_spelling(db, table, written, kept):
    row = put(db, table, "language", written)
    assert one(db, f"select language from {table} where id = %s", row) == kept


def test_a_language_in_another_spelling_has_the_same_settings(db):
    put(db, "ai_settings", "language", "de")
    with pytest.raises(UniqueViolation), db.transaction():
        put(db, "ai_settings", "language", "DE")
    query = """insert into ai_settings (language, tone) values ('De', 'Short.')
        on conflict (channel_type, language) do update set tone = excluded.tone
        returning language, tone"""
    assert rows(db, query) == [("de", "Short.")]


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


def test_a_proactive_rule_keeps_its_languages_in_one_spelling(db):
    query = """insert into proactive_rules (name, texts, languages)
        values ('Cart', %s, %s) returning texts, languages"""
    texts = {"EN": "Can we help?", "pt-br": "Podemos ajudar?"}
    assert rows(db, query, Jsonb(texts), ["DE", "pt-br"]) == [
        ({"en": "Can we help?", "pt-BR": "Podemos ajudar?"}, ["de", "pt-BR"])
    ]
    with refused(db, "PT400"):
        rows(db, query, Jsonb({"xx": "Can we help?"}), None)


def test_a_proactive_rule_with_two_texts_for_a_language_is_refused(db):
    query = "insert into proactive_rules (name, texts) values ('Cart', %s)"
    with refused(db, "PT400"):
        db.execute(query, [Jsonb({"DE": "Fragen?", "de": "Hilfe?"})])


def test_an_article_is_in_a_language_that_there_is(db):
    query = "insert into knowledge_articles (title, body, language) values ('A', 'B', %s)"
    for language in NO_CODES + NO_LANGUAGES:
        with refused(db, "PT400"):
            db.execute(query, [language])


@pytest.mark.parametrize(("written", "kept"), SPELLINGS)
def test_an_article_keeps_its_language_in_one_spelling(db, written, kept):
    query = "insert into knowledge_articles (title, body, language) values ('A', 'B', %s)"
    article = one(db, f"{query} returning id", written)
    language = "select language from knowledge_articles where id = %s"
    assert one(db, language, article) == kept
    db.execute("update knowledge_articles set language = %s where id = %s", [written, article])
    assert one(db, language, article) == kept
    assert one(db, "select version from knowledge_articles where id = %s", article) == 1
    kept_as = "select distinct language from knowledge_chunks where article_id = %s"
    assert one(db, kept_as, article) == kept


def test_a_threshold_and_past_turns_of_no_language_are_refused(db):
    with refused(db, "PT400"):
        call(db, "tune_threshold", None, "xx")
    with refused(db, "PT400"):
        call(db, "backtest", {}, {"language": "german"}, 10)


@pytest.mark.parametrize("asked", ["pt-BR", "PT-br"])
def test_a_search_in_a_language_finds_it_in_any_spelling(db, asked):
    add_article(db, "Entrega", body="Entregamos em quatro dias.", language="PT-br")
    assert rows(db, "select title from search_knowledge('Entrega', %s)", asked) == ["Entrega"]


def test_the_same_document_in_another_spelling_is_unchanged(db):
    part = {"source": "faq.md", "key": "Entrega", "title": "Entrega", "body": "Quatro dias."}
    for language, state in (("PT-br", "added"), ("pt-BR", "unchanged"), ("PT-BR", "unchanged")):
        [found] = call(db, "import_articles", Jsonb([{**part, "language": language}]))
        assert found["state"] == state
