"""What a request wants back: the `select`, `order`, `columns` and `on_conflict` parameters."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal, NoReturn

from local.gateway.errors import RestError
from local.gateway.rest.scanner import Field, Scanner, is_word

AGGREGATE = re.compile(r"\.?(count|sum|avg|min|max)\(\)")
EMBEDDED = re.compile(r"(![\w$-]+){0,2}\(")


@dataclass(frozen=True, slots=True, kw_only=True)
class Selected:
    """One item of a `select`; a field named `*` stands for every column."""

    field: Field
    alias: str | None = None
    cast: str | None = None

    @property
    def is_star(self) -> bool:
        """Whether this item means every column."""
        return self.field.name == "*" and not self.field.path

    @property
    def label(self) -> str | None:
        """The key this item gets in the answer when its column's own name is not it."""
        if self.alias is not None:
            return self.alias
        keys = [step.key for step in self.field.path if isinstance(step.key, str)]
        if self.field.path:
            return keys[-1] if keys else self.field.name
        return self.field.name if self.cast else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Ordering:
    """One item of an `order`."""

    field: Field
    direction: Literal["asc", "desc"] | None = None
    nulls: Literal["first", "last"] | None = None


EVERYTHING = (Selected(field=Field(name="*")),)


def parse_select(text: str, relation: str) -> tuple[Selected, ...]:
    """The items of a `select`; embedding and aggregates are refused."""
    if not text.strip():
        return EVERYTHING
    scanner = Scanner(text, "failed to parse select parameter")
    items = [_selected(scanner, relation)]
    while scanner.skip(","):
        items.append(_selected(scanner, relation))
    scanner.end('"," or end of input')
    return tuple(items)


def _selected(scanner: Scanner, relation: str) -> Selected:
    scanner.skip_blanks()
    if scanner.skip("..."):
        _refuse_embedding(relation, scanner.name())
    if scanner.skip("*"):
        scanner.skip_blanks()
        return EVERYTHING[0]
    alias = _alias(scanner)
    _refuse_aggregate(scanner)
    field = scanner.field()
    if EMBEDDED.match(scanner.rest):
        _refuse_embedding(relation, field.name)
    cast = _cast(scanner)
    _refuse_aggregate(scanner)
    scanner.skip_blanks()
    return Selected(field=field, alias=alias, cast=cast)


def _alias(scanner: Scanner) -> str | None:
    start = scanner.at
    if not (scanner.sees('"') or (scanner.rest and is_word(scanner.rest[0]))):
        return None
    alias = scanner.name()
    if scanner.sees(":") and not scanner.sees("::"):
        scanner.take(":")
        scanner.skip_blanks()
        if scanner.skip("..."):
            scanner.fail("field name (* or [a..z0..9_$])")
        return alias
    scanner.at = start
    return None


def _cast(scanner: Scanner) -> str | None:
    if not scanner.skip("::"):
        return None
    cast = scanner.take_while(lambda char: char.isascii() and is_word(char) and char != "$").strip()
    if not cast:
        scanner.fail("letter or digit")
    return cast


def _refuse_aggregate(scanner: Scanner) -> None:
    if AGGREGATE.match(scanner.rest):
        raise RestError(400, "PGRST123", "Use of aggregate functions is not allowed")


def _refuse_embedding(relation: str, other: str) -> NoReturn:
    raise RestError(
        400,
        "PGRST200",
        f"Could not find a relationship between '{relation}' and '{other}' in the schema cache",
        "Resource embedding is not served by the embedded gateway.",
        "Read from a view that joins the tables, or call a function.",
    )


def parse_order(text: str) -> tuple[Ordering, ...]:
    """The items of an `order`, such as `created_at.desc.nullslast,id`."""
    scanner = Scanner(text, "failed to parse order")
    items = [_ordering(scanner)]
    while scanner.skip(","):
        items.append(_ordering(scanner))
    scanner.end('"," or end of input')
    return tuple(items)


def _ordering(scanner: Scanner) -> Ordering:
    field = scanner.field()
    if scanner.sees("("):
        raise RestError(
            400,
            "PGRST108",
            f"'{field.name}' is not an embedded resource in this request",
            hint="Embedded resources are not served here: order by a column of the table itself.",
        )
    direction: Literal["asc", "desc"] | None = None
    if scanner.skip(".asc"):
        direction = "asc"
    elif scanner.skip(".desc"):
        direction = "desc"
    nulls: Literal["first", "last"] | None = None
    if scanner.skip(".nullsfirst"):
        nulls = "first"
    elif scanner.skip(".nullslast"):
        nulls = "last"
    if scanner.sees("."):
        scanner.at += 1
        scanner.fail('"asc", "desc", "nullsfirst" or "nullslast"')
    scanner.skip_blanks()
    return Ordering(field=field, direction=direction, nulls=nulls)


def parse_names(text: str, parameter: str) -> tuple[str, ...]:
    """The names in `columns` or `on_conflict`, in order and without repeats."""
    scanner = Scanner(text, f"failed to parse {parameter} parameter")
    names = [scanner.name()]
    while scanner.skip(","):
        scanner.skip_blanks()
        names.append(scanner.name())
    scanner.end('"," or end of input')
    return tuple(dict.fromkeys(names))
