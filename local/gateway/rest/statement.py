"""SQL text put together piece by piece; whatever a client sent is a parameter or a quoted name."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from local.gateway.errors import RestError
from local.gateway.rest.columns import Ordering, Selected
from local.gateway.rest.filters import IS_VALUES, OPERATORS, TEXT_SEARCH, Condition, Filter, Logic
from local.gateway.rest.scanner import Field


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """The table or subquery a statement reads; `documents` are its columns of type tsvector.

    `documents` is None where column types are not known, as for the result of a function.
    """

    name: str
    documents: frozenset[str] | None = None

    def is_plain_text(self, field: Field) -> bool:
        """Whether a text search has to turn this field into a document first."""
        return self.documents is not None and field.name not in self.documents


class Statement:
    """An SQL text that grows, with the parameters its `$n` stand for."""

    def __init__(self) -> None:
        self.parts: list[str] = []
        self.values: list[object] = []

    @property
    def text(self) -> str:
        """The SQL so far."""
        return "".join(self.parts)

    def sql(self, text: str) -> Statement:
        """Add SQL written in this code base, never a client's text."""
        self.parts.append(text)
        return self

    def value(self, value: object) -> Statement:
        """Add a parameter."""
        if isinstance(value, str):
            refuse_unstorable(value)
        self.values.append(value)
        return self.sql(f"${len(self.values)}")

    def name(self, name: str) -> Statement:
        """Add a quoted name."""
        return self.sql(quoted(name))

    def extend(self, other: Statement) -> Statement:
        """Add another statement that was built without parameters."""
        if other.values:
            raise ValueError("a statement with parameters cannot be moved")
        return self.sql(other.text)


def quoted(name: str) -> str:
    """A name as SQL identifier; what cannot be a name is refused (400)."""
    refuse_unstorable(name)
    if not name:
        raise RestError(400, "42601", "zero-length delimited identifier")
    return '"' + name.replace('"', '""') + '"'


def refuse_unstorable(text: str) -> None:
    """Refuse what the database cannot hold: the NUL character and lone surrogates (400)."""
    if "\x00" in text or any("\ud800" <= char <= "\udfff" for char in text):
        raise RestError(400, "22021", "invalid byte sequence for encoding UTF8")


def write_field(out: Statement, field: Field, source: Source) -> None:
    """Add a column, or the place inside it that a JSON path names."""
    qualified = f"{quoted(source.name)}.{quoted(field.name)}"
    if not field.path:
        out.sql(qualified)
        return
    out.sql(f"to_jsonb({qualified})")
    for step in field.path:
        out.sql(step.arrow)
        out.value(str(step.key))
        if isinstance(step.key, int):
            out.sql("::int")


def write_selected(out: Statement, items: Sequence[Selected], source: Source) -> None:
    """Add the list of a select."""
    for number, item in enumerate(items):
        out.sql(", " if number else "")
        if item.is_star:
            out.name(source.name).sql(".*")
            continue
        out.sql("cast(" if item.cast else "")
        write_field(out, item.field, source)
        # The cast is ASCII letters, digits, blanks and `_`: it cannot leave the brackets.
        out.sql(f" as {item.cast})" if item.cast else "")
        if item.label is not None:
            out.sql(" as ").name(item.label)


def write_order(out: Statement, items: Sequence[Ordering], source: Source) -> None:
    """Add an `order by`, or nothing."""
    for number, item in enumerate(items):
        out.sql(", " if number else " order by ")
        write_field(out, item.field, source)
        out.sql(f" {item.direction}" if item.direction else "")
        out.sql(f" nulls {item.nulls}" if item.nulls else "")


def write_where(out: Statement, conditions: Sequence[Filter | Logic], source: Source) -> None:
    """Add a `where` that joins all conditions by and, or nothing."""
    for number, condition in enumerate(conditions):
        out.sql(" and " if number else " where ")
        _write_tree(out, condition, source)


def _write_tree(out: Statement, tree: Filter | Logic, source: Source) -> None:
    if isinstance(tree, Filter):
        _write_filter(out, tree, source)
        return
    out.sql("not (" if tree.negated else "(")
    for number, child in enumerate(tree.children):
        out.sql(f" {tree.joiner} " if number else "")
        _write_tree(out, child, source)
    out.sql(")")


def _write_filter(out: Statement, item: Filter, source: Source) -> None:
    condition = item.condition
    out.sql("not (" if condition.negated else "(")
    if condition.operator in TEXT_SEARCH:
        _write_text_search(out, item, source)
        return
    write_field(out, item.field, source)
    if condition.operator == "is":
        out.sql(f" is {IS_VALUES[str(condition.value)]}")
    elif condition.operator == "isdistinct":
        out.sql(" is distinct from ").value(condition.value)
    elif isinstance(condition.value, tuple):
        out.sql(" = any(").value(array_literal(condition.value)).sql(")")
    else:
        _write_comparison(out, condition, str(condition.value))
    out.sql(")")


def _write_text_search(out: Statement, item: Filter, source: Source) -> None:
    condition = item.condition
    wraps = source.is_plain_text(item.field)
    if wraps:
        out.sql("to_tsvector(")
        _write_language(out, condition)
    write_field(out, item.field, source)
    out.sql(")" if wraps else "").sql(f" @@ {TEXT_SEARCH[condition.operator]}(")
    _write_language(out, condition)
    out.value(condition.value).sql("))")


def _write_language(out: Statement, condition: Condition) -> None:
    if condition.language is not None:
        out.value(condition.language).sql(", ")


def _write_comparison(out: Statement, condition: Condition, value: str) -> None:
    out.sql(f" {OPERATORS[condition.operator]} ")
    out.sql(f"{condition.quantifier}(" if condition.quantifier else "")
    out.value(value.replace("*", "%") if condition.operator in ("like", "ilike") else value)
    out.sql(")" if condition.quantifier else "")


def array_literal(values: Sequence[str]) -> str:
    """Values as the text form of a one-dimensional array, whatever its element type."""
    escaped = (value.replace("\\", "\\\\").replace('"', '\\"') for value in values)
    return "{" + ",".join(f'"{value}"' for value in escaped) + "}"
