"""Picks of customers teach a gate that suits the business; the measure counts what it says."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import pytest

from bench.faq import read_faq
from bench.faq_desk import faq_desk
from bench.picks import Guesses, guess_all, learn, shares
from console.minilm import fetch
from worker.embedding.minilm import find_model, load

SETS = Path(__file__).parent.parent.parent / "bench" / "faq"
UNSEEN = ("bank", "gym")


def guesses(*asked: tuple[float, bool, bool]) -> Guesses:
    """Guesses by (confidence, whether it is right, whether an article answers)."""
    confidence, is_right, inside = zip(*asked, strict=True)
    return Guesses(
        confidence=np.array(confidence),
        is_right=np.array(is_right),
        inside=np.array(inside),
        fit="fit",
        gate=0.9,
    )


@pytest.fixture(scope="module")
def learned() -> Mapping[str, Mapping[int, Sequence[float]]]:
    """By business and customers: gate, right, wrong. No map and no fit has seen these two."""
    fetch()
    model = find_model()
    assert model
    with faq_desk(load(model)) as desk:
        return {
            name: {
                customers: rest
                for customers, *rest in learn(
                    desk, guess_all(desk, read_faq(SETS / name, 5)), seed=1, runs=4, blocks=(0, 5)
                )
            }
            for name in UNSEEN
        }


@pytest.mark.parametrize("name", UNSEEN)
def test_a_business_with_clear_articles_soon_answers_more_and_hardly_more_wrongly(
    learned: Mapping[str, Mapping[int, Sequence[float]]], name: str
) -> None:
    (shipped, before, _), (gate, after, wrong) = learned[name][0], learned[name][500]
    assert gate < shipped
    assert after > before + 0.1
    assert wrong <= 0.05


def test_after_five_hundred_customers_45_per_cent_are_answered_right(
    learned: Mapping[str, Mapping[int, Sequence[float]]],
) -> None:
    assert np.mean([learned[name][500][1] for name in UNSEEN]) >= 0.45


def test_right_answers_are_counted_of_the_questions_with_an_article() -> None:
    asked = guesses((0.9, True, True), (0.6, False, True), (0.2, True, True), (0.9, False, False))
    assert shares(asked, 0.5)[0] == pytest.approx(1 / 3)


def test_questions_without_an_article_count_as_a_quarter() -> None:
    asked = guesses((0.9, True, True), (0.9, True, True), (0.3, True, True), (0.9, False, False))
    # Of a hundred questions 75 have an article and fifty are answered right, 25 wrong.
    assert shares(asked, 0.5)[1] == pytest.approx(25 / 75)


def test_nothing_answered_is_nothing_wrong() -> None:
    assert shares(guesses((0.4, True, True), (0.4, False, False)), 0.5) == (0, 0)
