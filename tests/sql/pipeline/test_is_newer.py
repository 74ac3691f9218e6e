"""Which of two moments of a platform counts."""

from __future__ import annotations

import pytest

from tests.sql.rows import call

EARLY, LATE = "2026-11-20T12:00:00+00:00", "2026-11-20T12:00:00.5+00:00"


@pytest.mark.parametrize(
    ("moment", "known", "newer"),
    [
        (LATE, EARLY, True),
        (EARLY, LATE, False),
        (EARLY, EARLY, False),
        (EARLY, None, True),
        (None, EARLY, True),
        ("soon", EARLY, True),
    ],
)
def test_only_what_comes_later_is_newer(db, moment, known, newer):
    assert call(db, "private.is_newer", moment, known) is newer
