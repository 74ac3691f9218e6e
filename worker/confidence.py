"""How probable it is that an answer worded by a language model is right: from what was found and
what it wrote, never from its own word.

The prior is the calibrated probability of the retrieval (worker/calibration.py), which knows the
article that the model cites far better than the coverage alone; how much of the wording the sources
hold moves it. Across languages, and for a tool's data, words cannot be compared: there the things
count that answer and source are both about (worker/concepts.py), and the prior, which comes from
shared words as well, says nothing. The weights are set by hand until there are labels of worded
answers. A number or an address that no source holds costs an answer its confidence, whatever else
speaks for it.
"""

from __future__ import annotations

import math
import re
import unicodedata
from functools import lru_cache

from worker.calibration import Verdict, judge
from worker.concepts import EMPTY, NEGATION, TABLES, UNSPACED, Concepts, words_with_concepts
from worker.knowledge import Passage
from worker.language import primary
from worker.matching import LONG_WORD, Vocabulary, holds, tokens, vocabulary
from worker.turn import Turn

FACTS = re.compile(r"https?://\S+|[\w.+-]+@[\w-]+\.\w+|\d+(?:[.,:]\d+)*")
AFTERNOON = re.compile(r"\b(\d|1[01])(?:[:.]\d\d)? ?p\.?m\b", re.IGNORECASE)
UNGROUNDED_CAP = 0.4
NEUTRAL = 0.5

BIAS, PRIOR, OVERLAP = -1.4, 0.4, 3.4
# Of right answers in eleven languages nearly all share three fifths with their source, of others
# hardly one: that is where the usual gate stands.
FOREIGN_BIAS, FOREIGN_SHARE = -2.75, 6.2
# A language that the table of concepts has not: below the usual gate; a lower one opens it.
UNTOLD = 0.6
# A word that the table does not have says little, a long number says which order is meant.
UNKNOWN_WEIGHT, SIGN_WEIGHT, NUMBER_WEIGHT, LONG_NUMBER = 0.4, 0.2, 2.0, 3
# A sentence of its own that hardly shares anything is none of the source's, whatever stands beside.
SENTENCE = re.compile(r"(?<=[.!?\u2026])\s+|(?<=[\u3002\uff01\uff1f])|\n+")
SENTENCE_WEIGHT, SENTENCE_SHARE = 1.2, 0.34


def grounded_confidence(turn: Turn, content: str, cited: tuple[Passage, ...]) -> float:
    """The probability that a worded answer is right, given the passages that it cites."""
    held = " ".join(passage.article for passage in cited)
    if is_foreign(turn, cited):
        value = _by_concepts(turn.language, content, cited)
    else:
        value = _by_words(turn, content, cited, held)
    known = held + " " + turn.question + " " + turn.instructions
    return min(value, UNGROUNDED_CAP) if _invents(content, known) else value


def is_foreign(turn: Turn, passages: tuple[Passage, ...]) -> bool:
    """Whether all passages are in another language, of whatever region, than the conversation's,
    or in none, as what a tool gives may be."""
    spoken = primary(turn.language or "")
    return all(
        not passage.language or (spoken and primary(passage.language) != spoken)
        for passage in passages
    )


def _invents(content: str, known: str) -> bool:
    """Whether an answer has a number or an address that nobody said: "9,90" is "9.90", and six in
    the afternoon 18."""
    facts = {fact.rstrip(".,") for fact in FACTS.findall(content)}
    numbers = {_digits(fact) for fact in FACTS.findall(known)}
    numbers |= {str(int(hour) + 12) for hour in AFTERNOON.findall(known)}
    return any(fact not in known and _digits(fact) not in numbers for fact in facts)


def _digits(fact: str) -> str:
    """A number without what stands between its digits; what is no number as it is."""
    return fact if re.search(r"[^\d.,:]", fact) else re.sub(r"\D", "", fact)


def _by_words(turn: Turn, content: str, cited: tuple[Passage, ...], held: str) -> float:
    """By the words that an answer shares with its sources and the question, and by the prior."""
    prior, overlap = NEUTRAL, _overlap(f"{held} {turn.question}", content)
    if articles := tuple(passage for passage in cited if not passage.tool):
        prior = _prior(judge(turn.question, turn.knowledge), articles)
    return _logistic(BIAS + PRIOR * math.log(prior / (1 - prior)) + OVERLAP * overlap)


