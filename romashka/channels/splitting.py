"""Texts that are longer than a platform takes in one message, cut where it harms least."""

from __future__ import annotations

from collections.abc import Callable

# The best place to cut comes first: after a paragraph, a line, a sentence, a word.
PLACES = ("\n\n", "\n", ". ", " ")


def split_text(text: str, limit: int, size: Callable[[str], int] = len) -> tuple[str, ...]:
    """The text in pieces of at most `limit` by `size`, none of them blank.

    Cuts at the last paragraph, line, sentence or word that leaves a piece at least half full, and
    through a word only where there is no such place. Nothing but white space at a cut is lost.
    """
    pieces, rest = [], text.strip()
    while size(rest) > limit:
        longest = _longest(rest, limit, size)
        cut = _cut(rest, longest)
        pieces.append(rest[:cut].rstrip())
        rest = rest[cut:].lstrip()
    return tuple(piece for piece in (*pieces, rest) if piece)


def utf16_units(text: str) -> int:
    """The length as platforms count that think in UTF-16: two for a character beyond the BMP."""
    return len(text) + sum(character > "\uffff" for character in text)


def _longest(text: str, limit: int, size: Callable[[str], int]) -> int:
    """How many characters fit, at least one."""
    low, high = 1, min(len(text), limit)
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if size(text[:middle]) <= limit else (low, middle - 1)
    return low


def _cut(text: str, longest: int) -> int:
    for place in PLACES:
        found = text.rfind(place, longest // 2, longest)
        if found > 0:
            return found + len(place.rstrip(" \n"))
    return longest
