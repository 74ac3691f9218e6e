"""JSON text of database values, straight from the server's own text so that no digit is lost."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

NUMBERS = frozenset((20, 21, 23, 700, 701, 1700))
NOT_NUMBERS = frozenset(("NaN", "Infinity", "-Infinity"))
DOCUMENTS = frozenset((114, 3802))
BOOLEAN, BYTES, TIMESTAMP, TIMESTAMPTZ = 16, 17, 1114, 1184


@dataclass(frozen=True, slots=True, kw_only=True)
class ColumnType:
    """What JSON makes of a column: oids of its type below domains and of its array elements."""

    name: str
    base: int
    element: int | None = None
    delimiter: str = ","
    is_row: bool = False

    @classmethod
    def from_catalogue(cls, found: Mapping[str, Any]) -> ColumnType:
        """The type as gateway.describe tells it."""
        return cls(
            name=found["name"],
            base=found["base"],
            element=found["element"],
            delimiter=found["delimiter"],
            is_row=bool(found["is_row"]),
        )


def to_json(kind: ColumnType, text: str) -> str:
    """JSON text of one value that is not null. Rows cannot be taken apart here."""
    if kind.element is not None:
        return _array(kind.element, kind.delimiter, text)
    return _scalar(kind.base, text)


def _scalar(base: int, text: str) -> str:
    if base in NUMBERS:
        return "null" if text in NOT_NUMBERS else text
    if base == BOOLEAN:
        return "true" if text == "t" else "false"
    if base in DOCUMENTS:
        return text
    if base == BYTES:
        return json.dumps(text.removeprefix("\\x"))
    if base in (TIMESTAMP, TIMESTAMPTZ):
        return json.dumps(_iso(text, with_zone=base == TIMESTAMPTZ))
    return json.dumps(text, ensure_ascii=False)


def _iso(text: str, *, with_zone: bool) -> str:
    """`2026-01-02 03:04:05+00` as `2026-01-02T03:04:05+00:00`; infinity stays a word."""
    if "infinity" in text:
        return text
    text = text.replace(" ", "T", 1)
    return text.replace("+00", "+00:00", 1) if with_zone else text


def _array(element: int, delimiter: str, text: str) -> str:
    """JSON of the server's array text: `{1,2,NULL}`, `{{a,"b,c"}}`, or `[0:1]={1,2}`."""
    if text.startswith("["):
        text = text[text.index("=") + 1 :]
    out: list[str] = []
    at = 0
    while at < len(text):
        character = text[at]
        if character in "{}":
            out.append("[" if character == "{" else "]")
            at += 1
        elif character == delimiter:
            out.append(",")
            at += 1
        else:
            value, at = _quoted(text, at) if character == '"' else _bare(text, at, delimiter)
            out.append("null" if value is None else _scalar(element, value))
    return "".join(out)


def _bare(text: str, at: int, delimiter: str) -> tuple[str | None, int]:
    end = at
    while text[end] not in ("}", delimiter):
        end += 1
    word = text[at:end]
    return (None if word == "NULL" else word), end


def _quoted(text: str, at: int) -> tuple[str, int]:
    out, at = [], at + 1
    while text[at] != '"':
        at += text[at] == "\\"
        out.append(text[at])
        at += 1
    return "".join(out), at + 1
