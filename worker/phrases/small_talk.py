"""Messages made of nothing but known words: greetings, thanks, an "ok", a bare wish for help.

"Thanks, and where is my parcel?" holds other words too: it is a question.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache

from worker.phrases.languages import LANGUAGES
from worker.phrases.words import run_of, tokens_of

QUESTIONS = re.compile("[?\uff1f\u061f]")
# Small talk is short; a text of many signs is none.
LONGEST = 200
START = "/start"

# By its first token, what else an entry says, and whether it is one that the message needs.
Entries = Mapping[str, list[tuple[tuple[str, ...], bool]]]


def greeting_language(text: str, likely: str | None) -> str | None:
    """The language of a message that only greets, or asks for help and does not say with what.

    None for every other message. Telegram sends START when somebody opens a chat with a bot: a
    greeting without words.
    """
    if text.strip() == START:
        return likely if likely in LANGUAGES else "en"
    return _language(text, likely, "greetings") or _language(text, likely, "help")


def thanks_language(text: str, likely: str | None) -> str | None:
    """The language of a message that only thanks; None for every other message."""
    return None if QUESTIONS.search(text) else _language(text, likely, "thanks")


def assent_language(text: str, likely: str | None) -> str | None:
    """The language of a message that only agrees ("ok"); None for every other message."""
    return None if QUESTIONS.search(text) else _language(text, likely, "assent")


def asks_who_language(text: str, likely: str | None) -> str | None:
    """The language of a message that only asks whether we are a machine; None for every other."""
    return _language(text, likely, "asks_who")


# What may stand beside the words that make a message one of these.
AROUND = {
    "greetings": ("fillers",),
    "help": ("greetings", "fillers", "asking"),
    "thanks": ("greetings", "fillers", "assent"),
    "assent": ("greetings", "fillers"),
    "asks_who": ("greetings", "fillers"),
}


def _language(text: str, likely: str | None, kind: str) -> str | None:
    tokens = tokens_of(text) if len(text) <= LONGEST else []
    order = sorted(LANGUAGES, key=lambda language: language != likely)
    return next((name for name in order if _is_made_of(tokens, _entries(name, kind))), None)


def _is_made_of(tokens: list[str], entries: Entries) -> bool:
    """Whether the tokens are entries one after the other, a needed one among them."""
    if not tokens or tokens[0] not in entries:
        return False
    reached = {(0, False)}
    for place, token in enumerate(tokens):
        for has_key in (False, True):
            if (place, has_key) in reached:
                reached |= {
                    (place + 1 + len(rest), has_key or is_key)
                    for rest, is_key in entries.get(token, ())
                    if tuple(tokens[place + 1 : place + 1 + len(rest)]) == rest
                }
    return (len(tokens), True) in reached


@lru_cache(maxsize=64)
def _entries(language: str, kind: str) -> Entries:
    words = LANGUAGES[language]
    entries: dict[str, list[tuple[tuple[str, ...], bool]]] = {}
    for name in (kind, *AROUND[kind]):
        for entry in getattr(words, name).split():
            first, *rest = run_of(entry)
            entries.setdefault(first, []).append((tuple(rest), name == kind))
    return entries
