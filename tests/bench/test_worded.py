"""What a model answers to our own labelled questions, by words alone: right answers pass, and it is
not enough to cite an article that fits."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from bench import worded
from bench.faq import read_faq
from bench.faq_desk import faq_desk
from tests.bench.test_answers import SETS

Shares = Mapping[str, float]


@pytest.fixture(scope="module")
def weighed() -> Mapping[str, Shares]:
    """The shares of each of our sets."""
    with faq_desk(None) as desk:
        return {folder.name: worded.weigh(desk, read_faq(folder)) for folder in SETS.iterdir()}


@pytest.mark.parametrize(("name", "plain", "reworded"), [("bank", 0.85, 0.54), ("gym", 0.9, 0.72)])
def test_right_answers_pass(
    weighed: Mapping[str, Shares], name: str, plain: float, reworded: float
) -> None:
    assert weighed[name][worded.RIGHT] >= plain
    assert weighed[name][worded.WORDED] >= reworded


@pytest.mark.parametrize("name", ["bank", "gym"])
@pytest.mark.parametrize(
    ("kind", "most"),
    [(worded.OTHER_WORDED, 0.2), (worded.ALL_CITED, 0.25), (worded.MIXED_UP, 0.02)],
)
def test_answers_from_another_article_hardly_do(
    weighed: Mapping[str, Shares], name: str, kind: str, most: float
) -> None:
    assert weighed[name][kind] <= most
