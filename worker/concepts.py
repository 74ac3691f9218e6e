"""What words of different languages have in common, by a table of the things that customers and
companies write about (worker/concepts.csv): one row for each thing, one column for each language.

A cell holds beginnings of words; a full stop after one says that it is the whole word. The first
row has the words that say nothing by themselves; a row that begins with a number is that number.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator, Mapping
from functools import lru_cache
from pathlib import Path

from worker.matching import tokens

TABLE = Path(__file__).parent / "concepts.csv"
EMPTY = "0"
# Where words are written as one, what stands behind counts as well; in Arabic the article and "and"
# stand before a word, in Chinese nothing stands between two.
JOINING, SHORTEST_JOINED = frozenset({"de", "nl", "ru"}), 5
PREFIXING, LONGEST_PREFIX, SHORTEST_PREFIXED = frozenset({"ar"}), 3, 3
UNSPACED = frozenset({"zh"})
# Arabic may be written with its vowels, which are no letters and would cut a word.
VOWELS = re.compile(r"[\u064b-\u0652\u0670]")
Concepts = frozenset[str]
NONE: Concepts = frozenset()


def words_with_concepts(text: str, language: str) -> list[tuple[str, Concepts]]:
    """The folded words of a text, each with what it is about: nothing where the table does not have
    the word or the language, EMPTY where the word says nothing."""
    words: Iterator[str] | list[str] = tokens(VOWELS.sub("", text))
    if language in UNSPACED:
        words = (part for token in words for part in _cut(token, language))
    return [(word, _about(word, language)) for word in words]


@lru_cache(maxsize=8192)
def _about(word: str, language: str) -> Concepts:
    if word.isdecimal():
        return frozenset({f"number {int(word)}"})
    found = _beginning(word, language)
    if language in JOINING and EMPTY not in found:
        places = range(1, len(word) - SHORTEST_JOINED + 1)
        parts = [found, *(_beginning(word[at:], language) for at in places)]
        return frozenset().union(*parts) - {EMPTY}
    if not found and language in PREFIXING:
        places = range(1, min(LONGEST_PREFIX, len(word) - SHORTEST_PREFIXED) + 1)
        shorter = (_beginning(word[at:], language) for at in places)
        return next((about for about in shorter if about), NONE)
    return found


def _beginning(word: str, language: str) -> Concepts:
    """What the longest beginning that the table has is about."""
    table = TABLES.get(language, {})
    whole = table.get(f"{word}.")
    starts = (table.get(word[:end]) for end in range(len(word), 0, -1))
    return whole or next((about for about in starts if about), NONE)


def _cut(token: str, language: str) -> Iterator[str]:
    """The words of the table in a text without spaces; what is left between them goes as it is."""
    table, start, rest = TABLES[language], 0, ""
    while start < len(token):
        ends = range(min(len(token), start + 4), start, -1)
        end = next((end for end in ends if token[start:end] in table), 0)
        if not end or token.isascii():
            rest, start = rest + token[start], start + 1
            continue
        yield from filter(None, (rest, token[start:end]))
        rest, start = "", end
    yield from filter(None, (rest,))


def _read_tables() -> Mapping[str, Mapping[str, Concepts]]:
    with TABLE.open(encoding="utf-8", newline="") as file:
        languages, *rows = csv.reader(file)
    tables: dict[str, dict[str, set[str]]] = {language: {} for language in languages}
    for number, row in enumerate(rows):
        first = row[0].partition(".")[0]
        name = f"number {first}" if first.isdecimal() else str(number)
        for language, cell in zip(languages, row, strict=True):
            for stem in cell.split():
                tables[language].setdefault(stem, set()).add(name)
    return {
        language: {stem: frozenset(names) for stem, names in table.items()}
        for language, table in tables.items()
    }


TABLES = _read_tables()


def thing(*words: str) -> Concepts:
    """The things that English words stand for."""
    return frozenset().union(*(_about(word, "en") for word in words))


NEGATION = thing("not")
