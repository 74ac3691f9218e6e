"""The embedded answerer: no key and no model, only the sentences that the articles already hold."""

from __future__ import annotations

import re
import time

from worker.confidence import best_passage, likeness, tokens
from worker.deadline import Deadline
from worker.knowledge import Passage
from worker.model import Reply, Watcher
from worker.turn import Turn

NAME = "embedded"
SENTENCE_END = re.compile(r"(?<=[.!?…])\s+|(?<=[\u3002\uff01\uff1f])|\n+")
MAX_SENTENCES = 3
MAX_CHARACTERS = 600


class EmbeddedModel:
    """Answers with the best article's own words, or hands over; it invents nothing."""

    name = NAME

    async def reply(self, turn: Turn, deadline: Deadline, watcher: Watcher | None = None) -> Reply:
        """The extracted answer; takes a few milliseconds, so the deadline is not looked at."""
        return extract(turn)

    async def close(self) -> None:
        """Holds nothing open."""


def extract(turn: Turn) -> Reply:
    """An answer from the knowledge of the turn with its probability, or a hand-over."""
    started = time.monotonic()
    found = best_passage(turn.question, turn.knowledge)
    passage, confidence = (found[0].passage, found[1]) if found else (None, 0.0)
    content = best_sentences(turn.question, passage) if passage else ""
    return Reply(
        outcome="answer" if passage and content else "hand_over",
        content=content,
        confidence=round(confidence, 4),
        sources=(passage.as_source(),) if passage else (),
        language=turn.language or (passage.language if passage else None),
        intent=passage.title if passage else None,
        reason=None if content else "no_answer",
        model=NAME,
        wire=NAME,
        latency_ms=round((time.monotonic() - started) * 1000),
    )


def best_sentences(question: str, passage: Passage) -> str:
    """One to three neighbouring sentences of the passage, around the one nearest to the question.

    A body that is short enough is given whole: half an answer is worse than two sentences more.
    """
    sentences = sentences_of(_body(passage))
    if not sentences:
        return ""
    best = max(range(len(sentences)), key=lambda place: _closeness(question, sentences[place]))
    first = max(0, min(best - 1, len(sentences) - MAX_SENTENCES))
    chosen = sentences[first : first + MAX_SENTENCES]
    while len(chosen) > 1 and sum(map(len, chosen)) > MAX_CHARACTERS:
        chosen.remove(min(chosen, key=lambda sentence: _closeness(question, sentence)))
    return " ".join(chosen)[:MAX_CHARACTERS]


def sentences_of(text: str) -> list[str]:
    """The sentences of a text, in order."""
    return [part.strip() for part in SENTENCE_END.split(text) if part and part.strip()]


def _body(passage: Passage) -> str:
    """The paragraph without the title that the search puts before it."""
    return passage.content.removeprefix(passage.title).strip() or passage.article


def _closeness(question: str, sentence: str) -> float:
    """How much of the question's wording a sentence holds."""
    asked, said = set(tokens(question)), set(tokens(sentence))
    return len(asked & said) / max(1, len(asked)) + likeness(question, sentence)
