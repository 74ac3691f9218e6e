"""What customers say that needs no model to be understood, in twelve languages.

A wish for a human, a complaint, an answer that did not help, a mood, and small talk. Small talk is
a message made of nothing but its words, so "thanks, and where is my parcel?" is a question.
"""

from __future__ import annotations

import re
from dataclasses import asdict, dataclass
from functools import lru_cache
from typing import Any, Literal

from worker.phrases.languages import LANGUAGES
from worker.phrases.rules import Reading
from worker.wordless import Wordless, wordless

__all__ = [
    "LANGUAGES",
    "Signals",
    "asks_for_human",
    "greeting_language",
    "signals",
    "thanks_language",
]

Sentiment = Literal["positive", "neutral", "negative"]
WORDS = re.compile(r"[^\W\d_]+(?:['\u2019][^\W\d_]+)*")
QUESTIONS = re.compile("[?\uff1f\u061f]")
# Small talk is short; a text of many signs is none.
LONGEST_SMALL_TALK = 200
START = "/start"


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


def greeting_language(text: str, likely: str | None) -> str | None:
    """The language of a message that only greets, or asks for help and does not say with what.

    None for every other message. Telegram sends START when somebody opens a chat with a bot: a
    greeting without words.
    """
    if text.strip() == START:
        return likely if likely in LANGUAGES else "en"
    return _small_talk(text, likely, "greetings") or _small_talk(text, likely, "help")


def thanks_language(text: str, likely: str | None) -> str | None:
    """The language of a message that only thanks; None for every other message."""
    return _small_talk(text, likely, "thanks")


def _small_talk(text: str, likely: str | None, kind: str) -> str | None:
    if len(text) > LONGEST_SMALL_TALK or (kind != "help" and QUESTIONS.search(text)):
        return None
    words = WORDS.findall(text.casefold())
    if not words:
        return None
    order = sorted(LANGUAGES, key=lambda language: language != likely)
    return next((language for language in order if _made_of(words, language, kind)), None)


def _made_of(words: list[str], language: str, kind: str) -> bool:
    phrases = LANGUAGES[language]
    keys = set(getattr(phrases, kind).split())
    others = keys | set(phrases.greetings.split()) | set(phrases.fillers.split())
    if kind == "help":
        others |= set(phrases.asking.split())
    return not keys.isdisjoint(words) and others.issuperset(words)
