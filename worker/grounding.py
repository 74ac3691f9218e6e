"""How much of an answer its sources hold: by its words, and by what it and they are about.

What is said in other words, or in another language, is told by the things that both are about
(worker/concepts.py); a word that the table does not have is compared by its letters.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

from worker.concepts import EMPTY, NEGATION, UNSPACED, Concepts, thing, words_with_concepts
from worker.courtesies import CONTRACTED, FREELY, SENTENCE, without_courtesies
from worker.knowledge import Passage
from worker.language import primary
from worker.matching import LONG_WORD, Vocabulary, holds, vocabulary
from worker.turn import Turn

# A word that the table does not have says less; a long number says which order is meant.
UNKNOWN_WEIGHT, SIGN_WEIGHT, NUMBER_WEIGHT, LONG_NUMBER = 0.4, 0.2, 2.0, 3
# A sentence of its own that hardly shares anything is none of the source's, whatever stands beside.
SENTENCE_WEIGHT, SENTENCE_SHARE = 1.2, 0.5
# What a tool gives is a few words of data: what is told of it has more of its own.
TOOL_SHARE = 0.34
# Nor is a part of a sentence that shares nothing with an article.
PART = re.compile(r"(?<=[,;:])\s+|(?<=[\u060c\uff0c])\s*|" + SENTENCE.pattern)
PART_WEIGHT = 0.8
# Sentences that say so much alike are one and the same, with or without a "not".
ALIKE, FEWEST_ALIKE = 0.9, 2
# "sin usar" is unused.
NOT = NEGATION | thing("unused")
Gist = tuple[frozenset[str], bool]
# What costs a company money or its name, and a customer their secrets, is said by a source itself
# or by one that speaks of what stands behind it. What is paid for, but not, is free.
PAID, FREE, MONEY, REFUND = thing("price", "pay"), thing("free"), thing("money"), thing("refund")
BY_ITSELF = ("gifts", "card", "password", "identity", "bankrupt", "stolen", "danger")
SAID_BY: Mapping[Concepts, Concepts] = {
    FREE: FREE,
    REFUND: REFUND | MONEY,
    MONEY: MONEY | REFUND | PAID | thing("cash", "transfer", "account"),
    thing("discount"): thing("discount", "percent"),
} | {one: one for one in map(thing, BY_ITSELF)}


@dataclass(frozen=True, slots=True, kw_only=True)
class Grounding:
    """`share` is how much of what an answer says its sources hold, None where it says nothing;
    `strays` whether it was put together of what they say and a sentence that none says."""

    share: float | None
    strays: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """Passages as they are compared with: their text, its words without accents, their things."""

    text: str
    words: Vocabulary
    about: Concepts


@lru_cache(maxsize=512)
def grounding(content: str, language: str, cited: tuple[Passage, ...]) -> Grounding:
    """What the passages hold of an answer in a language; politeness says nothing, and nothing else
    rests on nothing."""
    source, whole = _source(cited), content
    content = without_courtesies(whole, language)
    if whole.strip() and not content.strip():
        return Grounding(share=0.0, strays=False)
    said = [_shared(sentence, language, source) for sentence in SENTENCE.split(content)]
    shared, total = (sum(numbers) for numbers in zip(*said, strict=True))
    least = TOOL_SHARE if is_of_tool(cited) else SENTENCE_SHARE
    return Grounding(
        share=shared / total if total else None,
        strays=any(all_ >= SENTENCE_WEIGHT and ours < least * all_ for ours, all_ in said)
        or (not is_of_tool(cited) and _has_strange_part(content, language, source))
        or speaks_beyond(content, language, cited)
        or contradicts(content, language, cited),
    )


def with_own_words(cited: tuple[Passage, ...], turn: Turn) -> tuple[Passage, ...]:
    """The passages with what the business tells a model, in whichever language that may be."""
    if not turn.instructions.strip():
        return cited
    spoken = {"en", primary(turn.language or "en")}
    return (*cited, *(_own_words(turn.instructions, language) for language in sorted(spoken)))


def is_of_tool(cited: tuple[Passage, ...]) -> bool:
    """Whether an answer may rest on what a tool gave."""
    return any(passage.tool for passage in cited)


def speaks_beyond(content: str, language: str, passages: tuple[Passage, ...]) -> bool:
    """Whether a text speaks of something weighty that the passages do not speak of."""
    said = _things(FREELY.sub("feel", content), language)
    held = _source(passages).about
    return any(said & weighty and not held & saying for weighty, saying in SAID_BY.items())


def contradicts(content: str, language: str, cited: tuple[Passage, ...]) -> bool:
    """Whether a sentence is one of the passages' but for a "not" that one of the two has.

    Only where they are nearly the same: "is closed" and "is not open" are no contradiction.
    """
    for sentence in SENTENCE.split(content):
        said, is_negated = _gist(sentence, language)
        alike = [negated for theirs, negated in _gists(cited) if _are_alike(said, theirs)]
        if alike and is_negated not in alike:
            return True
    return False


def is_about(passage: Passage, question: str, language: str) -> bool:
    """Whether an article is about any of the things that a question is about; it is where the table
    knows none of them."""
    asked = _things(question, language) - NEGATION
    texts = (passage.title, passage.article, *passage.phrasings)
    return not asked or bool(asked & _things("\n".join(texts), language_of(passage)))


def is_beside(text: str, language: str, passages: tuple[Passage, ...]) -> bool:
    """Whether a text says something of which the passages have nothing at all."""
    said = without_courtesies(text, language)
    ours, total = _shared(said, language, _source(passages))
    return total >= SENTENCE_WEIGHT and not ours


def shares(text: str, language: str, passages: tuple[Passage, ...]) -> bool:
    """Whether the passages have anything of a text."""
    return _shared(text, language, _source(passages))[0] > 0


def language_of(passage: Passage) -> str:
    """A source's language; the names in a tool's data are English."""
    return primary(passage.language) or "en"


def _own_words(text: str, language: str) -> Passage:
    """What the instructions are about; a "not" among them is none of an article's."""
    words = words_with_concepts(text, language)
    told = " ".join(word for word, about in words if not about & NEGATION)
    return Passage(
        article_id="", chunk_id=None, title="", content=told, article=told, language=language
    )


