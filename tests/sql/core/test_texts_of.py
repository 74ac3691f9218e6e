"""JSON lists as arrays of texts."""

from __future__ import annotations

import pytest

from tests.sql.rows import one


@pytest.mark.parametrize(
    ("listed", "texts"),
    [('["b", "a"]', ["b", "a"]), ("[1, null]", ["1"]), ("[]", []), ("{}", []), (None, [])],
)
def test_a_list_keeps_its_order_and_anything_else_is_empty(db, listed, texts):
    assert one(db, "select private.texts_of(%s)", listed) == texts
