"""How far back figures and reports look."""

from __future__ import annotations

import pytest

from tests.sql.rows import call, one, refused


def test_it_is_the_moment_so_long_ago(db):
    query = "select private.looked_back_to('2 days') = statement_timestamp() - interval '2 days'"
    assert one(db, query)


@pytest.mark.parametrize("span", [None, "0", "-1 day", "101 years", "1000000 years"])
def test_a_time_that_is_none_or_that_no_calendar_holds_is_refused(db, span):
    with refused(db, "PT400"):
        call(db, "private.looked_back_to", span)
