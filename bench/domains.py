"""Businesses whose labelled questions were put to the search, and what a fit makes of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from bench.faq import Faq, Question
from bench.faq_desk import FaqDesk
from bench.fitting import Matrix
from worker.calibration import features, in_order
from worker.matching import Match, matches

# Sets differ in how much of them is out of scope; in life it is about a quarter.
OUTSIDE = 0.25


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """One question with what was found for it; `right` is the place of the gold article there."""

    question: Question
    found: tuple[Match, ...]
    right: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Domain:
    """A business's questions; `importance` is how much each counts."""

    name: str
    asked: tuple[Asked, ...]

    @property
    def importance(self) -> Matrix:
        """Every business counts the square root of its questions, a quarter of it out of scope."""
        inside = np.array([one.question.gold is not None for one in self.asked])
        share = np.where(
            inside, (1 - OUTSIDE) / max(inside.sum(), 1), OUTSIDE / max((~inside).sum(), 1)
        )
        weights: Matrix = share * np.sqrt(len(self.asked)) * 10
        return weights

    def of_split(self, split: str) -> Domain:
        """Only the questions of a split; all where there are none of it."""
        kept = tuple(one for one in self.asked if one.question.split == split)
        return replace(self, asked=kept or self.asked)


@dataclass(frozen=True, slots=True, kw_only=True)
class Tested:
    """A business held out: by question the probability, whether it is right, and whether one of the
    first three is."""

    domain: Domain
    chances: Matrix
    right: Matrix
    among: Matrix

    def answers(self, needed: float) -> int:
        """How many questions would be answered."""
        return int((self.chances > needed).sum())

    def wrong_share(self, needed: float) -> float:
        """The share of wrong answers, were a quarter of the questions out of scope."""
        weights = self.domain.importance * (self.chances > needed)
        return float((weights * (1 - self.right)).sum() / weights.sum())


def ask_all(desk: FaqDesk, faq: Faq) -> Domain:
    """Puts a business's questions to its articles; those for a human are settled elsewhere."""
    desk.stock(faq)
    asked = (_ask(desk, question) for question in faq.questions if question.kind != "must_human")
    return Domain(name=faq.name, asked=tuple(one for one in asked if one.found))


def _ask(desk: FaqDesk, question: Question) -> Asked:
    passages = desk.ask(question.text)
    keys = [desk.key_of(passage.article_id) for passage in passages]
    return Asked(
        question=question,
        found=tuple(matches(question.text, passages)),
        right=keys.index(question.gold) if question.gold in keys else None,
    )


def rows_of(
    domain: Domain, order: Mapping[str, float], names: Sequence[str]
) -> tuple[Matrix, Matrix, Matrix]:
    """By question: the features of the best match, whether it is right, whether one of three is."""
    rows, right, among = [], [], []
    for one in domain.asked:
        gold = None if one.right is None else one.found[one.right]
        ranked, shares = in_order(one.found, order)
        found = features(one.question.text, ranked, shares)
        rows.append([found[name] for name in names])
        right.append(ranked[0] is gold)
        among.append(any(match is gold for match in ranked[:3]))
    return np.array(rows), np.array(right, float), np.array(among, float)


def calibration_error(chances: Matrix, right: Matrix) -> float:
    """The expected calibration error over ten bins of equal width."""
    bins = np.minimum((chances * 10).astype(int), 9)
    return float(
        sum(
            abs(chances[bins == one].mean() - right[bins == one].mean()) * (bins == one).mean()
            for one in set(bins.tolist())
        )
    )


def columns(found: Sequence[Match], names: Sequence[str]) -> Matrix:
    """A row for each match with its values of these names."""
    return np.array([[getattr(match, name) for name in names] for match in found])
