"""How much of an answer its sources hold: by its words, and by what it and they are about.

What is said in other words, or in another language, is told by the things that both are about
(worker/concepts.py); a word that the table does not have is compared by its letters.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache

from worker.concepts import EMPTY, NEGATION, UNSPACED, Concepts, words_with_concepts
from worker.knowledge import Passage
from worker.language import primary
from worker.matching import LONG_WORD, Vocabulary, holds, vocabulary

# A word that the table does not have says less; a long number says which order is meant.
UNKNOWN_WEIGHT, SIGN_WEIGHT, NUMBER_WEIGHT, LONG_NUMBER = 0.4, 0.2, 2.0, 3
# A sentence of its own that hardly shares anything is none of the source's, whatever stands beside.
SENTENCE = re.compile(r"(?<=[.!?\u2026])\s+|(?<=[\u3002\uff01\uff1f])|\n+")
SENTENCE_WEIGHT, SENTENCE_SHARE = 1.2, 0.34


@dataclass(frozen=True, slots=True, kw_only=True)
class Grounding:
    """`share` is how much of what an answer says its sources hold, None where it says nothing;
    `strays` whether it was put together of what they say and a sentence that none says."""

    share: float | None
    strays: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """Passages as they are compared with: their text without accents, its words, their things."""

    text: str
    words: Vocabulary
    about: Concepts


def grounding(content: str, language: str, cited: tuple[Passage, ...]) -> Grounding:
    """What the passages hold of an answer in a language."""
    source = _source(cited)
    parts = [_shared(part, language, source) for part in SENTENCE.split(content)]
    shared, total = (sum(numbers) for numbers in zip(*parts, strict=True))
    strays = any(
        weight >= SENTENCE_WEIGHT and ours < SENTENCE_SHARE * weight for ours, weight in parts
    )
    return Grounding(share=shared / total if total else None, strays=strays)


def is_about(passage: Passage, question: str, language: str) -> bool:
    """Whether an article is about any of the things that a question is about; it is where the table
    knows none of them."""
    asked = _things(question, language) - NEGATION
    texts = (passage.title, passage.article, *passage.phrasings)
    return not asked or bool(asked & _things("\n".join(texts), language_of(passage)))


def language_of(passage: Passage) -> str:
    """A source's language; the names in a tool's data are English."""
    return primary(passage.language) or "en"


def _shared(sentence: str, language: str, source: Source) -> tuple[float, float]:
    """The weight of a sentence's words that the sources have, as they are or by what they are
    about, and of all its words that say something. What is said twice counts once, and that both
    have a "not" somewhere says nothing."""
    shared = total = 0.0
    told: Concepts = frozenset({EMPTY})
    for word, concepts in dict(words_with_concepts(sentence, language)).items():
        if concepts and (concepts <= told or concepts & NEGATION & source.about):
            continue
        is_held = _is_held(word, language, source)
        weight = 1.0 if is_held and not concepts else _weight(word, concepts, language)
        total += weight
        if is_held or concepts & source.about:
            shared += weight
        told |= concepts
    return shared, total


@lru_cache(maxsize=256)
def _things(text: str, language: str) -> Concepts:
    """What a text is about."""
    return frozenset().union(*(found for _, found in words_with_concepts(text, language))) - {EMPTY}


def _is_held(word: str, language: str, source: Source) -> bool:
    if language in UNSPACED and not word.isascii():
        return word in source.text
    return len(word) >= LONG_WORD and holds(source.words, _without_accents(word))


@lru_cache(maxsize=128)
def _source(cited: tuple[Passage, ...]) -> Source:
    texts = [(f"{passage.title} {passage.article}", language_of(passage)) for passage in cited]
    plain = _without_accents(" ".join(text for text, _ in texts).casefold())
    about = frozenset().union(*(_things(*text) for text in texts))
    return Source(text=plain, words=vocabulary(plain), about=about)


def _weight(word: str, concepts: Concepts, language: str) -> float:
    if word.isdecimal() and len(word) >= LONG_NUMBER:
        return NUMBER_WEIGHT
    if concepts:
        return 0.0 if EMPTY in concepts else 1.0
    if language in UNSPACED and not word.isascii():
        return SIGN_WEIGHT * len(word)
    return UNKNOWN_WEIGHT if len(word) >= LONG_WORD else 0.0


def _without_accents(text: str) -> str:
    """The text as it looks alike in more languages: a reception is a réception."""
    parts = unicodedata.normalize("NFKD", text)
    return "".join(sign for sign in parts if not unicodedata.combining(sign))
