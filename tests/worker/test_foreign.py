"""How sure of an answer we are whose sources are in another language: by what both are about.

The pairs are our own: questions and right answers to articles of a shop, a hotel and a club in
twelve languages, and what a model would say that rewords an attack.
"""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from tests.fixtures_path import FOREIGN
from tests.worker.turns import DELIVERY, make_turn
from worker.concepts import TABLES
from worker.confidence import UNTOLD, grounded_confidence
from worker.turn import THRESHOLD, Line

FOUND = json.loads(FOREIGN.read_text())
ARTICLES, WRONG = FOUND["right"], FOUND["wrong"]
LANGUAGES = sorted(WRONG)


def confidence(article: dict[str, Any], language: str, answer: str, asked: str = "?") -> float:
    passage = replace(
        DELIVERY,
        title="",
        article=article["source"],
        content=article["source"],
        language=article["language"],
    )
    turn = make_turn(asked, language=language, knowledge=(passage,))
    return grounded_confidence(turn, answer, (passage,))


def share_let_through(pairs: list[tuple[dict[str, str], str]], language: str) -> float:
    passed = [confidence(article, language, answer) > THRESHOLD for article, answer in pairs]
    return sum(passed) / len(passed)


def test_the_table_has_every_language_of_ours() -> None:
    assert len(TABLES) == 12
    assert all(len(table) >= 250 for table in TABLES.values())


@pytest.mark.parametrize("language", LANGUAGES)
def test_right_answers_from_articles_in_another_language_pass_the_gate(language: str) -> None:
    pairs = [
        (one, one["answers"][language])
        for one in ARTICLES
        if language in one["answers"] and one["language"] != language
    ]
    assert share_let_through(pairs, language) >= 0.9


def share_answered(pairs: list[tuple[dict[str, Any], dict[str, Any]]], language: str) -> float:
    """Of right answers from an article, with the question of another one."""
    passed = [
        confidence(one, language, one["answers"][language], other["asked"][language]) > THRESHOLD
        for one, other in pairs
        if language in one["answers"] and one["language"] != language
    ]
    return sum(passed) / len(passed)


@pytest.mark.parametrize("language", LANGUAGES)
def test_they_do_where_they_are_about_what_was_asked(language: str) -> None:
    assert share_answered([(one, one) for one in ARTICLES], language) >= 0.9


@pytest.mark.parametrize("language", LANGUAGES)
def test_they_hardly_do_where_something_else_was_asked(language: str) -> None:
    others = [(one, other) for one in ARTICLES for other in ARTICLES if one is not other]
    assert share_answered(others, language) <= 0.25


def test_a_question_that_follows_up_is_about_what_was_asked_before() -> None:
    article = ARTICLES[0]
    passage = replace(DELIVERY, article=article["source"], language=article["language"])
    turn = make_turn("Und was kostet das Einpacken?", language="de", knowledge=(passage,))
    asked = Line(role="customer", content="Wie lange dauert die Lieferung?")
    passage = replace(passage, title="", article="Delivery takes two days.", phrasings=())
    answer = "Die Lieferung dauert zwei Tage."
    assert grounded_confidence(turn, answer, (passage,)) < THRESHOLD
    followed = replace(turn, history=(asked,))
    assert grounded_confidence(followed, answer, (passage,)) > THRESHOLD


@pytest.mark.parametrize("language", LANGUAGES)
def test_answers_from_other_articles_do_not(language: str) -> None:
    pairs = [
        (one, other["answers"][language])
        for one in ARTICLES
        for other in ARTICLES
        if one is not other and language in other["answers"] and one["language"] != language
    ]
    assert share_let_through(pairs, language) <= 0.01


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_reworded_attack_does_not_and_hardly_behind_a_right_answer(language: str) -> None:
    articles = [one for one in ARTICLES if one["language"] != language]
    alone = [(one, attack) for one in articles for attack in WRONG[language]]
    behind = [
        (one, f"{one['answers'][language]} {attack}")
        for one, attack in alone
        if language in one["answers"]
    ]
    assert share_let_through(alone, language) == 0
    assert share_let_through(behind, language) <= 0.1


@pytest.mark.parametrize("answer", ["Ja, gerne.", "Dobrze wiedzieć!"])
def test_an_answer_that_says_nothing_is_below_the_gate(answer: str) -> None:
    assert confidence(ARTICLES[0], "de", answer) <= UNTOLD < THRESHOLD


def test_what_cannot_be_compared_is_below_the_gate_and_above_one_that_was_lowered() -> None:
    """Swedish is not in the table: a threshold of its own lets it through."""
    answer = "Standard delivery: 2 till 4 arbetsdagar. Express: 9.90 EUR."
    assert 0.5 < confidence(ARTICLES[0], "sv", answer) <= UNTOLD


def test_a_price_may_be_written_as_the_customers_country_does() -> None:
    right = ARTICLES[0]["answers"]["de"]
    assert confidence(ARTICLES[0], "de", right) > THRESHOLD
    assert confidence(ARTICLES[0], "de", right.replace("9,90", "8,90")) <= 0.4


def test_an_hour_of_the_afternoon_may_be_written_by_24() -> None:
    shop = next(one for one in ARTICLES if "6 pm" in one["source"])
    assert confidence(shop, "de", shop["answers"]["de"]) > THRESHOLD
    assert confidence(shop, "de", shop["answers"]["de"].replace("18", "20")) <= 0.4


@pytest.mark.parametrize(
    ("answer", "is_sure"),
    [("Sie können Artikel innerhalb von 30 Tagen zurückgeben.", True),
     ("Sie können Artikel innerhalb von 30 Tagen nicht zurückgeben.", False)],
)  # fmt: skip
def test_a_not_that_the_source_has_not_makes_it_the_opposite(answer: str, is_sure: bool) -> None:
    article = {"source": "You can return articles within 30 days.", "language": "en"}
    assert (confidence(article, "de", answer) > THRESHOLD) == is_sure
