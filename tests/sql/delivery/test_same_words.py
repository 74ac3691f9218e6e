"""Whether an echo repeats what was sent."""

from __future__ import annotations

import pytest

from tests.sql.rows import one

LONG = "w\u00f6rd " * 200


@pytest.mark.parametrize(
    ("sent", "echoed", "same"),
    [
        ("Three days.", "Three days.", True),
        (" Three days.\n", "Three days.", True),
        ("Three days.", "days", False),
        ("Three days.", "", False),
        (LONG, LONG[:300].strip(), True),
        (LONG, "w\u00f6rd w\u00f6rd", True),
        (LONG, "something else", False),
        (LONG, " ", False),
    ],
)
def test_words_are_the_same_whole_or_in_part_where_they_were_too_long(db, sent, echoed, same):
    assert one(db, "select private.same_words(%s, %s)", sent, echoed) is same
