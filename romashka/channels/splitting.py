"""Texts that are too long for one message of a platform, cut where a reader would pause."""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_right
from collections.abc import Callable

PARAGRAPH = re.compile(r"\n[^\S\n]*\n\s*")
SENTENCE = re.compile("\\n\\s*|(?<=[.!?\u2026])\\s+|(?<=[\u3002\uff01\uff1f])")
WORD = re.compile(r"\s+")
BORDERS = (PARAGRAPH, SENTENCE, WORD)

JOINER = "\N{ZERO WIDTH JOINER}"
SKIN_TONES = ("\U0001f3fb", "\U0001f3ff")
REGION = ("\U0001f1e6", "\U0001f1ff")
TAGS = ("\U000e0020", "\U000e007f")
VOWELS_OR_FINALS = ("\u1160", "\u11ff")


def split_text(text: str, limit: int, size: Callable[[str], int] = len) -> list[str]:
    """The text in parts of at most `limit` by `size` (characters, bytes, …), none of them empty.

    Cuts between paragraphs where it can, else sentences, else words, never inside what a reader
    sees as one character unless that alone is too long. Only white space at the cuts is lost.
    `size` must grow with the text and count at least one for each character.
    """
    parts: list[str] = []
    rest = text.strip()
    while size(rest) > limit:
        cut = _cut(rest, limit, size)
        parts.append(rest[:cut].rstrip())
        rest = rest[cut:].lstrip()
    return [part for part in (*parts, rest) if part]


def utf16_units(text: str) -> int:
    """The length as platforms count that think in UTF-16: two for a character beyond the BMP."""
    return len(text) + sum(character > "\uffff" for character in text)


def _cut(text: str, limit: int, size: Callable[[str], int]) -> int:
    """Where to cut off a first part that is small enough."""
    fits = bisect_right(range(limit + 1), limit, key=lambda end: size(text[:end])) - 1
    for border in BORDERS:
        # A short first part wastes a message: then a lesser border further on is better.
        least = 1 if border is WORD else fits // 2
        ends = [found.start() for found in border.finditer(text, 0, fits + 1)]
        if good := [end for end in ends if least <= end <= fits and text[:end].strip()]:
            return good[-1]
    whole = next((end for end in range(fits, 0, -1) if _may_cut(text, end)), 0)
    return whole or max(fits, 1)


def _may_cut(text: str, at: int) -> bool:
    """Whether no character as a reader sees it lies across this place."""
    before, after = text[at - 1], text[at]
    if before == JOINER or after == JOINER or unicodedata.category(after).startswith("M"):
        return False
    if any(low <= after <= high for low, high in (SKIN_TONES, TAGS, VOWELS_OR_FINALS)):
        return False
    if before == "\r" and after == "\n":
        return False
    return not (_is_region(after) and _regions_before(text, at) % 2)


def _is_region(character: str) -> bool:
    return REGION[0] <= character <= REGION[1]


def _regions_before(text: str, at: int) -> int:
    """How many halves of flags stand before a place: an odd number means inside a flag."""
    count = 0
    while count < at and _is_region(text[at - 1 - count]):
        count += 1
    return count
