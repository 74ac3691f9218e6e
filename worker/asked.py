"""The questions of one message: which it asks about another article, which an answer leaves out."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from operator import attrgetter

from worker.calibration import Verdict
from worker.grounding import is_beside, shares
from worker.knowledge import Passage
from worker.language import primary
from worker.matching import LONGEST_QUESTION, matches

# Where one question of a message may end and another begin.
QUESTION_END = r"[.!?…\n,;\u3002\uff01\uff1f\u061f\u060c\uff0c]"
AND: Mapping[str, str] = {
    "ar": r"\sو",
    "de": r"\bund\b",
    "en": r"\band\b",
    "es": r"\b[ye]\b",
    "fr": r"\bet\b",
    "it": r"\bed?\b",
    "nl": r"\ben\b",
    "pl": r"\b(?:i|oraz)\b",
    "pt": r"\be\b",
    "ru": r"\bи\b",
    "tr": r"\bve\b",
    "zh": "[和并]",
}
# A question that is so near to a title or phrasing asks about that article, whatever else is asked.
SAME_QUESTION = 0.6
# What ends a sentence, to be kept with it.
SENTENCE_END = re.compile(r"([.!?…\n;\u3002\uff01\uff1f\u061f]+)")
ASKS = re.compile("[?\uff1f\u061f]")


def also_asked(question: str, language: str | None, verdict: Verdict) -> tuple[Passage, ...]:
    """The articles that a message with several questions asks about beside the best one.

    An answer from one article would leave them out, and nobody would know.
    """
    best, *_ = found = tuple(match.passage for match in verdict.ranked)
    nearest = (
        max(matches(one, found), key=attrgetter("likeness")) for one in _parts(question, language)
    )
    about = dict.fromkeys(near.passage for near in nearest if near.likeness >= SAME_QUESTION)
    return tuple(passage for passage in about if passage is not best) if best in about else ()


def leaves_out(question: str, language: str | None, passages: tuple[Passage, ...]) -> bool:
    """Whether an answer from these articles leaves out a question of a message: one that shares
    nothing with them, where the rest of the message does."""
    spoken = primary(language or passages[0].language)
    texts = tuple(
        replace(one, article="\n".join((one.article, *one.phrasings))) for one in passages
    )
    pieces = SENTENCE_END.split(question[:LONGEST_QUESTION])
    beside = [
        ASKS.search(end) is not None and is_beside(said, spoken, texts)
        for said, end in zip(pieces[::2], pieces[1::2], strict=False)
    ]
    if not any(beside):
        return False
    others = (said for said, is_it in zip(pieces[::2], [*beside, False], strict=False) if not is_it)
    return any(shares(said, spoken, texts) for said in others)


def _parts(question: str, language: str | None) -> list[str]:
    """The parts of a message that may be questions of their own."""
    between = f"{QUESTION_END}|{AND.get(primary(language or ''), QUESTION_END)}"
    parts = re.split(between, question[:LONGEST_QUESTION], flags=re.IGNORECASE)
    return [one for one in parts if one.strip()]
