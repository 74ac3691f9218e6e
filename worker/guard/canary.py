"""Whether a reply gives the instructions away: by a random word in them, and by runs of words.

Both are looked for as they are and in the forms in which models are talked into hiding them: spaced
out, run together, reversed, in base64, hexadecimal, rot13, in letters that look alike, the word
also when only half of it is there.
"""

from __future__ import annotations

import base64
import binascii
import codecs
import re
import secrets
import unicodedata
from collections.abc import Iterator, Mapping
from functools import lru_cache

# No vowels, so that it is part of no word; letters only, so that it looks like no number.
ALPHABET = "bcdfghjkmnpqrstvwxz"
LENGTH = 16
# As many letters in a row happen by chance once in sixteen thousand million.
TELLING = 8
WORDS_IN_A_ROW = 8
# Scripts without spaces: two signs are about a word.
SIGNS_IN_A_ROW = 16
# So few letters that words run together have by chance.
FEWEST_LETTERS = 20
# By so many they are looked up, at places that leave no run of the fewest letters out.
LETTERS = 10
WORD = re.compile(r"[^\W_]+")
DENSE = re.compile(r"[\u3040-\u30ff\u3400-\u9fff]")
ENCODED = re.compile(r"[A-Za-z0-9+/_-]{12,8192}={0,2}")
# Letters that look like ours, or are ours in a box or a flag.
LOOKALIKES = str.maketrans(
    "\u0430\u0435\u043e\u0440\u0441\u0443\u0445\u0456\u0455\u0458\u03bf", "aeopcyxisjo"
) | {
    first + place: letter
    for first in (0x1F150, 0x1F170, 0x1F1E6)
    for place, letter in enumerate("abcdefghijklmnopqrstuvwxyz")
}
HEXADECIMAL = re.compile(r"(?:[0-9a-fA-F]{2}[ :]?){8,4096}")


def new_canary() -> str:
    """A word that nobody can guess."""
    return "".join(secrets.choice(ALPHABET) for _ in range(LENGTH))


def holds_canary(text: str, canary: str) -> bool:
    """Whether a text holds the word, or half of it, in whatever form."""
    parts = {canary[start : start + TELLING] for start in range(LENGTH - TELLING + 1)}
    parts |= {part[::-1] for part in parts}
    parts |= {codecs.encode(part, "rot13") for part in parts}
    return any(part in form for form in _forms(text) for part in parts)


class Secret:
    """Instructions that no reply may repeat; `public` is text that may be repeated all the same."""

    def __init__(self, instructions: str, public: str) -> None:
        self._runs = _runs_of_rules(instructions)
        self._joined = _joined_runs(instructions)
        self._public = public

    def is_told(self, text: str) -> bool:
        """Whether a text repeats so many words in a row, forwards, backwards, encoded, or with
        their letters spaced out or run together."""
        return self._tells_letters(text) or self._tells_words(text)

    def _tells_words(self, text: str) -> bool:
        backwards = " ".join(reversed(WORD.findall(text)))
        forms = (text, text[::-1], backwards, codecs.encode(text, "rot13"), *_decoded(text))
        told = {run for form in forms for run in self._runs & _runs(form)}
        # Most replies repeat nothing of ours, so that what may be repeated need not be read.
        return bool(told) and not told <= _runs(self._public)

    def _tells_letters(self, text: str) -> bool:
        letters = _letters(text)
        told = {
            run
            for form in (letters, letters[::-1])
            for place in range(0, len(form), FEWEST_LETTERS - LETTERS + 1)
            for run in self._joined.get(form[place : place + LETTERS], ())
            if run in form
        }
        if not told:
            return False
        public = _letters(self._public)
        return not all(run in public for run in told)


def _forms(text: str) -> Iterator[str]:
    for form in (text, *_decoded(text)):
        letters = _letters(form)
        yield letters
        yield "".join(sign for sign in letters if sign in ALPHABET)


def _decoded(text: str) -> Iterator[str]:
    """What is encoded in a text; letters may have been cut at any place of a base64 word."""
    for found in ENCODED.finditer(text):
        for start in range(4):
            yield _of_base64(found[0][start:].rstrip("="))
    joined = re.sub(r"\s+", "", text)
    if joined != text and ENCODED.fullmatch(joined):
        yield _of_base64(joined.rstrip("="))
    for found in HEXADECIMAL.finditer(text):
        digits = re.sub(r"[ :]", "", found[0])
        yield bytes.fromhex(digits).decode(errors="replace")


def _of_base64(word: str) -> str:
    word = word.replace("-", "+").replace("_", "/")
    word = word[: len(word) - (len(word) % 4 == 1)]
    try:
        return base64.b64decode(word + "=" * (-len(word) % 4)).decode(errors="replace")
    except binascii.Error:
        return ""


def _runs(text: str) -> set[tuple[str, ...]]:
    plain = unicodedata.normalize("NFKC", text).casefold()
    words, signs = WORD.findall(DENSE.sub(" ", plain)), DENSE.findall(plain)
    return _windows(words, WORDS_IN_A_ROW) | _windows(signs, SIGNS_IN_A_ROW)


# The same for every turn, but for what a language's settings add.
_runs_of_rules = lru_cache(maxsize=32)(_runs)


def _letters(text: str) -> str:
    """The letters and digits of a text alone, folded, without accents."""
    if not text.isascii():
        text = unicodedata.normalize("NFKD", text.casefold()).translate(LOOKALIKES)
    return "".join(filter(str.isalnum, text.casefold()))


@lru_cache(maxsize=32)
def _joined_runs(text: str) -> Mapping[str, frozenset[str]]:
    """The runs of words as their letters alone, by every few of the first of them."""
    found: dict[str, set[str]] = {}
    for run in _runs_of_rules(text):
        letters = _letters("".join(run))
        for start in range(FEWEST_LETTERS - LETTERS + 1 if len(letters) >= FEWEST_LETTERS else 0):
            found.setdefault(letters[start : start + LETTERS], set()).add(letters)
    return {few: frozenset(runs) for few, runs in found.items()}


def _windows(items: list[str], size: int) -> set[tuple[str, ...]]:
    return {tuple(items[start : start + size]) for start in range(len(items) - size + 1)}
