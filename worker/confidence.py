"""How probable it is that an answer is right: from what was found, never from a model's own word.

Two measures. `best_passage` judges the search alone (the embedded answerer); its weights were
fitted by logistic regression to 1,000 labelled questions put to the articles of three shops. The
weights of `grounded_confidence` judge an answer worded by a language model and are set by hand
until there are labels; a number or an address that no source holds costs it its confidence.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from worker.knowledge import Passage
from worker.turn import Turn

TOKENS = re.compile(r"\w+")
FACTS = re.compile(r"https?://\S+|[\w.+-]+@[\w-]+\.\w+|\d+(?:[.,:]\d+)*")
LONG_WORD = 4
SHORTEST_STEM = 3
STEM_SHARE = 0.6
Vocabulary = dict[str, set[str]]
UNGROUNDED_CAP = 0.4
# An answer in another language than its article shares few words with it; this stands in.
FOREIGN_OVERLAP = 0.8

BIAS, WEIGHTS = -2.5, {"coverage": 2.0, "margin": 3.2, "likeness": 3.3, "known": 1.7}
GROUNDED_BIAS = -1.0
GROUNDED_WEIGHTS = {"first": 0.5, "coverage": 1.0, "overlap": 2.5}


@dataclass(frozen=True, slots=True, kw_only=True)
class Match:
    """How a question and a passage fit, each 0..1: `coverage` from the search, `likeness` to the
    nearest phrasing or title by letters, `known` the share of the question's words it holds."""

    passage: Passage
    coverage: float
    likeness: float
    known: float

    @property
    def score(self) -> float:
        """What the passages of one question are ranked by."""
        return self.coverage + 0.5 * self.likeness + 0.5 * self.known


def best_passage(question: str, passages: tuple[Passage, ...]) -> tuple[Match, float] | None:
    """The passage that fits best and the probability that it answers; None without passages."""
    ranked = sorted(matches(question, passages), key=lambda match: match.score, reverse=True)
    if not ranked:
        return None
    best = ranked[0]
    features = {
        "coverage": best.coverage,
        "margin": best.coverage - max((match.coverage for match in ranked[1:]), default=0.0),
        "likeness": best.likeness,
        "known": best.known,
    }
    return best, probability(BIAS, WEIGHTS, features)


def grounded_confidence(turn: Turn, content: str, cited: tuple[Passage, ...]) -> float:
    """The probability that a worded answer is right, given the passages that it cites."""
    held = " ".join(passage.article for passage in cited)
    features = {
        "first": float(turn.knowledge[0] in cited),
        "coverage": max(passage.coverage for passage in cited),
        "overlap": _overlap(turn, content, cited, held),
    }
    value = probability(GROUNDED_BIAS, GROUNDED_WEIGHTS, features)
    facts = set(FACTS.findall(content))
    known = held + " " + turn.question + " " + turn.instructions
    invented = any(fact.rstrip(".,") not in known for fact in facts)
    return min(value, UNGROUNDED_CAP) if invented else value


def probability(bias: float, weights: Mapping[str, float], features: Mapping[str, float]) -> float:
    """Logistic regression: the weighted features as a probability."""
    return 1 / (1 + math.exp(-bias - sum(weights[name] * features[name] for name in weights)))


def matches(question: str, passages: tuple[Passage, ...]) -> list[Match]:
    """How each passage fits the question."""
    asked = dict.fromkeys(tokens(question))
    vocabularies = [_vocabulary(_all_text(passage)) for passage in passages]
    held = [{word for word in asked if _holds(vocabulary, word)} for vocabulary in vocabularies]
    weights = {word: _weight(word, held) for word in asked}
    total = sum(weights.values()) or 1.0
    return [
        Match(
            passage=passage,
            coverage=passage.coverage,
            likeness=max(
                likeness(question, passage.phrasing or ""), likeness(question, passage.title)
            ),
            known=sum(weights[word] for word in words) / total,
        )
        for passage, words in zip(passages, held, strict=True)
    ]


def likeness(one: str, other: str) -> float:
    """How alike two texts are by their runs of three letters, 0..1 (Dice)."""
    ours, theirs = _trigrams(one), _trigrams(other)
    return 2 * len(ours & theirs) / max(1, len(ours) + len(theirs)) if other else 0.0


def tokens(text: str) -> list[str]:
    """The words of a text, folded."""
    return TOKENS.findall(text.casefold())


def same_word(one: str, other: str) -> bool:
    """Whether two words look like forms of one: a long common beginning, in any language."""
    if one == other:
        return True
    shorter, longer = sorted((len(one), len(other)))
    common = next(
        (place for place, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), shorter
    )
    extended = common == shorter >= SHORTEST_STEM and longer - shorter <= 4
    return extended or (common >= LONG_WORD and common >= STEM_SHARE * longer)


def _vocabulary(text: str) -> Vocabulary:
    """The words of a text by their first letters, as only words that share those can be alike."""
    found: Vocabulary = {}
    for word in tokens(text):
        found.setdefault(word[:SHORTEST_STEM], set()).add(word)
    return found


def _holds(vocabulary: Vocabulary, word: str) -> bool:
    near = vocabulary.get(word[:SHORTEST_STEM], ())
    return word in near or any(same_word(word, other) for other in near)


def _weight(word: str, held: list[set[str]]) -> float:
    """Long words, and words that few of the passages hold, tell more."""
    count = sum(word in words for words in held)
    rarity = math.log(1 + (len(held) - count + 0.5) / (count + 0.5))
    return rarity * min(len(word), 7) / 7


def _overlap(turn: Turn, content: str, cited: Iterable[Passage], held: str) -> float:
    """The share of an answer's longer words that its sources or the question hold."""
    if all(turn.language and passage.language != turn.language for passage in cited):
        return FOREIGN_OVERLAP
    said = {word for word in tokens(content) if len(word) >= LONG_WORD}
    vocabulary = _vocabulary(f"{held} {turn.question}")
    return sum(_holds(vocabulary, word) for word in said) / len(said) if said else 1.0


def _all_text(passage: Passage) -> str:
    return " ".join((passage.title, passage.article, passage.phrasing or "", passage.content))


def _trigrams(text: str) -> set[str]:
    padded = f" {' '.join(tokens(text))} "
    return {padded[start : start + 3] for start in range(len(padded) - 2)}
