"""Address lists (From, To, Cc), read in one pass: the standard parsers take seconds of 20 kB."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from romashka.channels.mail.words import decode_words, one_line

LONGEST_ADDRESS = 320
LONGEST_NAME = 200
MOST_ADDRESSES = 200
_SPECIAL = re.compile(r'[",;<>\\]')
_ADDRESS = re.compile(r'("[^"]{1,200}"|[^\s"<>(),;]+)@([^\s@"<>(),;\[\]]+|\[[^\s\[\]]+\])')
_COMMENT = re.compile(r"\(([^()]*)\)")
_ESCAPED = re.compile(r"\\(.)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    """One mailbox: its address in lower case, and the name beside it where there is one."""

    address: str
    name: str | None = None


def addresses(text: str) -> list[Address]:
    """The addresses of a field, in order, each once; what is no address is left out."""
    found: dict[str, Address] = {}
    for item in _items(text):
        one = address_in(item)
        if one is not None:
            found.setdefault(one.address, one)
        if len(found) >= MOST_ADDRESSES:
            break
    return list(found.values())


def address_in(item: str) -> Address | None:
    """The one address in an item such as `Anna <anna@example.com>`; None when there is none."""
    name, bracket, rest = item.rpartition("<")
    match = _ADDRESS.search(rest.partition(">")[0] if bracket else item)
    if match is None or len(match[0]) > LONGEST_ADDRESS:
        return None
    if not bracket:
        comment = _COMMENT.search(item)
        name = comment[1] if comment else ""
    return Address(address=f"{match[1].lower()}@{_domain(match[2])}", name=_name(name))


def _items(text: str) -> Iterator[str]:
    """The field cut at the commas and semicolons outside quotes and brackets."""
    start, quoted, bracketed, skip = 0, False, False, -1
    for match in _SPECIAL.finditer(text):
        mark, place = match[0], match.start()
        if place == skip:
            continue
        if mark == "\\":
            skip = place + 1
        elif mark == '"':
            quoted = not quoted and not bracketed
        elif quoted:
            continue
        elif mark in "<>":
            bracketed = mark == "<"
        elif not bracketed:
            yield text[start:place]
            start = place + 1
    yield text[start:]


def _name(text: str) -> str | None:
    _, colon, after = text.rpartition(":") if '"' not in text else ("", "", text)
    bare = (after if colon else text).strip()
    if len(bare) > 1 and bare[0] == bare[-1] and bare[0] in "\"'":
        bare = _ESCAPED.sub(r"\1", bare[1:-1])
    found = one_line(decode_words(bare)).strip("\"' ")
    return found[:LONGEST_NAME] or None


def _domain(text: str) -> str:
    """The domain in lower case and, so that one customer is one identity, in its ASCII form."""
    lower = text.lower().rstrip(".")
    if lower.isascii() or len(lower) > 255:
        return lower
    try:
        return lower.encode("idna").decode()
    except UnicodeError:
        return lower
