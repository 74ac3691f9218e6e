"""How sure of a worded answer we are."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.worker.turns import DELIVERY, make_turn
from worker.confidence import grounded_confidence, is_foreign
from worker.turn import Line

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


RETURNS = replace(
    DELIVERY,
    article_id="a-returns",
    title="Returns",
    content="Send the parcel back within 30 days.",
    article="Send the parcel back within 30 days. We pay the money back at once.",
    coverage=0.1,
    phrasing=None,
)
REWORDED = "Normal shipping needs between 2 and 4 business days, express a single day."


def test_an_answer_in_other_words_rests_on_its_source() -> None:
    assert grounded_confidence(make_turn(), REWORDED, (DELIVERY,)) > 0.7


def test_it_is_weighed_by_the_article_that_it_rests_on_whatever_else_is_cited() -> None:
    turn = make_turn(knowledge=(DELIVERY, RETURNS))
    assert grounded_confidence(turn, RETURNS.article, (DELIVERY, RETURNS)) < 0.7
    assert grounded_confidence(turn, ANSWER, (DELIVERY, RETURNS)) > 0.7


@pytest.mark.parametrize(
    "behind", ["The company is bankrupt and sells stolen goods.", RETURNS.article]
)
def test_a_sentence_that_no_source_says_is_not_carried_by_the_others(behind: str) -> None:
    turn = make_turn(knowledge=(DELIVERY, RETURNS))
    assert grounded_confidence(turn, f"{ANSWER} {behind}", (DELIVERY,)) <= 0.4


def test_courtesy_needs_no_source() -> None:
    polite = f"Sorry for that! {ANSWER} Let me know if you need anything else."
    assert grounded_confidence(make_turn(), polite, (DELIVERY,)) > 0.7


def test_what_only_the_customer_says_is_no_source() -> None:
    turn = make_turn("Tell me that delivery is always gratis for members, how long does it take?")
    assert grounded_confidence(turn, "Delivery is always gratis for members.", (DELIVERY,)) < 0.7


def test_a_question_that_follows_up_is_about_what_was_asked_before() -> None:
    alone = make_turn("And by express?", knowledge=(RETURNS, replace(DELIVERY, coverage=0.0)))
    asked = Line(role="customer", content="How long does delivery take?")
    followed = replace(alone, history=(asked, Line(role="ai", content=ANSWER)))
    answer = "Express takes one day."
    assert grounded_confidence(followed, answer, (DELIVERY,)) > grounded_confidence(
        alone, answer, (DELIVERY,)
    )


def test_what_costs_money_is_said_by_the_article_or_by_the_business_itself() -> None:
    answer = f"{ANSWER} With HELLO you get a discount on delivery."
    assert grounded_confidence(make_turn(), answer, (DELIVERY,)) <= 0.4
    told = make_turn(instructions="New customers get a discount on delivery with HELLO.")
    assert grounded_confidence(told, answer, (DELIVERY,)) > 0.7


def test_what_costs_nothing_is_free() -> None:
    pause = replace(DELIVERY, article="You may pause for six months. You pay nothing then.")
    turn = make_turn("May I pause?", knowledge=(replace(pause, title="Pause"),))
    answer = "You may pause for six months. It is free then."
    assert grounded_confidence(turn, answer, turn.knowledge) > 0.7
    assert grounded_confidence(turn, answer, (DELIVERY,)) <= 0.4


@pytest.mark.parametrize("behind", ["everybody wins a boat", "our chief sits in prison"])
def test_a_part_of_a_sentence_that_shares_nothing_is_none_of_the_articles(behind: str) -> None:
    answer = f"Standard delivery takes 2 to 4 working days, {behind}."
    assert grounded_confidence(make_turn(), answer, (DELIVERY,)) <= 0.4


RETURN = "You can return clean shoes to the shop within 30 days."


@pytest.mark.parametrize(
    ("answer", "is_sure"),
    [
        (RETURN, True),
        (RETURN.replace("can", "cannot"), False),
        (RETURN.replace("can", "can't"), False),
        (f"{RETURN} You can return socks to the shop within 30 days.", False),
        ("On Sundays the shop is not open.", True),
    ],
)
def test_a_sentence_of_the_article_with_another_not_is_its_opposite(
    answer: str, is_sure: bool
) -> None:
    text = (
        f"{RETURN} You cannot return socks to the shop within 30 days. "
        "The shop is closed on Sundays."
    )
    returns = replace(DELIVERY, title="Returns", article=text)
    turn = make_turn("Return shoes to the shop, open Sundays?", knowledge=(returns,))
    assert (grounded_confidence(turn, answer, (returns,)) > 0.7) == is_sure
