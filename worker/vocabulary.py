"""Which languages have a word, by the lists of worker/phrases and the table of worker/concepts.

Of one word letters tell little; some thousand words of each language are known by themselves.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from functools import lru_cache

from worker.concepts import words_with_concepts
from worker.phrases.languages import LANGUAGES
from worker.phrases.words import STEM, fold, run_of

# What is ours to say is not what customers do.
SAID = frozenset({"hello", "welcome", "ask", "to_person"})
SHORTEST_STEM = 3
# Words, mostly English, that customers write in every language.
SHARED = (
    "account app apps bot cashback chat code codes cookie cookies deal e email feedback gift gym"
    " info jeans link login logout mail meeting newsletter offline ok okay online outlet pass"
    " paypal premium sale service set shop slot sms sneaker sorry spam start start-up stop store"
    " support team ticket tickets top tracking trainer training update upgrade voucher website"
    " wifi"
)
EVERYWHERE = frozenset(SHARED.split())


def having(words: Sequence[str]) -> frozenset[str]:
    """The languages that have all of some words; none where one of them is everybody's."""
    plain = [word.casefold() for word in words]
    if not EVERYWHERE.isdisjoint(plain):
        return frozenset()
    return frozenset(name for name in LANGUAGES if all(_has(name, word) for word in plain))


@lru_cache(maxsize=8192)
def _has(language: str, word: str) -> bool:
    exact, stems = _words()[language]
    folded = fold(word)
    starts = (folded[:end] for end in range(SHORTEST_STEM, len(folded) + 1))
    if folded in exact or any(start in stems for start in starts):
        return True
    return any(concepts for _, concepts in words_with_concepts(word, language))


@lru_cache(maxsize=1)
def _words() -> Mapping[str, tuple[frozenset[str], frozenset[str]]]:
    """The words of every language's lists, and the beginnings of words."""
    return {name: _of_lists(" ".join(_lists(name))) for name in LANGUAGES}


def _lists(language: str) -> list[str]:
    found = asdict(LANGUAGES[language]).items()
    return [entries for name, entries in found if isinstance(entries, str) and name not in SAID]


def _of_lists(entries: str) -> tuple[frozenset[str], frozenset[str]]:
    words = {word for entry in entries.split() for word in run_of(entry)}
    stems = frozenset(word.removesuffix(STEM) for word in words if word.endswith(STEM))
    return frozenset(word for word in words if not word.endswith(STEM)), stems
