"""Asking back: which articles are offered, and how."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.worker.turns import DELIVERY, SIZES
from worker.choices import PERSON, WORDS, ask_back
from worker.phrases import LANGUAGES, asks_for_human

RETURNS = replace(DELIVERY, article_id="a-returns", title="Returns")
FOURTH = replace(DELIVERY, article_id="a-fourth", title="Fourth")


def test_three_articles_and_a_person_are_offered():
    text, choices = ask_back((DELIVERY, SIZES, RETURNS, FOURTH), "en", "whatsapp")
    assert [choice["id"] for choice in choices] == ["a-delivery", "a-sizes", "a-returns", PERSON]
    assert text.splitlines() == [
        "Did you mean one of these?",
        "1. Delivery times",
        "2. Sizes",
        "3. Returns",
        "4. Talk to a person",
    ]


def test_a_mail_numbers_its_choices_itself():
    text, choices = ask_back((DELIVERY,), "en", "email")
    assert (text, len(choices)) == ("Did you mean one of these?", 2)


def test_two_articles_of_one_title_are_one_choice():
    twin = replace(DELIVERY, article_id="twin")
    assert [choice["id"] for choice in ask_back((DELIVERY, twin), "en", "email")[1]] == [
        "a-delivery",
        PERSON,
    ]


def test_every_language_that_greets_asks_back():
    assert set(WORDS) == set(LANGUAGES)


@pytest.mark.parametrize("language", WORDS)
def test_the_choice_of_a_person_is_a_wish_for_one(language):
    assert asks_for_human(WORDS[language][1])


@pytest.mark.parametrize(("language", "word"), [("de-AT", "Meinen"), ("xx", "Did"), (None, "Did")])
def test_the_question_is_in_the_customers_language(language, word):
    assert ask_back((DELIVERY,), language, "telegram")[0].startswith(word)
