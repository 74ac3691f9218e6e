"""Which script a text is in, and which languages are written in it."""

from __future__ import annotations

import unicodedata
from collections import Counter
from functools import lru_cache

# Scripts by the beginning of their letters' Unicode names, and the languages written in them. One
# that stands alone is certain even if it was not configured. Japanese mixes kana with Han.
SCRIPTS = {
    "HIRAGANA": ("ja",),
    "KATAKANA": ("ja",),
    "HANGUL": ("ko",),
    "CJK": ("zh", "ja"),
    "ARABIC": ("ar", "fa", "ur", "ps", "ckb"),
    "CYRILLIC": ("ru", "uk", "bg", "sr", "mk", "be", "kk", "ky", "mn"),
    "GREEK": ("el",),
    "THAI": ("th",),
    "DEVANAGARI": ("hi", "mr", "ne"),
    "HEBREW": ("he",),
}
# A sign of these stands for about as much as three letters.
DENSE = frozenset({"CJK", "HIRAGANA", "KATAKANA", "HANGUL"})
DENSITY = 3
VOWELS = frozenset("aeiouyıæøœ")  # noqa: RUF001 - Turkish has it


def script_of(text: str) -> tuple[str, float]:
    """The script other than Latin that most of a text is in, and its share of the letters."""
    weights: Counter[str] = Counter()
    for letter in filter(str.isalpha, text):
        name = _of_letter(letter)
        weights[name] += DENSITY if name in DENSE else 1
    # Kana among Han is Japanese, of which Han alone says nothing.
    if kana := weights["HIRAGANA"] + weights["KATAKANA"]:
        weights["HIRAGANA"] = kana + weights.pop("CJK", 0)
        weights.pop("KATAKANA", None)
    total = sum(weights.values())
    weights.pop("", None)
    name, weight = max(weights.items(), key=lambda item: item[1], default=("", 0))
    return name, weight / total if total else 0.0


def without_script(text: str) -> str:
    """The text without the letters of every script but Latin."""
    return "".join(letter for letter in text if not _of_letter(letter))


def vowel_share(text: str) -> float:
    """The share of vowels among the letters of no script but Latin, 1 where there are none."""
    plain = unicodedata.normalize("NFD", text.casefold())
    letters = [letter for letter in plain if letter.isalpha() and not _of_letter(letter)]
    return sum(letter in VOWELS for letter in letters) / len(letters) if letters else 1.0


@lru_cache(maxsize=4096)
def _of_letter(letter: str) -> str:
    name = unicodedata.name(letter, "").split(" ")[0]
    return name if name in SCRIPTS else ""
