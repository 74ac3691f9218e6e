"""Finding the article that answers a question, in twelve languages."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.sql.rows import acting, add_agent, add_article, add_user, rows

# By language: articles (title: body) and a question that one of them answers.
LANGUAGES = json.loads((Path(__file__).parent / "languages.json").read_text(encoding="utf-8"))


def search(db, question, language=None, limit=5):
    return rows(
        db,
        "select title, coverage, content, phrasing from search_knowledge(%s, %s, %s)",
        question,
        language,
        limit,
    )


def titles(db, question, language=None):
    return [title for title, *_ in search(db, question, language)]


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("given", [True, False])
def test_the_right_article_comes_first_in_every_language(db, language, given):
    for tongue, texts in LANGUAGES.items():
        for title, body in texts["articles"].items():
            add_article(db, title, body=body, language=tongue)
    texts = LANGUAGES[language]
    found = titles(db, texts["question"], language if given else None)
    assert found[0] == texts["answered_by"]


def test_words_that_no_article_has_lower_the_coverage(db):
    add_article(db, "Delivery time", body="Parcels arrive within four working days.")
    add_article(db, "Payment", body="We take credit cards.")
    [(_, full, *_)] = search(db, "When do parcels arrive?")
    [(_, half, *_)] = search(db, "When do parcels arrive on Mars by zeppelin?")
    assert full > 0.9
    assert half < 0.5


def test_one_rare_word_says_more_than_several_common_ones(db):
    for number in range(8):
        add_article(db, f"Note {number}", body="Your order, its parcel and its delivery.")
    add_article(db, "Customs", body="Norway asks for customs.")
    assert titles(db, "My order, its parcel, its delivery: customs?")[0] == "Customs"


def test_a_question_about_nothing_here_finds_nothing(db):
    add_article(db)
    assert search(db, "Zeppelin?") == []
    assert search(db, "") == []
    assert search(db, "the of and") == []


@pytest.mark.parametrize(
    "columns",
    [
        {"is_published": False},
        {"valid_until": "2020-01-01"},
        {"valid_from": "2999-01-01"},
    ],
)
def test_what_does_not_hold_is_never_found(db, columns):
    add_article(db, "Zeppelins", body="We sell zeppelins.", **columns)
    assert search(db, "Do you sell zeppelins?") == []


def test_what_holds_now_is_found(db):
    add_article(db, "Zeppelins", valid_from="2020-01-01", valid_until="2999-01-01")
    assert titles(db, "zeppelins") == ["Zeppelins"]


def test_a_phrasing_leads_to_the_articles_text(db):
    add_article(db, "Delivery time", phrasings=["When do I get my stuff?"])
    [(title, _, content, phrasing)] = search(db, "When do I get my stuff?")
    assert title == "Delivery time"
    assert content == "Delivery time\nTwo to four working days."
    assert phrasing == "When do I get my stuff?"


def test_the_paragraph_that_matches_is_the_passage(db):
    add_article(db, "Shipping", body="It is free.\n\nParcels go by zeppelin.\n\nThat is all.")
    [(_, _, content, _)] = search(db, "Do parcels go by zeppelin?")
    assert content == "Shipping\nParcels go by zeppelin."


def test_as_many_as_asked_for(db):
    for number in range(8):
        add_article(db, f"Zeppelin {number}")
    assert len(search(db, "zeppelin", None, 3)) == 3
    assert len(search(db, "zeppelin", None, 0)) == 1


def test_agents_search_and_visitors_do_not(db):
    add_article(db, "Zeppelins")
    with acting(db, add_agent(db)):
        assert titles(db, "zeppelins") == ["Zeppelins"]
    with acting(db, add_user(db)):
        assert titles(db, "zeppelins") == []


@settings(
    max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    question=st.text(
        st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), max_size=80
    )
    | st.text("'\\&|!():*<->\"% aBc zeppelin", max_size=80)
)
def test_no_question_is_an_error(db, question):
    with db.transaction(force_rollback=True):
        add_article(db, "Zeppelins", phrasings=[question] if question.strip() else [])
        for language in (None, "zh", "xx"):
            search(db, question, language)


def test_a_very_long_question_is_cut(db):
    add_article(db, "Zeppelins")
    assert titles(db, "zeppelins " + "(" * 100_000) == ["Zeppelins"]
