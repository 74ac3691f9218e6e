"""Sentences that are nothing but polite: a model's "Happy to help!" and "Let me know if you have
any other questions."

Such a sentence is made wholly of words that say nothing (worker/concepts.csv) and of those of
worker/courtesies.csv, one row with beginnings of words for each language; a full stop after one
says that it is the whole word. A "not" makes a claim of anything, unless it is "do not hesitate".
"""

from __future__ import annotations

import csv
import re
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path

from worker.concepts import EMPTY, LONGEST_PREFIX, NEGATION, PREFIXING, words_with_concepts

TABLE = Path(__file__).parent / "courtesies.csv"
SENTENCE = re.compile(r"(?<=[.!?\u2026\u061f])\s+|(?<=[\u3002\uff01\uff1f])|\n+")
# Numbers and addresses are none, and what ends so says that more comes.
CLAIMS = re.compile(r"\d|@|://|[:;\uff1a]\s*$")
CONTRACTED = re.compile(r"n['\u2019]t\b")
# Who feels free gets nothing for it.
FREELY = re.compile(r"\bfeel free\b", re.IGNORECASE)
HESITATING = re.compile(
    r"h[eé]sit|esit[aie]|zöger|dud[ea]|aarzel|waha|стесня|çekin|تتردد|犹豫", re.IGNORECASE
)


def without_courtesies(text: str, language: str) -> str:
    """The text without its polite sentences."""
    parts = SENTENCE.split(text)
    return "\n".join(part for part in parts if not is_courtesy(part, language))


@lru_cache(maxsize=512)
def is_courtesy(sentence: str, language: str) -> bool:
    """Whether a sentence is polite and says nothing else."""
    if CLAIMS.search(sentence) or language not in TABLES:
        return False
    plain = CONTRACTED.sub(" not", FREELY.sub("feel", sentence))
    words = words_with_concepts(plain, language)
    may_negate = HESITATING.search(sentence) is not None
    return bool(words) and all(
        EMPTY in about or (may_negate and about & NEGATION) or _is_polite(word, language)
        for word, about in words
    )


def _is_polite(word: str, language: str) -> bool:
    wholes, beginnings = TABLES[language]
    starts = range(LONGEST_PREFIX + 1 if language in PREFIXING else 1)
    forms = [word[at:] for at in starts if word[at:]]
    return any(form in wholes or form.startswith(beginnings) for form in forms)


def _read_tables() -> Mapping[str, tuple[frozenset[str], tuple[str, ...]]]:
    with TABLE.open(encoding="utf-8", newline="") as file:
        languages, row = csv.reader(file)
    cells = {language: cell.split() for language, cell in zip(languages, row, strict=True)}
    return {
        language: (
            frozenset(word[:-1] for word in words if word.endswith(".")),
            tuple(word for word in words if not word.endswith(".")),
        )
        for language, words in cells.items()
    }


TABLES = _read_tables()
