"""Filters of a query string, such as `id=eq.4` or `or=(a.eq.1,not.and(b.is.null,c.in.(1,2)))`."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from local.gateway.errors import RestError
from local.gateway.rest.scanner import Field, Scanner, is_word

OPERATORS = {
    "eq": "=",
    "neq": "<>",
    "gt": ">",
    "gte": ">=",
    "lt": "<",
    "lte": "<=",
    "like": "like",
    "ilike": "ilike",
    "match": "~",
    "imatch": "~*",
    "cs": "@>",
    "cd": "<@",
    "ov": "&&",
    "sl": "<<",
    "sr": ">>",
    "nxr": "&<",
    "nxl": "&>",
    "adj": "-|-",
}
QUANTIFIED = frozenset({"eq", "gte", "gt", "lte", "lt", "like", "ilike", "match", "imatch"})
TEXT_SEARCH = {
    "fts": "to_tsquery",
    "plfts": "plainto_tsquery",
    "phfts": "phraseto_tsquery",
    "wfts": "websearch_to_tsquery",
}
IS_VALUES = {
    "null": "null",
    "not_null": "not null",
    "true": "true",
    "false": "false",
    "unknown": "unknown",
}
EXPECTED_OPERATOR = '"not" or operator (eq, gt, ...)'
OPERATOR = re.compile(r"[a-z]+")
MAX_DEPTH = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Condition:
    """What a filter asks of its field.

    `operator` is a key of OPERATORS or TEXT_SEARCH, or `in`, `is`, `isdistinct`; `value` is a
    tuple for `in` alone; `quantifier` is any or all; `language` is a text search configuration.
    """

    negated: bool
    operator: str
    value: str | tuple[str, ...]
    quantifier: Literal["any", "all"] | None = None
    language: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Filter:
    """One condition on one field."""

    field: Field
    condition: Condition


@dataclass(frozen=True, slots=True, kw_only=True)
class Logic:
    """Several conditions joined by and or or."""

    negated: bool
    joiner: Literal["and", "or"]
    children: tuple[Filter | Logic, ...]


def parse_filter(key: str, value: str) -> Filter:
    """The filter a parameter such as `price=gt.10` stands for; RestError when it is none."""
    field = parse_key(key)
    scanner = Scanner(value, "failed to parse filter")
    condition = _condition(scanner, _everything)
    scanner.end()
    return Filter(field=field, condition=condition)


def has_operator(value: str) -> bool:
    """Whether a value of a GET rpc reads as a filter; else it is an argument."""
    try:
        _condition(Scanner(value, ""), _everything)
    except RestError:
        return False
    return True


def parse_key(key: str) -> Field:
    """The field a parameter names; a dotted one would reach into an embedded resource."""
    scanner = Scanner(key, "failed to parse tree path")
    field = scanner.field()
    if scanner.skip("."):
        raise RestError(
            400,
            "PGRST108",
            f"'{field.name}' is not an embedded resource in this request",
            hint="Embedded resources are not served here: filter a view or call a function.",
        )
    scanner.end()
    return field


def parse_logic(joiner: str, value: str) -> Logic:
    """The tree a parameter such as `or=(a.eq.1,b.eq.2)` stands for."""
    negated = joiner.startswith("not.")
    scanner = Scanner(joiner.removeprefix("not.") + value, "failed to parse logic tree")
    tree = _group(scanner, negated, depth=0)
    scanner.end()
    return tree


def _group(scanner: Scanner, negated: bool, depth: int) -> Logic:
    if depth > MAX_DEPTH:
        scanner.fail(f"at most {MAX_DEPTH} nested groups")
    joiner: Literal["and", "or"] = "and" if scanner.sees("and") else "or"
    scanner.take(joiner, "logic operator (and, or)")
    scanner.skip_blanks()
    scanner.take("(")
    children = [_member(scanner, depth)]
    while scanner.skip(","):
        children.append(_member(scanner, depth))
    scanner.take(")", '"," or ")"')
    scanner.skip_blanks()
    return Logic(negated=negated, joiner=joiner, children=tuple(children))


def _member(scanner: Scanner, depth: int) -> Filter | Logic:
    scanner.skip_blanks()
    opening = re.match(r"(not\.)?(and|or)[ \t]*\(", scanner.rest)
    if opening:
        negated = scanner.skip("not.")
        return _group(scanner, negated, depth + 1)
    field = scanner.field()
    scanner.take(".", "delimiter (.)")
    condition = _condition(scanner, _until_comma)
    scanner.skip_blanks()
    return Filter(field=field, condition=condition)


def _condition(scanner: Scanner, read_value: Callable[[Scanner], str]) -> Condition:
    negated = scanner.skip("not.")
    found = OPERATOR.match(scanner.rest)
    operator = found.group() if found else ""
    if operator not in OPERATORS and operator not in TEXT_SEARCH and operator not in SPECIAL:
        scanner.fail(EXPECTED_OPERATOR)
    scanner.take(operator)
    if operator in TEXT_SEARCH:
        language = _language(scanner)
        value = _after_dot(scanner, read_value)
        return Condition(negated=negated, operator=operator, value=value, language=language)
    if operator in SPECIAL:
        scanner.take(".", "delimiter (.)")
        return Condition(
            negated=negated, operator=operator, value=SPECIAL[operator](scanner, read_value)
        )
    quantifier = _quantifier(scanner) if operator in QUANTIFIED else None
    value = _after_dot(scanner, read_value)
    return Condition(negated=negated, operator=operator, value=value, quantifier=quantifier)


def _after_dot(scanner: Scanner, read_value: Callable[[Scanner], str]) -> str:
    scanner.take(".", "delimiter (.)")
    return read_value(scanner)


def _quantifier(scanner: Scanner) -> Literal["any", "all"] | None:
    if scanner.skip("(any)"):
        return "any"
    return "all" if scanner.skip("(all)") else None


def _language(scanner: Scanner) -> str | None:
    if not scanner.skip("("):
        return None
    language = scanner.take_while(is_word).strip()
    if not language:
        scanner.fail("text search configuration")
    scanner.take(")")
    return language


def _everything(scanner: Scanner) -> str:
    return scanner.take_while(lambda char: True)


def _until_comma(scanner: Scanner) -> str:
    quoted = scanner.quoted_before(",)")
    if quoted is not None:
        return quoted
    array = re.match(r"\{[^{}]*\}", scanner.rest)
    if array:
        scanner.take(array.group())
        return array.group()
    return scanner.take_while(lambda char: char not in ",)")


def _list(scanner: Scanner, _: Callable[[Scanner], str]) -> tuple[str, ...]:
    scanner.skip_blanks()
    scanner.take("(")
    values = [_list_value(scanner)]
    while scanner.skip(","):
        values.append(_list_value(scanner))
    scanner.take(")", '"," or ")"')
    scanner.skip_blanks()
    return () if values == [""] else tuple(values)


def _list_value(scanner: Scanner) -> str:
    quoted = scanner.quoted_before(",)")
    return quoted if quoted is not None else scanner.take_while(lambda char: char not in ",)")


def _is(scanner: Scanner, _: Callable[[Scanner], str]) -> str:
    word = scanner.take_while(lambda char: char.isalpha() or char == "_").lower()
    if word not in IS_VALUES:
        scanner.fail("isVal: (null, not_null, true, false, unknown)")
    return word


def _distinct(scanner: Scanner, read_value: Callable[[Scanner], str]) -> str:
    return read_value(scanner)


SPECIAL: dict[str, Callable[[Scanner, Callable[[Scanner], str]], str | tuple[str, ...]]] = {
    "in": _list,
    "is": _is,
    "isdistinct": _distinct,
}
