"""JSON of the server's texts, against what the server itself makes of the same values."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

import psycopg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from local.gateway.filters import FilterError, parse_filters, split, undecided
from local.gateway.pgoutput import Parser
from local.gateway.values import ColumnType, to_json
from tests.local.realtime.gateways import ADA

TEXTS = st.lists(
    st.none() | st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"])),
    max_size=5,
)
QUICK = settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


def array_of(element: int, base: int) -> ColumnType:
    """The type of an array."""
    return ColumnType(name="array", base=base, element=element)


def server_json(db: psycopg.Connection, kind: str, value: Any) -> tuple[str, Any]:
    """The server's text of a value and what it makes of it as JSON."""
    query = f"select %s::{kind}::text, to_jsonb(%s::{kind})::text"
    row = db.execute(query.encode(), (value, value)).fetchone()
    assert row is not None
    return row[0], json.loads(row[1], parse_float=Decimal)


@QUICK
@given(texts=TEXTS)
def test_any_array_of_texts_is_read_as_the_server_means_it(
    db: psycopg.Connection, texts: list[str | None]
) -> None:
    text, wanted = server_json(db, "text[]", texts)
    assert json.loads(to_json(array_of(25, 1009), text)) == wanted


@QUICK
@given(number=st.decimals(allow_nan=False, allow_infinity=False, places=12))
def test_a_numeric_keeps_every_digit(db: psycopg.Connection, number: Decimal) -> None:
    text, wanted = server_json(db, "numeric", number)
    kind = ColumnType(name="numeric", base=1700)
    found = json.loads(to_json(kind, text), parse_float=Decimal)
    assert found == wanted
    assert str(found) == str(wanted)


@QUICK
@given(number=st.floats(width=64))
def test_a_float_is_a_number_or_null(db: psycopg.Connection, number: float) -> None:
    text = server_json(db, "float8", number)[0]
    found = json.loads(to_json(ColumnType(name="float8", base=701), text))
    ordinary = number == number and abs(number) != float("inf")
    assert found == (number if ordinary else None)


@pytest.mark.parametrize(
    ("kind", "base", "value"),
    [
        ("timestamptz", 1184, "0044-03-15 12:00:00+00 BC"),
        ("timestamptz", 1184, "2026-01-02 03:04:05.100+02"),
        ("timestamptz", 1184, "-infinity"),
        ("timestamp", 1114, "2026-01-02 03:04:05"),
        ("date", 1082, "2026-01-02"),
        ("boolean", 16, "no"),
        ("jsonb", 3802, '{"a": [1.10, null, "é"]}'),
        ("text", 25, 'quote " backslash \\ newline \n tab \t'),
    ],
)
def test_values_are_what_the_server_makes_of_them(
    db: psycopg.Connection, kind: str, base: int, value: str
) -> None:
    db.execute("set local timezone = 'UTC'")
    text, wanted = server_json(db, kind, value)
    text = {"true": "t", "false": "f"}.get(text, text) if kind == "boolean" else text
    found = json.loads(to_json(ColumnType(name=kind, base=base), text), parse_float=Decimal)
    assert found == wanted


def test_an_array_with_bounds_of_its_own_is_a_plain_list() -> None:
    assert to_json(array_of(23, 1007), "[0:1]={1,2}") == "[1,2]"


def test_conditions_are_split_at_commas_outside_of_quotes_and_lists() -> None:
    assert split('a=eq."x,y",b=in.(1,2),c=eq.3') == ['a=eq."x,y"', "b=in.(1,2)", "c=eq.3"]


def test_quotes_in_a_filter_are_not_part_of_the_value() -> None:
    (condition,) = parse_filters(r'a=eq."x,\"y\" \\"')
    assert condition.value == 'x,"y" \\'


def test_a_list_has_a_hundred_values_at_most() -> None:
    assert parse_filters(f"a=in.({','.join(map(str, range(100)))})")
    with pytest.raises(FilterError):
        parse_filters(f"a=in.({','.join(map(str, range(101)))})")


@pytest.mark.parametrize("text", ["a", "a=", "a=eq", "=eq.1", "a=is.maybe", "a=in.1", "a=no.1"])
def test_what_is_no_filter_is_refused(text: str) -> None:
    with pytest.raises(FilterError):
        parse_filters(text)


@pytest.mark.parametrize(
    ("filter_text", "row", "decided"),
    [
        ("n=eq.07", {"n": "7"}, True),
        ("n=eq.8", {"n": "7"}, False),
        ("n=neq.8", {"n": "7"}, True),
        ("n=eq.7", {"n": None}, False),
        ("n=eq.7", {}, False),
        ("n=eq.0x7", {"n": "7"}, None),
        ("b=eq.true", {"b": "t"}, True),
        ("b=eq.on", {"b": "t"}, None),
        (f"u=eq.{ADA.upper()}", {"u": ADA}, True),
        (f"u=eq.{{{ADA}}}", {"u": ADA}, None),
        ("n=gt.7", {"n": "8"}, None),
    ],
)
def test_equality_of_plain_values_is_decided_without_the_database(
    filter_text: str, row: dict[str, str | None], decided: bool | None
) -> None:
    left = undecided(parse_filters(filter_text), row, {"n": 23, "b": 16, "u": 2950})
    assert left == {True: (), False: None, None: parse_filters(filter_text)}[decided]


def test_a_change_outside_a_transaction_is_an_error() -> None:
    with pytest.raises(ValueError, match="outside"):
        Parser().feed(b"I\x00\x00\x00\x01N\x00\x00")
