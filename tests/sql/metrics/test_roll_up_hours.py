"""Whole hours are summed up, so that a month of figures is quick."""

from __future__ import annotations

import pytest

from tests.sql.rows import call, one, write_in

SPREAD = """
insert into realtime_metrics (metric_name, metric_value, channel_type, metadata, timestamp)
select 'ai_response_time', 1000 + 10 * n, 'whatsapp', '{"confidence": 0.8}',
  date_trunc('hour', now()) - interval '3 days' + n * interval '9 minutes'
from generate_series(0, 99) as n
"""


def spread_replies(db):
    db.execute(SPREAD)


def figures(db, span="30 days"):
    found = one(db, "select get_performance_metrics(%s::interval)", span)
    return {name: value for name, value in found.items() if name != "since"}


def roll_up(db, span="60 days"):
    return call(db, "private.roll_up_hours", span)


def test_figures_are_the_same_before_and_after(db):
    spread_replies(db)
    write_in(db)
    db.execute("update messages set created_at = now() - interval '2 days'")
    before = figures(db)
    assert roll_up(db) > 48
    assert figures(db) == before
    assert (before["answered"], before["messages"], before["aiConfidence"]) == (100, 1, 0.8)
    assert before["avgResponseTime"] == 1495


def test_a_percentile_is_true_to_its_tenth_of_a_second(db):
    spread_replies(db)
    exact = one(
        db,
        "select percentile_cont(0.95) within group (order by metric_value) from realtime_metrics",
    )
    assert figures(db)["p95ResponseTime"] == pytest.approx(exact, abs=100)


def test_what_came_since_is_counted_too(db):
    spread_replies(db)
    roll_up(db)
    write_in(db)
    assert figures(db)["messages"] == 1
    assert figures(db)["customerMessages"] == 1


def test_a_range_may_begin_within_an_hour(db):
    spread_replies(db)
    part = "extract(epoch from now() - date_trunc('hour', now()) + interval '71.5 hours') / 3600"
    hours = one(db, f"select {part}")
    before = figures(db, f"{hours} hours")
    roll_up(db)
    assert figures(db, f"{hours} hours") == before
    assert 0 < before["answered"] < 100


def test_figures_outlive_their_measurements(db):
    spread_replies(db)
    roll_up(db)
    db.execute("delete from realtime_metrics")
    assert figures(db)["answered"] == 100


def test_it_goes_on_where_it_was_in_portions(db):
    spread_replies(db)
    assert roll_up(db, "6 hours") == 6
    assert roll_up(db, "6 hours") == 6
    roll_up(db)
    assert roll_up(db) == 0


def test_the_hour_that_runs_is_left_alone(db):
    write_in(db)
    assert roll_up(db) == 0


def test_with_nothing_there_is_nothing_to_do(db):
    assert roll_up(db) == 0
