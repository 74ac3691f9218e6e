"""Whether a reply gives the instructions away: by a random word in them, and by runs of words.

The word is looked for as it is and in the forms in which models are talked into hiding it: spaced
out, reversed, in base64, hexadecimal or rot13, also when only half of it is there.
"""

from __future__ import annotations

import base64
import binascii
import codecs
import re
import secrets
import unicodedata
from collections.abc import Iterator
from functools import lru_cache

# No vowels, so that it is part of no word; letters only, so that it looks like no number.
ALPHABET = "bcdfghjkmnpqrstvwxz"
LENGTH = 16
# As many letters in a row happen by chance once in sixteen thousand million.
TELLING = 8
WORDS_IN_A_ROW = 8
# Scripts without spaces: two signs are about a word.
SIGNS_IN_A_ROW = 16
WORD = re.compile(r"[^\W_]+")
DENSE = re.compile(r"[\u3040-\u30ff\u3400-\u9fff]")
ENCODED = re.compile(r"[A-Za-z0-9+/_-]{12,8192}={0,2}")
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
        self._public = public

    def is_told(self, text: str) -> bool:
        """Whether a text repeats so many words in a row, forwards, backwards or encoded."""
        backwards = " ".join(reversed(WORD.findall(text)))
        forms = (text, text[::-1], backwards, codecs.encode(text, "rot13"), *_decoded(text))
        told = {run for form in forms for run in self._runs & _runs(form)}
        # Most replies repeat nothing of ours, so that what may be repeated need not be read.
        return bool(told) and not told <= _runs(self._public)


def _forms(text: str) -> Iterator[str]:
    for form in (text, *_decoded(text)):
        plain = unicodedata.normalize("NFKC", form).casefold()
        yield "".join(sign for sign in plain if sign.isalnum())
        yield "".join(sign for sign in plain if sign in ALPHABET)


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


def _windows(items: list[str], size: int) -> set[tuple[str, ...]]:
    return {tuple(items[start : start + size]) for start in range(len(items) - size + 1)}
