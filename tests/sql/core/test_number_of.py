"""Numbers from outside are taken only where they fit."""

from __future__ import annotations

import pytest

from tests.sql.rows import one


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("12", 12),
        ("-0.5", -0.5),
        ('"12"', None),
        ("1e999", None),
        ("9999999999", None),
        ("null", None),
        ("[1]", None),
    ],
)
def test_number(db, text, number):
    assert one(db, "select private.number_of(%s::jsonb)", text) == number
