"""Where personal data stands in a text: spans with their kinds, found in one bounded pass each."""

from __future__ import annotations

import ipaddress
import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from worker.guard.checksums import IBAN_LENGTHS, is_card, is_chinese_id, is_iban, is_spanish_id
from worker.guard.phones import is_phone
from worker.guard.words import ID_WORDS, IS_WORDS, NO_PASSWORD, PASSWORD_WORDS

# Quantifiers that give nothing back (++, *+): no text makes these slow.
# As it is written for people alone: "ana (at) mail.example", "ana at mail dot com".
SPELLED_EMAIL = re.compile(
    r"(?<![\w.+%-])[\w.+%-]{1,64}+(?:\s?[\[({]\s?(?:at|@)\s?[\])}]\s?|\s@\s?|@\s)"
    r"(?:[\w-]{1,63}+(?:\.|\s?[\[({]\s?(?:dot|\.)\s?[\])}]\s?|\sdot\s)){1,5}[^\W\d_]{2,24}+"
    r"|(?<![\w.+%-])[\w.+%-]{1,64}+\sat\s(?:[\w-]{1,63}+\sdot\s){1,5}[^\W\d_]{2,24}+",
    re.IGNORECASE,
)
EMAIL = re.compile(r"(?<![\w.+%-])[\w.+%-]{1,64}+@(?:[\w-]{1,63}+\.(?=[\w-]))++[^\W\d_]{2,24}+")
IPV4 = re.compile(r"(?<![\w.])(?:\d{1,3}\.){3}\d{1,3}(?![\w]|\.\d)", re.ASCII)
IPV6 = re.compile(r"(?<![\w:.])[0-9a-fA-F:]{2,39}+(?![\w:])")
NUMBER = re.compile(r"(?<![A-Za-z0-9_])[+(]{0,2}\d(?:[ \u00a0().\-/\u2013]{0,3}+\d)*+")
GROUP = re.compile(r"\d+")
ACCOUNT = re.compile(r"(?:(?<![A-Za-z0-9])|(?<=IBAN))[A-Za-z]{2} ?\d{2}", re.ASCII)
APART = " \u00a0\n\r.-/_"
CARD = re.compile(r"(?<!\d)\d(?:[ \n\r.,:;|*_/-]{0,3}+\d)*+")
NATIONAL_ID = re.compile(
    r"(?<![A-Za-z0-9-])(?:(?P<spanish>[XYZxyz\d]\d{7}-?[A-Za-z])|(?P<chinese>\d{17}[\dXx])"
    r"|(?P<shape>[A-Za-z]{6}\d{2}[A-Za-z]\d{2}[A-Za-z]\d{3}[A-Za-z]|\d{3}-\d{2}-\d{4}"
    r"|\d{3}\.\d{3}\.\d{3}-\d{2}|\d{3}-\d{3}-\d{3} \d{2}))"
    r"(?![A-Za-z0-9-])",
    re.ASCII,
)
NAMED_ID = re.compile(
    rf"(?<![^\W\d_])(?:{ID_WORDS})[^\w\n]{{0,4}}+(?:[^\W\d_]{{1,12}}+[^\w\n]{{1,3}}+){{0,3}}"
    r"(?P<value>(?=(?:[A-Za-z .-]{0,6}\d){4})[A-Za-z]{0,6}[ -]?\d[A-Za-z0-9]{0,17}"
    r"(?:[ .-]\d{1,6}[A-Za-z0-9]?){0,4})",
    re.IGNORECASE,
)
PASSWORD = re.compile(
    rf"(?<![^\W_])(?:{PASSWORD_WORDS})(?P<link>\s{{0,3}}+(?:(?:{IS_WORDS})(?![^\W_])"
    rf"|[:=\uff1a\u2013\u2014-]|[是为為]){{0,2}}+\s{{0,3}}+[:=\uff1a]?\s{{0,3}}+)"
    r"(?:[\"'\u201c\u201e\u00ab\u300c](?P<quoted>[^\"'\u201c\u201d\u00bb\u300d\n]{1,80})"
    r"|(?P<value>[^\s\"'\u201c\u201e\u00ab,;\uff0c\u3002]{2,80}+))",
    re.IGNORECASE,
)
# The digits of a card as people part them, longest first, by how many stand first.
SHAPES = {
    first: [list(shape) for shape in shapes if shape[0] == first]
    for shapes in [(
        (1,) * 16, (1,) * 15, (2,) * 8, (4, 4, 4, 4, 3), (4, 4, 4, 4), (4, 4, 4, 1), (4, 6, 5),
        (4, 6, 4), (4, 8, 4), (4, 4, 8), (8, 4, 4), (8, 8), (6, 10), (4, 12),
        *((length,) for length in range(13, 20)),
    )]
    for first in {shape[0] for shape in shapes}
}  # fmt: skip
# As a keyboard, a program for texts or a copied page writes them.
DASHES = frozenset("\u2010\u2011\u2012\u2013\u2014\u2015\u2212")
PLAIN = re.compile(r"[\n\r\x20-\x7e]*")


