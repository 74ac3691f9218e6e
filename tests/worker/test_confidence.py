"""How sure of a worded answer we are."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.worker.turns import DELIVERY, make_turn
from worker.confidence import grounded_confidence, is_foreign

ANSWER = "Standard delivery takes 2 to 4 working days."


@pytest.mark.parametrize("language", ["en-GB", "EN", "en_US"])
def test_a_region_is_no_other_language(language: str) -> None:
    plain = grounded_confidence(make_turn(), ANSWER, (DELIVERY,))
    assert grounded_confidence(make_turn(language=language), ANSWER, (DELIVERY,)) == plain
    british = replace(DELIVERY, language=language)
    assert not is_foreign(make_turn(), (british,))


def test_another_language_is_foreign() -> None:
    assert is_foreign(make_turn(language="pt-BR"), (DELIVERY,))
    assert not is_foreign(make_turn(language=None), (DELIVERY,))


@pytest.mark.parametrize(
    ("answer", "is_sure"), [(ANSWER, True), ("Gift cards never expire, whatever happens.", False)]
)
def test_a_tools_sentences_in_the_customers_language_are_compared_with(
    answer: str, is_sure: bool
) -> None:
    found = replace(DELIVERY, article_id="", tool="knowledge_search")
    assert (grounded_confidence(make_turn("My stuff?"), answer, (found,)) > 0.7) == is_sure


@pytest.mark.parametrize("language", ["en", "de", None])
@pytest.mark.parametrize(("answer", "is_sure"), [("1007 is here.", True), ("1008 is.", False)])
def test_a_tools_data_are_in_no_language_and_their_numbers_have_to_be_theirs(
    language: str | None, answer: str, is_sure: bool
) -> None:
    data = '[{"number": "1007", "status": "shipped"}]'
    found = replace(DELIVERY, article=data, article_id="", language="", tool="my_orders")
    turn = make_turn("And now?", language=language)
    assert (grounded_confidence(turn, f"Your parcel {answer}", (found,)) > 0.7) == is_sure
