"""How probable it is that an answer worded by a language model is right: from what was found and
what it wrote, never from its own word.

Two things have to be so: an article that it cites fits the question, and what it says rests on that
article. The first is the calibrated probability of the retrieval (worker/calibration.py), the
second how much of the answer its sources hold (worker/grounding.py). Across languages the
retrieval says nothing, as it goes by shared words: there the article has to be about a thing that
the question is about. What a tool gave was asked for by itself.
The weights are set by hand until there are labels of worded answers. A number or an address that
no source holds, and a sentence that none says, cost an answer its confidence, whatever else speaks
for it.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator

from worker.calibration import Verdict, judge
from worker.concepts import TABLES
from worker.grounding import grounding, is_about, language_of, with_own_words
from worker.knowledge import Passage
from worker.language import primary
from worker.matching import tokens
from worker.turn import Turn

FACTS = re.compile(r"https?://\S+|[\w.+-]+@[\w-]+\.\w+|\d+(?:[.,:]\d+)*")
AFTERNOON = re.compile(r"\b(\d|1[01])(?:[:.]\d\d)? ?p\.?m\b", re.IGNORECASE)
UNGROUNDED_CAP = 0.4
NEUTRAL = 0.5

BIAS, FIT, REST = -5.85, 0.8, 9.0
# What says less of what its sources hold than this is another answer, however well they fit: of
# right answers in other words hardly one does, of answers from other articles nearly all.
LEAST_REST = 0.5
# A passage that holds so much less of an answer than another one is not what it rests on.
FAR_BEHIND = 0.25
# A question of so few words may be about what was asked before: "and how much is it?"
FOLLOWING_UP = 6
# Of right answers in eleven languages nearly all share three fifths with their source, of others
# hardly one: that is where the usual gate stands.
FOREIGN_BIAS, FOREIGN_REST = -2.75, 6.2
# A language that the table of concepts has not: below the usual gate; a lower one opens it.
UNTOLD = 0.6


def grounded_confidence(turn: Turn, content: str, cited: tuple[Passage, ...]) -> float:
    """The probability that a worded answer is right, given the passages that it cites."""
    if is_foreign(turn, cited):
        value = _across_languages(turn, content, cited)
    else:
        value = _in_one_language(turn, content, cited)
    held = " ".join(passage.article for passage in cited)
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
    if not facts:
        return False
    numbers = {_digits(fact) for fact in FACTS.findall(known)}
    numbers |= {str(int(hour) + 12) for hour in AFTERNOON.findall(known)}
    return any(fact not in known and _digits(fact) not in numbers for fact in facts)


def _digits(fact: str) -> str:
    """A number without what stands between its digits; what is no number as it is."""
    return fact if re.search(r"[^\d.,:]", fact) else re.sub(r"\D", "", fact)


def _in_one_language(turn: Turn, content: str, cited: tuple[Passage, ...]) -> float:
    """By how the articles that an answer rests on fit the question, and how much it rests."""
    language = primary(turn.language or "") or language_of(cited[0])
    found = grounding(content, language, with_own_words(cited, turn))
    fit = max(_fit(turn, passage) for passage in _rests_on(content, language, cited))
    rest = 1.0 if found.share is None else found.share
    value = _logistic(BIAS + FIT * math.log(fit / (1 - fit)) + REST * rest)
    return min(value, UNGROUNDED_CAP) if found.strays or rest < LEAST_REST else value


def _across_languages(turn: Turn, content: str, cited: tuple[Passage, ...]) -> float:
    """By what an answer and sources in other languages are both about, and the question too."""
    spoken = primary(turn.language or "")
    found = grounding(content, spoken, with_own_words(cited, turn))
    rest = found.share
    value = UNTOLD if rest is None else _logistic(FOREIGN_BIAS + FOREIGN_REST * rest)
    ours = _rests_on(content, spoken, cited)
    if found.strays or not any(_answers(turn, passage, spoken) for passage in ours):
        value = min(value, UNGROUNDED_CAP)
    is_known = all(name in TABLES for name in (spoken, *map(language_of, cited)))
    return value if is_known or not turn.language else min(value, UNTOLD)


def _rests_on(content: str, language: str, cited: tuple[Passage, ...]) -> tuple[Passage, ...]:
    """The passages that an answer comes from: whoever cites everything has said nothing yet."""
    if len(cited) == 1:
        return cited
    shares = [grounding(content, language, (passage,)).share or 0.0 for passage in cited]
    least = max(shares) - FAR_BEHIND
    return tuple(one for one, share in zip(cited, shares, strict=True) if share >= least)


def _fit(turn: Turn, passage: Passage) -> float:
    """The probability that a passage answers what was asked, by the retrieval alone."""
    if passage.tool:
        return NEUTRAL
    return max(_prior(judge(asked, turn.knowledge), passage) for asked in _asked(turn))


def _answers(turn: Turn, passage: Passage, spoken: str) -> bool:
    """Whether a source in another language is about what was asked; a tool was asked by itself."""
    return bool(passage.tool) or any(is_about(passage, asked, spoken) for asked in _asked(turn))


def _asked(turn: Turn) -> Iterator[str]:
    """The question as it stands, and one that follows up with what was asked before it."""
    yield turn.question
    before = [line.content for line in turn.history if line.role == "customer"]
    if before and len(tokens(turn.question)) <= FOLLOWING_UP:
        yield f"{before[-1]} {turn.question}"


def _prior(verdict: Verdict | None, passage: Passage) -> float:
    if verdict is None:
        return NEUTRAL
    places = zip(verdict.ranked, verdict.shares, strict=True)
    ours = (part for match, part in places if match.passage.article_id == passage.article_id)
    found = verdict.probability * next(ours, 0.0) / verdict.shares[0]
    return min(max(found, 0.02), 0.98)


def _logistic(value: float) -> float:
    return 1 / (1 + math.exp(-value))
