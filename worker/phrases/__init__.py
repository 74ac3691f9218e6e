"""What customers say that needs no model to be understood, in twelve languages.

A wish for a human, a complaint, an answer that did not help, a mood, and small talk.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from functools import lru_cache
from typing import Any, Literal

from worker.phrases.languages import LANGUAGES
from worker.phrases.rules import Reading
from worker.phrases.small_talk import (
    QUESTIONS,
    asks_who_language,
    assent_language,
    greeting_language,
    thanks_language,
)
from worker.wordless import Wordless, wordless

__all__ = [
    "LANGUAGES",
    "QUESTIONS",
    "Signals",
    "asks_for_human",
    "asks_who_language",
    "assent_language",
    "declines",
    "greeting_language",
    "signals",
    "thanks_language",
]

Sentiment = Literal["positive", "neutral", "negative"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Signals:
    """What a message says beside its question; the rules of the database go by it (R56)."""

    asks_for_human: bool = False
    complaint: bool = False
    not_helped: bool = False
    sentiment: Sentiment = "neutral"

    def as_json(self) -> dict[str, Any]:
        """The form that `Reply.signals` has."""
        return asdict(self)


@lru_cache(maxsize=64)
def signals(text: str, language: str | None = None) -> Signals:
    """What a text says of its writer's wishes and mood; `language` is the one it is likely in."""
    reading = Reading(text)
    complaint, not_helped = reading.complains(), reading.is_unhelped()
    mood = reading.mood((language or "en")[:2].lower())
    kind = wordless(text)
    not_helped = not_helped or kind is Wordless.SAD
    if complaint or not_helped:
        mood = -1
    elif kind is Wordless.GLAD:
        mood = 1
    return Signals(
        asks_for_human=reading.asks_for_human(),
        complaint=complaint,
        not_helped=not_helped,
        sentiment="positive" if mood > 0 else "negative" if mood < 0 else "neutral",
    )


def asks_for_human(text: str) -> bool:
    """Whether the customer wants a person instead of us, in whatever language."""
    return signals(text).asks_for_human


def declines(text: str) -> bool:
    """Whether a text asks nothing and says what is not wanted ("please don't cancel my order").

    Its words are those of the wish itself.
    """
    return QUESTIONS.search(text) is None and Reading(text).declines()
