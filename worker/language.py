"""Which language a reply is in, where no model says so."""

from __future__ import annotations

import re

from worker.knowledge import Passage

# Scripts that (of the languages we speak) only one language uses.
SCRIPTS = {
    "ru": re.compile(r"[\u0400-\u04ff]"),
    "ar": re.compile(r"[\u0600-\u06ff]"),
    "zh": re.compile(r"[\u4e00-\u9fff]"),
}


def spoken_language(question: str, conversation: str | None) -> str | None:
    """The customer's language by script, else the conversation's; None when unknown."""
    found = next((name for name, letters in SCRIPTS.items() if letters.search(question)), None)
    return found or conversation


def language_of(question: str, conversation: str | None, best: Passage | None) -> str | None:
    """By script, else the best article's language, else the conversation's; None when unknown."""
    found = next((name for name, letters in SCRIPTS.items() if letters.search(question)), None)
    return found or (best.language if best else None) or conversation
