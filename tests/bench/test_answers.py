"""What the embedded answerer promises holds on our own labelled questions, and is well counted."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pytest

from bench import domains
from bench.answers import Result, answer_all, rates
from bench.calibrate import gate
from bench.faq import Question, read_faq
from bench.faq_desk import faq_desk
from console.minilm import fetch
from worker.embedding.minilm import find_model, load
from worker.turn import THRESHOLD

SETS = Path(__file__).parent.parent.parent / "bench" / "faq"
PHRASINGS = 5
Measured = Mapping[str, Mapping[str, float]]


@pytest.fixture(scope="module")
def measured() -> Measured:
    """The rates of each of our sets, asked as a worker is asked, with five phrasings an article."""
    fetch()
    model = find_model()
    assert model
    with faq_desk(load(model)) as desk:
        faqs = [read_faq(folder, PHRASINGS) for folder in sorted(SETS.iterdir())]
        return {faq.name: rates(answer_all(desk, faq, "all", THRESHOLD)) for faq in faqs}


@pytest.mark.parametrize("name", ["bank", "gym"])
def test_few_answers_are_wrong_and_far_questions_get_none(measured: Measured, name: str) -> None:
    assert measured[name]["wrong_with_a_quarter_outside"] <= 0.05
    assert measured[name]["far_oos_not_answered"] >= 0.95


def test_nine_of_ten_are_answered_right_or_offered_their_article(measured: Measured) -> None:
    helped = [one["resolved_or_offered"] for one in measured.values()]
    assert sum(helped) / len(helped) >= 0.9
    assert all(one["resolved"] > 0.15 for one in measured.values())


def question(gold: str | None) -> Question:
    kind = "near_oos" if gold is None else "in"
    return Question(key="one", text="One?", gold=gold, kind=kind, split="dev")


def result(gold: str | None, outcome: str, *sources: str) -> Result:
    return Result(
        question=question(gold), outcome=outcome, sources=sources, confidence=0.9, reply_ms=1.0
    )


def test_what_is_answered_without_an_article_counts_by_its_share() -> None:
    inside = [result("a", "answered", "a")] * 6 + [result("a", "clarified", "b", "a")] * 4
    outside = [result(None, "answered", "a")] * 2 + [result(None, "handed_over")] * 8
    found = rates(inside + outside)
    assert (found["resolved"], found["resolved_or_offered"]) == (0.6, 1.0)
    assert found["wrong_of_answers"] == 0.25
    assert found["wrong_with_a_quarter_outside"] == pytest.approx(0.25 * 0.2 / 0.5, abs=1e-4)


def business(*answers: tuple[float, bool]) -> domains.Tested:
    """One held out with these probabilities, right or not, of questions that have an article."""
    asked = tuple(domains.Asked(question=question("a"), found=(), right=None) for _ in answers)
    chances, right = np.array(answers).T
    domain = domains.Domain(name="x", asked=asked)
    return domains.Tested(domain=domain, chances=chances, right=right, among=right)


def test_the_gate_is_the_least_that_holds_for_every_business() -> None:
    careful = business(*[(0.9, True)] * 20, *[(0.5, True)] * 20)
    careless = business(*[(0.9, True)] * 20, *[(0.8, False)] * 20)
    assert gate([careful], 0.05) == 0.3
    assert gate([careful, careless], 0.05) == pytest.approx(0.8, abs=0.006)
