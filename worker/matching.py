"""How a question and the articles found for it fit: by words, by letters and, with vectors, by
meaning. What the probability of an answer is computed from.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Set
from dataclasses import dataclass
from functools import lru_cache

from worker.knowledge import Passage

TOKENS = re.compile(r"\w+")
LONG_WORD = 4
SHORTEST_STEM = 3
STEM_SHARE = 0.6
# A customer's question is short; what is longer is a pasted text, and its beginning tells enough.
LONGEST_QUESTION = 2000
LONGEST_ARTICLE = 8000
MOST_PHRASINGS = 30
Vocabulary = Mapping[str, Set[str]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Match:
    """How a question and a passage fit, each about 0..1.

    `coverage` is the search's share of the question, `known` the share of the question's words that
    the article holds. By letters: `likeness` of the nearest phrasing or title, `alike` the mean of
    the two nearest, `kinship` of all. By meaning, 0 without vectors: `cosine` of the nearest piece,
    `pair` of the two nearest, `centre` of the phrasings' middle.
    """

    passage: Passage
    coverage: float
    likeness: float
    known: float
    alike: float = 0.0
    kinship: float = 0.0
    cosine: float = 0.0
    pair: float = 0.0
    centre: float = 0.0


def matches(question: str, passages: tuple[Passage, ...]) -> list[Match]:
    """How each passage fits the question."""
    question = question[:LONGEST_QUESTION]
    asked = dict.fromkeys(tokens(question))
    vocabularies = [_vocabulary_of(_all_text(passage)) for passage in passages]
    held = [{word for word in asked if holds(words, word)} for words in vocabularies]
    weights = {word: _weight(word, held) for word in asked}
    total = sum(weights.values()) or 1.0
    return [
        _match(question, passage, sum(weights[word] for word in words) / total)
        for passage, words in zip(passages, held, strict=True)
    ]


def likeness(one: str, other: str) -> float:
    """How alike two texts are by their runs of three letters, 0..1 (Dice); one is kept for more."""
    return _dice(_trigrams_of(one), _trigrams(other))


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


def vocabulary(text: str) -> Vocabulary:
    """The words of a text by their first letters, as only words that share those can be alike."""
    found: dict[str, set[str]] = {}
    for word in tokens(text):
        found.setdefault(word[:SHORTEST_STEM], set()).add(word)
    return found


def holds(words: Vocabulary, word: str) -> bool:
    """Whether a vocabulary has a form of the word."""
    near = words.get(word[:SHORTEST_STEM], ())
    return word in near or any(same_word(word, other) for other in near)


def _match(question: str, passage: Passage, known: float) -> Match:
    cosine = passage.cosine or 0.0
    asked = _trigrams(question)
    texts = (passage.title, *passage.phrasings[:MOST_PHRASINGS])
    near = sorted((_dice(asked, _trigrams_of(text)) for text in texts), reverse=True)
    return Match(
        passage=passage,
        coverage=passage.coverage,
        likeness=near[0],
        known=known,
        alike=sum(near[:2]) / len(near[:2]),
        kinship=sum(near) / len(near),
        cosine=cosine,
        pair=cosine if passage.pair is None else passage.pair,
        centre=cosine if passage.centre is None else passage.centre,
    )


def _weight(word: str, held: list[set[str]]) -> float:
    """Long words, and words that few of the passages hold, tell more."""
    count = sum(word in words for words in held)
    rarity = math.log(1 + (len(held) - count + 0.5) / (count + 0.5))
    return rarity * min(len(word), 7) / 7


def _all_text(passage: Passage) -> str:
    article = passage.article[:LONGEST_ARTICLE]
    return " ".join((passage.title, article, *passage.phrasings[:MOST_PHRASINGS], passage.content))


def _trigrams(text: str) -> Set[str]:
    padded = f" {' '.join(tokens(text))} "
    return {padded[start : start + 3] for start in range(len(padded) - 2)}


def _dice(ours: Set[str], theirs: Set[str]) -> float:
    return 2 * len(ours & theirs) / max(1, len(ours) + len(theirs))


# The same articles are found again and again, whatever is asked.
_vocabulary_of = lru_cache(maxsize=128)(vocabulary)
_trigrams_of = lru_cache(maxsize=2048)(_trigrams)
