"""The filters of postgres_changes subscriptions: `column=op.value`, several joined by commas."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from local.gateway.protocol import dumps

OPERATORS = frozenset(
    "eq neq lt lte gt gte in like ilike is match imatch isdistinct".split()  # noqa: SIM905
)
TRUTHS = frozenset(("null", "true", "false", "unknown"))
MOST_VALUES = 100
INTEGER = re.compile(r"-?[0-9]{1,19}")
UUID = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")

# Types whose equal values have equal texts, so that comparing texts decides equality.
PLAIN = frozenset((16, 20, 21, 23, 25, 1043, 2950))


class FilterError(Exception):
    """A filter cannot be read; the message is the one the real server gives."""

    def __init__(self, parts: Sequence[str]) -> None:
        super().__init__(f"Error parsing `filter` params: {shown(parts)}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Filter:
    """One condition on one column; `value` is text, for `in` the text of an array."""

    column: str
    operator: str
    value: str
    negate: bool = False
    choices: tuple[str, ...] = ()

    def as_json(self) -> dict[str, Any]:
        """The form in which the database is asked."""
        return {
            "column": self.column,
            "operator": self.operator,
            "value": self.value,
            "negate": self.negate,
        }

    def shown(self) -> str:
        """The form in which the real server repeats it in its messages."""
        parts = [dumps(self.column), dumps(self.operator), dumps(self.value)]
        return "{" + ", ".join(parts) + (", true}" if self.negate else ", false}")


def shown(values: Sequence[str]) -> str:
    """A list of texts as the real server's messages show it."""
    return "[" + ", ".join(map(dumps, values)) + "]"


def parse_filters(text: str) -> tuple[Filter, ...]:
    """All conditions of a filter text; none when it is empty. Raises FilterError."""
    return tuple(_parse(part) for part in split(text)) if text.strip() else ()


def _parse(text: str) -> Filter:
    column, equals, rest = text.partition("=")
    if not equals:
        raise FilterError([text])
    negate = rest.startswith("not.")
    operator, dot, value = rest.removeprefix("not.").partition(".")
    if not dot:
        raise FilterError([rest])
    if operator not in OPERATORS or not column or (operator == "is" and value not in TRUTHS):
        raise FilterError([operator, value])
    if operator != "in":
        return Filter(column=column, operator=operator, value=_unquote(value), negate=negate)
    return _parse_in(column, value, negate)


def _parse_in(column: str, value: str, negate: bool) -> Filter:
    if not (value.startswith("(") and value.endswith(")")):
        raise FilterError(["in", value])
    choices = tuple(_unquote(choice.strip()) for choice in split(value[1:-1]))
    if len(choices) > MOST_VALUES:
        raise FilterError(["in", value])
    array = "{" + ",".join(map(_array_item, choices)) + "}"
    return Filter(column=column, operator="in", value=array, negate=negate, choices=choices)


def split(text: str) -> list[str]:
    """Parts between commas that stand outside of quotes and parentheses."""
    parts, depth, quoted, escaped = [""], 0, False, False
    for character in text:
        if character == "," and not quoted and depth == 0:
            parts.append("")
            continue
        parts[-1] += character
        if escaped:
            escaped = False
        elif character == "\\" and quoted:
            escaped = True
        elif character == '"':
            quoted = not quoted
        elif not quoted:
            depth += (character == "(") - (character == ")")
    return parts


def _unquote(value: str) -> str:
    if len(value) < 2 or not (value.startswith('"') and value.endswith('"')):
        return value
    out, escaped = [], False
    for character in value[1:-1]:
        if character == "\\" and not escaped:
            escaped = True
            continue
        out.append(character)
        escaped = False
    return "".join(out)


def _array_item(value: str) -> str:
    return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'


def undecided(
    filters: Sequence[Filter], row: Mapping[str, str | None], types: Mapping[str, int]
) -> tuple[Filter, ...] | None:
    """The filters only the database can decide; None when one certainly does not hold.

    `row` holds the server's text of each value; a column that is missing there matches nothing.
    `types` gives the oid of each column's type. Most filters are equalities on ids, and asking
    the database about each of a hundred subscribers' would cost more than the change itself.
    """
    left = []
    for condition in filters:
        holds = _holds(condition, row, types)
        if holds is False:
            return None
        if holds is None:
            left.append(condition)
    return tuple(left)


def _holds(
    condition: Filter, row: Mapping[str, str | None], types: Mapping[str, int]
) -> bool | None:
    if condition.column not in row:
        return False
    if condition.operator not in ("eq", "neq") or types.get(condition.column) not in PLAIN:
        return None
    value = row[condition.column]
    operand = _normal(condition.value, types[condition.column])
    if value is None or operand is None:
        return None if operand is None else False
    return (value == operand) == ((condition.operator == "eq") != condition.negate)


def _normal(text: str, type_oid: int) -> str | None:
    """The server's own text of a value; None for a spelling that only the server should read."""
    if type_oid in (25, 1043):
        return text
    if type_oid == 16:
        return {"true": "t", "t": "t", "false": "f", "f": "f"}.get(text)
    if type_oid == 2950:
        return text.lower() if UUID.fullmatch(text) else None
    return str(int(text)) if INTEGER.fullmatch(text) else None
