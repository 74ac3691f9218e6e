"""Cutting a short text between what people see as letters, never within one."""

from __future__ import annotations

import unicodedata

JOINER = "\u200d"


def cut(text: str, limit: int) -> str:
    """The text in at most `limit` code points; where something is left out, a … says so."""
    if len(text) <= limit:
        return text
    kept = ""
    for cluster in clusters(text):
        if len(kept) + len(cluster) >= limit:
            break
        kept += cluster
    return f"{kept.rstrip()}\N{HORIZONTAL ELLIPSIS}"


def clusters(text: str) -> list[str]:
    """The letters of a text, each with its marks; an emoji with all that is joined to it."""
    found: list[str] = []
    for letter in text:
        if found and _belongs(letter, found[-1]):
            found[-1] += letter
        else:
            found.append(letter)
    return found


def _belongs(letter: str, before: str) -> bool:
    if letter == JOINER or before.endswith(JOINER):
        return True
    if unicodedata.category(letter) in ("Mn", "Mc", "Me") or "\U0001f3fb" <= letter <= "\U0001f3ff":
        return True
    return _is_flag(letter) and len(before) == 1 and _is_flag(before)


def _is_flag(letter: str) -> bool:
    return "\U0001f1e6" <= letter <= "\U0001f1ff"
