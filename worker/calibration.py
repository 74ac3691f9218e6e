"""How probable it is that the best of the articles found answers a question.

Two steps, both fitted by bench/calibrate.py to labelled questions of several businesses: a weighted
sum puts the articles in order, and a logistic regression over what distinguishes the best of them
gives the probability. There are four fits: with and without vectors, with and without phrasings.
"""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from worker.knowledge import Passage
from worker.language import primary
from worker.matching import Match, matches, tokens

FITS = Path(__file__).parent / "calibrators.json"
# MiniLM, on whose vectors the fits were made, knows English only.
LANGUAGES_OF_MEANING = frozenset({"en"})
SHORT = 3
BY_WORDS = ("coverage", "likeness", "alike", "kinship", "known")
BY_MEANING = ("cosine", "pair", "centre")
# What keeps the ratio of two small numbers small.
RATIO_FLOOR, RATIO_LIMIT = 0.1, 3.0
Features = Mapping[str, float]
UNLEARNED: Mapping[str, float] = {}


@dataclass(frozen=True, slots=True, kw_only=True)
class Calibrator:
    """One fit: `order` weighs a match, `bias` and `weights` the features of the best one.

    `gates` gives, by the share of wrong answers accepted, the probability that an answer needs.
    `key` names the fit and changes with its numbers, so that what was learned of an older one is
    not taken for it.
    """

    key: str
    order: Features
    bias: float
    weights: Features
    gates: Mapping[float, float]

    def gate(self, max_wrong_rate: float) -> float:
        """The probability needed so that no larger share of the answers is wrong.

        Between two fitted shares the stricter one counts; below the least only certainty does, and
        who accepts that all are wrong has no gate.
        """
        if max_wrong_rate >= 1:
            return 0.0
        fitted = [rate for rate in self.gates if rate <= max_wrong_rate + 1e-9]
        return self.gates[max(fitted)] if fitted else 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """The matches of a question, best first with their share of the choice among them, and the
    `probability` that the first one answers."""

    ranked: tuple[Match, ...]
    shares: tuple[float, ...]
    probability: float
    calibrator: Calibrator

    def needed(
        self, threshold: float, max_wrong_rate: float, learned: Mapping[str, float] = UNLEARNED
    ) -> float:
        """What the probability has to exceed: the setting, or what keeps wrong answers rare.

        `learned` has the gates that this business's own labels and customers taught, by the key of
        a fit.
        """
        if max_wrong_rate >= 1:
            return threshold
        gate = learned.get(self.calibrator.key, self.calibrator.gate(max_wrong_rate))
        return max(threshold, gate)

    def taught(self, learned: Mapping[str, float]) -> str:
        """Who taught the gate: this business (learned), or others (shipped)."""
        return "learned" if self.calibrator.key in learned else "shipped"


# A turn asks twice: for the prepared answer, and for what a model made of the same passages.
@lru_cache(maxsize=128)
def judge(question: str, passages: tuple[Passage, ...]) -> Verdict | None:
    """The passages in the order of their fit and the probability of the first; None without any."""
    if not passages:
        return None
    calibrator = CALIBRATORS[fit_for(passages)]
    ranked, shares = in_order(matches(question, passages), calibrator.order)
    found = features(question, ranked, shares)
    value = probability(calibrator.bias, calibrator.weights, found)
    return Verdict(ranked=ranked, shares=shares, probability=value, calibrator=calibrator)


def fit_for(passages: Sequence[Passage]) -> str:
    """The name of the fit that what is known about the passages allows."""
    meant = all(
        passage.cosine is not None and primary(passage.language) in LANGUAGES_OF_MEANING
        for passage in passages
    )
    phrased = 2 * sum(bool(passage.phrasings) for passage in passages) > len(passages)
    return ("meaning" if meant else "words") + (" with phrasings" if phrased else "")


def in_order(
    found: Sequence[Match], order: Features
) -> tuple[tuple[Match, ...], tuple[float, ...]]:
    """The matches, best first, each with its share by the softmax of the weighted sums."""
    scored = [(sum(order[name] * getattr(match, name) for name in order), match) for match in found]
    scored.sort(key=lambda pair: pair[0], reverse=True)
    powers = [math.exp(score - scored[0][0]) for score, _ in scored]
    total = sum(powers)
    return tuple(match for _, match in scored), tuple(power / total for power in powers)


def features(question: str, ranked: Sequence[Match], shares: Sequence[float]) -> Features:
    """What distinguishes the best match; a fit uses those it has a weight for."""
    best, others = ranked[0], ranked[1:]
    words, share = len(tokens(question)), min(max(shares[0], 0.001), 0.999)
    return {
        "share": share,
        "odds": math.log(share / (1 - share)),
        "entropy": -sum(part * math.log(part + 1e-9) for part in shares),
        "weighed": share * best.centre,
        "centre": best.centre,
        "tightness": best.passage.tightness,
        "spread": best.cosine - best.centre,
        "coverage": best.coverage,
        "likeness": best.likeness,
        "alike": best.alike,
        "kinship": best.kinship,
        "known": best.known,
        "coverage_ratio": _ratio(best.coverage, [match.coverage for match in others]),
        "likeness_ratio": _ratio(best.likeness, [match.likeness for match in others]),
        "alike_ratio": _ratio(best.alike, [match.alike for match in others]),
        "kinship_ratio": _ratio(best.kinship, [match.kinship for match in others]),
        "known_ratio": _ratio(best.known, [match.known for match in others]),
        "covers_most": float(all(best.coverage >= match.coverage for match in others)),
        "words": math.log(1 + words),
        "short": float(words <= SHORT),
    }


def probability(bias: float, weights: Features, found: Features) -> float:
    """Logistic regression: the weighted features as a probability."""
    value = bias + sum(weights[name] * found[name] for name in weights)
    return 1 / (1 + math.exp(-min(max(value, -30.0), 30.0)))


def read_calibrators(path: Path) -> Mapping[str, Calibrator]:
    """The fits of a file that bench/calibrate.py wrote, by their names."""
    found = json.loads(path.read_text(encoding="utf-8"))
    return {
        name: Calibrator(
            key=_key(name, fit),
            order=fit["order"],
            bias=fit["bias"],
            weights=fit["weights"],
            gates={float(rate): gate for rate, gate in fit["gates"].items()},
        )
        for name, fit in found.items()
    }


def _key(name: str, fit: Mapping[str, Any]) -> str:  # Any: JSON as it comes
    numbers = json.dumps([fit["order"], fit["bias"], fit["weights"]], sort_keys=True)
    return f"{name} {hashlib.sha256(numbers.encode()).hexdigest()[:8]}"


def _ratio(best: float, others: Sequence[float]) -> float:
    """How many times the next best the best is."""
    return min(best / (max(others, default=0.0) + RATIO_FLOOR), RATIO_LIMIT)


CALIBRATORS = read_calibrators(FITS)
