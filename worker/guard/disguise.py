"""Words that are hidden in a reply: letters apart, words run together, codes made of signs.

A customer reads them all the same, and nothing that compares words does: what a model is talked
into saying so is no answer.
"""

from __future__ import annotations

import re
from itertools import pairwise

# Scripts without spaces: a sign that stands alone there is a word, and a long word a sentence.
UNSPACED = r"\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af"
APART = re.compile(rf"(?:(?<![^\W_])(?![{UNSPACED}])[^\W\d_](?![^\W_])[\W_]*+){{9,}}")
TOGETHER = re.compile(rf"(?:(?![{UNSPACED}])\w){{50,}}")
SIGNS = re.compile(r"[^\w\s](?:\s*[^\w\s]){15,}")
FEWEST_CHANGES = 10
# They change how an emoji looks and say nothing.
SHADES = re.compile("[\u200d\ufe00-\ufe0f\U0001f3fb-\U0001f3ff]")


def bare(text: str) -> str:
    """A text as disguises are compared: folded, without blanks."""
    return "".join(text.split()).casefold()


def disguised(text: str, source: str) -> str | None:
    """The first of a text's disguises that a source, made bare, does not have; None without one."""
    for pattern in (APART, TOGETHER, SIGNS):
        for found in pattern.finditer(text):
            if (pattern is not SIGNS or _changes(found[0])) and bare(found[0]) not in source:
                return found[0]
    return None


def _changes(signs: str) -> bool:
    """Whether signs follow each other as a code's do; a line of dashes is none."""
    seen = bare(SHADES.sub("", signs))
    return sum(one != other for one, other in pairwise(seen)) >= FEWEST_CHANGES
