"""A reply as plain text: nothing hidden, nothing that acts, no markup where a channel shows it."""

from __future__ import annotations

import re
import unicodedata

# Joiners that Arabic, Persian and emoji need stay; everything else that cannot be seen goes.
JOINERS = frozenset("\u200c\u200d")
VARIATION = frozenset(map(chr, range(0xFE00, 0xFE10)))
# Most texts are made of these alone, and each sign of others is looked up.
PLAIN = re.compile(r"[\n\t\x20-\x7e]*")
HIDDEN = frozenset("\u115f\u1160\u17b4\u17b5\u3164\uffa0\u034f\u2800")
TAG = re.compile(r"</?[a-zA-Z!][^<>]{0,2000}>")
IMAGE = re.compile(r"!\[[^\]\n]{0,500}\]\s?(?:\([^)\n]{0,2000}\)|\[[^\]\n]{0,200}\])")
ANCHOR = re.compile(r"\[([^\]\n]{1,500})\]\(\s?<?([^)\s>]{0,2000})>?(?:\s[^)\n]{0,200})?\)")
REFERENCE = re.compile(r"^\s{0,3}\[[^\]\n]{1,200}\]:\s?\S{1,2000}.*$", re.MULTILINE)
FENCE = re.compile(r"^\s{0,3}(?:```|~~~)[^\n]{0,50}$", re.MULTILINE)
HEADING = re.compile(r"^\s{0,3}#{1,6}\s+", re.MULTILINE)
QUOTE = re.compile(r"^\s{0,3}>\s?", re.MULTILINE)
BULLET = re.compile(r"^(\s{0,8})[*+]\s+", re.MULTILINE)
STRONG = re.compile(
    r"(?<![\w*_])(\*\*\*|\*\*|__|~~|\*|_)(?=\S)([^*_~\n]{1,500})(?<=\S)\1(?![\w*_])"
)
CODE = re.compile(r"`([^`\n]{1,500})`")
LINE_END = re.compile(r"\r\n?|[\v\f\x85\u2028\u2029]")
# What follows a heading, and what begins a block of its own, is another sentence.
HEADING_LINE = re.compile(r"^([ ]{0,3}#[^\n]*)$", re.MULTILINE)
SOFT_END = re.compile(r"(?<!\n)\n(?![ \t]*(?:\n|[-*+#|]|\d))")
QUOTE_LINE = re.compile(r"^[ ]{0,3}>[ ]?", re.MULTILINE)
MARK = re.compile(r"</?[a-zA-Z!][^<>]*>|\]\([^()\n]*\)|[*`~\[\]]")
SPACING = re.compile(r"[ \t_-]+")


def seen(text: str) -> str:
    """The text without what nobody sees: controls, bidi marks, tags of Unicode, zero widths."""
    if PLAIN.fullmatch(text):
        return text
    return "".join(
        sign for place, sign in enumerate(text) if _is_seen(sign) or _joins(text, place, sign)
    )


def without_markup(text: str) -> str:
    """The text without Markdown and HTML; a link becomes its text and its address."""
    text = REFERENCE.sub("", IMAGE.sub("", text))
    text = ANCHOR.sub(_spelled_out, text)
    text = HEADING.sub("", FENCE.sub("", TAG.sub("", text)))
    text = BULLET.sub(r"\1- ", QUOTE.sub("", text))
    return CODE.sub(r"\1", STRONG.sub(r"\2", STRONG.sub(r"\2", text)))


def unadorned(text: str) -> str:
    """The words of a text as they are said: no marks between them, one space, lines that run on.

    The private.unadorned of the database, sign for sign.
    """
    text = QUOTE_LINE.sub("", HEADING_LINE.sub(r"\1\n", text))
    text = SOFT_END.sub(" ", text)
    return SPACING.sub(" ", MARK.sub("", text))


def _is_seen(sign: str) -> bool:
    if sign in "\n\t":
        return True
    return unicodedata.category(sign) not in ("Cc", "Cf", "Cn", "Co", "Cs") and sign not in HIDDEN


def _joins(text: str, place: int, sign: str) -> bool:
    """A joiner between two signs of a script or an emoji that uses it."""
    if sign not in JOINERS or not 0 < place < len(text) - 1:
        return False
    before, after = text[place - 1], text[place + 1]
    return _takes_joiners(before) and _takes_joiners(after)


def _takes_joiners(sign: str) -> bool:
    kind = unicodedata.category(sign)
    return kind == "So" or sign in VARIATION or (kind in ("Lo", "Mn", "Mc") and ord(sign) >= 0x0600)


def _spelled_out(found: re.Match[str]) -> str:
    return found[1] if found[1] == found[2] else f"{found[1]} ({found[2]})"
