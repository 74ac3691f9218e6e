"""How probable it is that an answer worded by a language model is right: from what was found and
what it wrote, never from its own word.

The prior is the calibrated probability of the retrieval (worker/calibration.py), which knows the
article that the model cites far better than the coverage alone; how much of the wording the sources
hold moves it. Those two weights are set by hand until there are labels of worded answers. A number
or an address that no source holds costs an answer its confidence, whatever else speaks for it.
"""

from __future__ import annotations

import math
import re

from worker.calibration import Verdict, judge
from worker.knowledge import Passage
from worker.language import primary
from worker.matching import LONG_WORD, holds, tokens, vocabulary
from worker.turn import Turn

FACTS = re.compile(r"https?://\S+|[\w.+-]+@[\w-]+\.\w+|\d+(?:[.,:]\d+)*")
UNGROUNDED_CAP = 0.4
# An answer in another language than its article shares few words with it, and so does one made of a
# tool's numbers and states; this stands in, and the prior, which comes from shared words as well,
# says nothing.
FOREIGN_OVERLAP = 0.8
NEUTRAL = 0.5

BIAS, PRIOR, OVERLAP = -1.4, 0.4, 3.4


def grounded_confidence(turn: Turn, content: str, cited: tuple[Passage, ...]) -> float:
    """The probability that a worded answer is right, given the passages that it cites."""
    held = " ".join(passage.article for passage in cited)
    prior, overlap = NEUTRAL, FOREIGN_OVERLAP
    if not is_foreign(turn, cited):
        overlap = _overlap(f"{held} {turn.question}", content)
        if articles := tuple(passage for passage in cited if not passage.tool):
            prior = _prior(judge(turn.question, turn.knowledge), articles)
    value = _logistic(BIAS + PRIOR * math.log(prior / (1 - prior)) + OVERLAP * overlap)
    facts = set(FACTS.findall(content))
    known = held + " " + turn.question + " " + turn.instructions
    invented = any(fact.rstrip(".,") not in known for fact in facts)
    return min(value, UNGROUNDED_CAP) if invented else value


def is_foreign(turn: Turn, passages: tuple[Passage, ...]) -> bool:
    """Whether all passages are in another language, of whatever region, than the conversation's,
    or in none, as what a tool gives may be."""
    spoken = primary(turn.language or "")
    return all(
        not passage.language or (spoken and primary(passage.language) != spoken)
        for passage in passages
    )


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
