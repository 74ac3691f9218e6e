"""Finds listed words in a text: folded, by their stems, with a letter wrong, and in runs of signs.

No regular expression holds a list, so that no text can make one slow: every word of a text is
looked up, and lists cost nothing by being long. A text is looked at from both ends only.
"""

# ruff: noqa: RUF001 - its letters are what this file is about

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache

HEAD, TAIL = 300, 100
LONGEST_TEXT = 20_000
LONGEST_WORD = 30
# Only words of this length are found with a letter wrong, missing, doubled or swapped; another
# number is another thing.
SHORTEST_FUZZY = 5
SHORTEST_FUZZY_STEM = 6
# From this length on the first letter may be the wrong one.
SHORTEST_ANY_FIRST = 7
SHORTEST_GLUED, MOST_GLUED = 6, 2
STEM = "*"
JOINT = "_"

APOSTROPHES = re.compile("[\u2018\u2019\u02bc\u00b4`]")
CONTRACTIONS = re.compile(r"(?<=[a-z])'(?=(?:t|s|re|m|ll|d|ve)\b)")
# A sign of Han, kana or Thai is a token of its own: these scripts do not part their words.
TOKENS = re.compile(
    r"[\u0e00-\u0e7f\u3040-\u30ff\u3400-\u9fff]|[^\W_\u0e00-\u0e7f\u3040-\u30ff\u3400-\u9fff]+"
)
FOLDS = str.maketrans({"ı": "i", "ł": "l", "ø": "o", "ى": "ي", "ة": "ه", "ـ": None})

Group = tuple[str, str]
Found = Mapping[Group, list[tuple[int, int]]]
# What a token stands for, and whether it is written so.
Known = tuple[tuple[str, ...], bool]
UNKNOWN: Known = ((), True)


def tokens_of(text: str) -> list[str]:
    """The words of a text, folded; of a long one those at its beginning and at its end."""
    if len(text) > 2 * LONGEST_TEXT:
        text = f"{text[:LONGEST_TEXT]} {text[-LONGEST_TEXT:]}"
    found = TOKENS.findall(fold(text))
    return found if len(found) <= HEAD + TAIL else found[:HEAD] + found[-TAIL:]


def fold(text: str) -> str:
    """Small letters without accents, and one form of those that keyboards tell apart."""
    plain = APOSTROPHES.sub("'", text.casefold())
    plain = CONTRACTIONS.sub("", plain)
    parted = unicodedata.normalize("NFKD", plain)
    return "".join(sign for sign in parted if not unicodedata.combining(sign)).translate(FOLDS)


class Lexicon:
    """Lists of words, each under its group; an entry may be a `stem*` or `two_words`.

    Words of the `fuzzy` lists are found with a letter wrong too, short ones not with a wrong first
    letter: that is what tells most real words apart ("using" is not "suing"); `plain` are others.
    """

    def __init__(
        self, lists: Mapping[Group, str], fuzzy: frozenset[str], plain: frozenset[str]
    ) -> None:
        self._runs: dict[str, list[tuple[tuple[str, ...], Group]]] = defaultdict(list)
        words: set[str] = set()
        loose: set[str] = set()
        for group, entries in lists.items():
            for run in map(run_of, entries.split()):
                self._runs[run[0]].append((run[1:], group))
                words.update(run)
                loose.update(run if group[1] in fuzzy else ())
        self._exact = frozenset(word for word in words if not word.endswith(STEM))
        self._stems = frozenset(word[:-1] for word in words if word.endswith(STEM))
        self._fuzzy = fuzzy
        self._plain = frozenset(map(fold, plain))
        self._loose = frozenset(loose)
        self._near = _neighbours(word for word in loose if _is_long(word))
        self._known = lru_cache(maxsize=8192)(self._look_up)

    def find(self, tokens: list[str]) -> Found:
        """Where the groups occur: of each the first and last place of every occurrence."""
        known = [self._known(token) if len(token) <= LONGEST_WORD else UNKNOWN for token in tokens]
        found: dict[Group, list[tuple[int, int]]] = defaultdict(list)
        for start, (entries, _) in enumerate(known):
            for entry in entries:
                for rest, group in self._runs.get(entry, ()):
                    held = known[start : start + 1 + len(rest)]
                    if len(held) > len(rest) and self._stands(held, (entry, *rest), group):
                        found[group].append((start, start + len(rest)))
        return found

    def _stands(self, held: list[Known], run: tuple[str, ...], group: Group) -> bool:
        """Whether tokens are the words of a run; with a letter wrong in fuzzy lists alone."""
        return all(
            word in entries and (is_exact or group[1] in self._fuzzy)
            for word, (entries, is_exact) in zip(run, held, strict=True)
        )

    def _look_up(self, token: str) -> Known:
        """The entries that a token stands for; those with a letter wrong only if there are none."""
        stems = [
            token[:end] + STEM for end in range(1, len(token) + 1) if token[:end] in self._stems
        ]
        if stems or token in self._exact:
            return (token, *stems), True
        return tuple(self._misspelt(token)) or tuple(self._glued(token)), False

    def _misspelt(self, token: str) -> set[str]:
        if len(token) < SHORTEST_FUZZY or token in self._plain or not token.isalpha():
            return set()
        heads = [token[:end] for end in range(SHORTEST_FUZZY, len(token) + 1)]
        return {
            entry
            for head in heads
            for form in {head, *_shorter(head)}
            for word, entry in self._near.get(form, ())
            if (head == token or entry.endswith(STEM)) and _is_near(head, word)
        }

    def _glued(self, token: str) -> set[str]:
        """The long words to whose front or end a letter or two of their neighbours stick."""
        if token in self._plain or not token.isalpha():
            return set()
        ends = {token[cut:] for cut in range(1, MOST_GLUED + 1)}
        ends |= {token[:-cut] for cut in range(1, MOST_GLUED + 1)}
        return {end for end in ends & self._loose if len(end) >= SHORTEST_GLUED}


def run_of(entry: str) -> tuple[str, ...]:
    """The tokens of an entry; signs of unspaced scripts are tokens each."""
    parts: list[str] = []
    for part in entry.split(JOINT):
        tokens = TOKENS.findall(fold(part))
        if part.endswith(STEM):
            tokens[-1] += STEM
        parts += tokens
    return tuple(parts)


def _is_long(word: str) -> bool:
    return len(word) >= (SHORTEST_FUZZY_STEM + 1 if word.endswith(STEM) else SHORTEST_FUZZY)


def _neighbours(entries: Iterable[str]) -> Mapping[str, list[tuple[str, str]]]:
    near: dict[str, list[tuple[str, str]]] = defaultdict(list)
    for entry in entries:
        word = entry.removesuffix(STEM)
        for form in {word, *_shorter(word)}:
            near[form].append((word, entry))
    return near


def _shorter(word: str) -> Iterator[str]:
    return (word[:place] + word[place + 1 :] for place in range(len(word)))


def _is_near(one: str, other: str) -> bool:
    """Whether one edit (a letter more, less, other, or two swapped) makes one of the other."""
    if one == other:
        return True
    if abs(len(one) - len(other)) > 1:
        return False
    if one[0] != other[0] and len(other) < SHORTEST_ANY_FIRST:
        return False
    start = 0
    while start < min(len(one), len(other)) and one[start] == other[start]:
        start += 1
    left, right = one[start:], other[start:]
    swapped = left[:2] == right[1::-1] and left[2:] == right[2:]
    return swapped or left[1:] == right[1:] or left[1:] == right or left == right[1:]