def _has_strange_part(content: str, language: str, source: Source) -> bool:
    parts = (_shared(part, language, source) for part in PART.split(content))
    return any(weight >= PART_WEIGHT and not ours for ours, weight in parts)


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


@lru_cache(maxsize=128)
def _gists(cited: tuple[Passage, ...]) -> tuple[Gist, ...]:
    return tuple(
        _gist(sentence, language_of(passage))
        for passage in cited
        for sentence in SENTENCE.split(passage.article)
    )


def _gist(sentence: str, language: str) -> Gist:
    """What a sentence says, by its things and the beginnings of other words, and with a "not"?"""
    words = words_with_concepts(CONTRACTED.sub(" not", sentence), language)
    telling = (pair for pair in words if EMPTY not in pair[1] and not pair[1] & NOT)
    said = {min(about, default=word[:LONG_WORD]) for word, about in telling}
    return frozenset(said), any(about & NOT for _, about in words)


def _are_alike(ours: frozenset[str], theirs: frozenset[str]) -> bool:
    is_enough = min(len(ours), len(theirs)) >= FEWEST_ALIKE
    return is_enough and 2 * len(ours & theirs) >= ALIKE * (len(ours) + len(theirs))


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
    told = [pair for text in texts for pair in words_with_concepts(*text)]
    # "van" is no form of "vandaag": words that say nothing hold none.
    telling = " ".join(word for word, about in told if EMPTY not in about)
    things = frozenset().union(*(about for _, about in told)) - {EMPTY}
    if things & NEGATION and things & PAID:
        things |= FREE
    return Source(
        text=" ".join(text for text, _ in texts).casefold(),
        words=vocabulary(_without_accents(telling)),
        about=things,
    )


def _weight(word: str, concepts: Concepts, language: str) -> float:
    if word.isdecimal() and len(word) >= LONG_NUMBER:
        return NUMBER_WEIGHT
    if concepts and not concepts & NEGATION:
        return 0.0 if EMPTY in concepts else 1.0
    if language in UNSPACED and not word.isascii():
        return SIGN_WEIGHT * len(word)
    return UNKNOWN_WEIGHT if concepts or len(word) >= LONG_WORD else 0.0


def _without_accents(text: str) -> str:
    """The text as it looks alike in more languages: a reception is a réception."""
    parts = unicodedata.normalize("NFKD", text)
    return "".join(sign for sign in parts if not unicodedata.combining(sign))