@dataclass(frozen=True, slots=True, order=True)
class Span:
    """Personal data from `start` to `end` of a text."""

    start: int
    end: int
    kind: str


def spans(text: str) -> list[Span]:
    """Everything personal in a text, in order and without overlaps; the surest kind first."""
    plain, places = _as_typed(text)
    found = _found(plain)
    if places is None:
        return found
    return [Span(places[one.start], places[one.end - 1] + 1, one.kind) for one in found]


def _found(text: str) -> list[Span]:
    taken: list[Span] = []
    free = list(text)
    for find in FINDERS:
        # What was found is blanked, so that no later search sees a part of it.
        for span in list(find("".join(free))):
            taken.append(span)
            free[span.start : span.end] = "\0" * (span.end - span.start)
    return sorted(taken)


def _passwords(text: str) -> Iterator[Span]:
    for found in PASSWORD.finditer(text):
        group = "quoted" if found["quoted"] else "value"
        value, link = found[group], found["link"].strip()
        has_digit = any(sign.isdigit() for sign in value)
        told = bool(set(link) & set(":=\uff1a")) or group == "quoted"
        said = link and value.rstrip(".!?").casefold() not in NO_PASSWORD
        if told or has_digit or said:
            end = found.start(group) + len(value.rstrip(".") if len(value) > 3 else value)
            yield Span(found.start(group), end, "PASSWORD")


def _emails(text: str) -> Iterator[Span]:
    return (Span(*found.span(), "EMAIL") for found in EMAIL.finditer(text))


def _spelled_emails(text: str) -> Iterator[Span]:
    return (Span(*found.span(), "EMAIL") for found in SPELLED_EMAIL.finditer(text))


def _accounts(text: str) -> Iterator[Span]:
    for found in ACCOUNT.finditer(text):
        length = IBAN_LENGTHS.get(found[0][:2].upper(), 0)
        end, signs = found.start(), ""
        while len(signs) < length and end < len(text):
            if text[end].isascii() and text[end].isalnum():
                signs += text[end]
            elif text[end] not in APART:
                break
            end += 1
        if is_iban(signs):
            yield Span(found.start(), end, "IBAN")


def _national_ids(text: str) -> Iterator[Span]:
    for found in NATIONAL_ID.finditer(text):
        spanish, chinese = found["spanish"], found["chinese"]
        if (
            found["shape"]
            or (spanish and is_spanish_id(spanish.replace("-", "")))
            or (chinese and is_chinese_id(chinese))
        ):
            yield Span(*found.span(), "ID")


def _named_ids(text: str) -> Iterator[Span]:
    return (Span(*found.span("value"), "ID") for found in NAMED_ID.finditer(text))


def _addresses(text: str) -> Iterator[Span]:
    for pattern in (IPV4, IPV6):
        for found in pattern.finditer(text):
            if pattern is IPV6 and found[0].count(":") < 2:
                continue
            try:
                ipaddress.ip_address(found[0])
            except ValueError:
                continue
            yield Span(*found.span(), "IP")


def _phones(text: str) -> Iterator[Span]:
    for found in NUMBER.finditer(text):
        if is_phone(found[0], text[max(0, found.start() - 60) : found.start()]):
            yield Span(*found.span(), "PHONE")


def _cards(text: str) -> Iterator[Span]:
    """Cards among the groups of numbers; a date or a code may follow them."""
    for number in CARD.finditer(text):
        groups, place = list(GROUP.finditer(number[0])), 0
        lengths = [len(group[0]) for group in groups]
        while place < len(groups):
            shapes = SHAPES.get(lengths[place], ())
            fitting = (len(one) for one in shapes if one == lengths[place : place + len(one)])
            taken = next((n for n in fitting if _is_card(groups[place : place + n])), 0)
            if taken:
                last = groups[place + taken - 1]
                start = number.start() + groups[place].start()
                yield Span(start, number.start() + last.end(), "CARD")
            place += taken or 1


def _is_card(groups: list[re.Match[str]]) -> bool:
    return is_card("".join(str(int(sign)) for group in groups for sign in group[0]))


FINDERS = (
    _passwords, _emails, _spelled_emails, _accounts, _national_ids, _named_ids, _addresses, _cards,
    _phones,
)  # fmt: skip


def _as_typed(text: str) -> tuple[str, list[int] | None]:
    """A text as it is typed on a plain keyboard, and where each of its signs stood.

    Wide signs are the usual ones, blanks and dashes of all widths are one, and what nobody sees is
    gone.
    """
    if PLAIN.fullmatch(text):
        return text, None
    signs, places = [], []
    for place, sign in enumerate(text):
        if typed := _typed(sign):
            signs.append(typed)
            places.append(place)
    return "".join(signs), places


@lru_cache(maxsize=4096)
def _typed(sign: str) -> str:
    if sign in DASHES:
        return "-"
    if unicodedata.category(sign) == "Cf":
        return ""
    if sign.isspace() and sign not in "\n\r":
        return " "
    folded = unicodedata.normalize("NFKC", sign)
    return folded if len(folded) == 1 else sign
