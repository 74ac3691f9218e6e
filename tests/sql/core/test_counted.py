"""How many there are of something, in the number that fits."""

from __future__ import annotations

import pytest

from tests.sql.rows import call


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ((0, "call"), "0 calls"),
        ((1, "call"), "1 call"),
        ((2, "call"), "2 calls"),
        ((1, "webhook waits", "webhooks wait"), "1 webhook waits"),
        ((7, "webhook waits", "webhooks wait"), "7 webhooks wait"),
    ],
)
def test_one_is_one_and_all_others_are_many(db, words, said):
    assert call(db, "private.counted", *words) == said