def _by_concepts(language: str | None, content: str, cited: tuple[Passage, ...]) -> float:
    """By what an answer and sources in other languages are both about; one that was put together
    of what a source says and a sentence that none says is none of ours."""
    spoken = primary(language or "")
    parts = [_shared(part, spoken, cited) for part in SENTENCE.split(content)]
    shared, total = (sum(numbers) for numbers in zip(*parts, strict=True))
    value = _logistic(FOREIGN_BIAS + FOREIGN_SHARE * shared / total) if total else UNTOLD
    if any(all_ >= SENTENCE_WEIGHT and ours < SENTENCE_SHARE * all_ for ours, all_ in parts):
        value = min(value, UNGROUNDED_CAP)
    is_known = all(name in TABLES for name in (spoken, *map(_language_of, cited)))
    return value if is_known or not language else min(value, UNTOLD)


def _shared(sentence: str, spoken: str, cited: tuple[Passage, ...]) -> tuple[float, float]:
    """The weight of a sentence's words that the sources have, as they are or by what they are
    about, and of all its words that say something. What is said twice counts once, and that both
    have a "not" somewhere says nothing."""
    words, about = _held(cited)
    shared = total = 0.0
    told: Concepts = frozenset({EMPTY})
    for word, concepts in dict(words_with_concepts(sentence, spoken)).items():
        if concepts and (concepts <= told or concepts & NEGATION & about):
            continue
        is_held = len(word) >= LONG_WORD and holds(words, _without_accents(word))
        weight = 1.0 if is_held and not concepts else _weight(word, concepts, spoken)
        total += weight
        if is_held or concepts & about:
            shared += weight
        told |= concepts
    return shared, total


@lru_cache(maxsize=128)
def _held(cited: tuple[Passage, ...]) -> tuple[Vocabulary, Concepts]:
    """The words of sources, and what they are about."""
    texts = [(f"{passage.title} {passage.article}", _language_of(passage)) for passage in cited]
    about = (found for text in texts for _, found in words_with_concepts(*text))
    words = vocabulary(_without_accents(" ".join(text for text, _ in texts)))
    return words, frozenset().union(*about) - {EMPTY}


def _without_accents(text: str) -> str:
    """The text as it looks alike in more languages: a reception is a réception."""
    parts = unicodedata.normalize("NFKD", text)
    return "".join(sign for sign in parts if not unicodedata.combining(sign))


def _weight(word: str, concepts: Concepts, spoken: str) -> float:
    if word.isdecimal() and len(word) >= LONG_NUMBER:
        return NUMBER_WEIGHT
    if concepts:
        return 0.0 if EMPTY in concepts else 1.0
    if spoken in UNSPACED and not word.isascii():
        return SIGN_WEIGHT * len(word)
    return UNKNOWN_WEIGHT if len(word) >= LONG_WORD else 0.0


def _language_of(passage: Passage) -> str:
    """A source's language; the names in a tool's data are English."""
    return primary(passage.language) or "en"


def _prior(verdict: Verdict | None, cited: tuple[Passage, ...]) -> float:
    """The probability that one of the cited articles answers, by the retrieval alone."""
    if verdict is None:
        return NEUTRAL
    ids = {passage.article_id for passage in cited}
    share = max(
        (
            part
            for match, part in zip(verdict.ranked, verdict.shares, strict=True)
            if match.passage.article_id in ids
        ),
        default=0.0,
    )
    found = verdict.probability * share / verdict.shares[0]
    return min(max(found, 0.02), 0.98)


def _overlap(held: str, content: str) -> float:
    """The share of an answer's longer words that its sources or the question hold."""
    said = {word for word in tokens(content) if len(word) >= LONG_WORD}
    words = vocabulary(held)
    return sum(holds(words, word) for word in said) / len(said) if said else 1.0


def _logistic(value: float) -> float:
    return 1 / (1 + math.exp(-value))
