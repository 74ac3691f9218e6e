"""Alerts rise when a figure is bad, once, and fall when it is good again."""

from __future__ import annotations

import pytest

from tests.sql.rows import broadcasts, call, one, rows


def add_rule(db, aggregate="avg", threshold=100.0, minimum=2):
    db.execute(
        "insert into alert_rules (name, metric_name, aggregate, threshold, minimum_count, severity)"
        " values ('Slow', 'ai_response_time', %s, %s, %s, 'critical')",
        [aggregate, threshold, minimum],
    )


def measure(db, *values):
    for value in values:
        call(db, "private.record_metric", "ai_response_time", value)


def test_a_bad_figure_raises_one_alert_and_tells_the_inbox(db):
    add_rule(db)
    measure(db, 150, 250)
    assert call(db, "private.raise_alerts") == 1
    assert call(db, "private.raise_alerts") == 0
    assert rows(db, "select kind, severity from alerts") == [("metric", "critical")]
    assert len(broadcasts(db, "inbox", "alert")) == 1


def test_a_good_figure_resolves_it(db):
    add_rule(db)
    measure(db, 150, 250)
    call(db, "private.raise_alerts")
    measure(db, 0, 0, 0)
    call(db, "private.raise_alerts")
    assert one(db, "select resolved_at is not null from alerts") is True


def test_it_may_rise_again(db):
    add_rule(db)
    measure(db, 150, 250)
    call(db, "private.raise_alerts")
    db.execute("update alerts set resolved_at = now()")
    assert call(db, "private.raise_alerts") == 1


@pytest.mark.parametrize(
    ("aggregate", "threshold", "raised"),
    [("avg", 60, 0), ("max", 60, 1), ("count", 3, 1), ("count", 4, 0), ("p95", 60, 1)],
)
def test_aggregates(db, aggregate, threshold, raised):
    add_rule(db, aggregate, threshold)
    measure(db, 10, 20, 30, 90)
    assert call(db, "private.raise_alerts") == raised


def test_too_little_to_judge_is_no_alert(db):
    add_rule(db, minimum=3)
    measure(db, 500, 500)
    assert call(db, "private.raise_alerts") == 0


def test_what_lies_before_the_window_does_not_count(db):
    add_rule(db)
    measure(db, 500, 500)
    db.execute("update realtime_metrics set timestamp = now() - interval '16 minutes'")
    assert call(db, "private.raise_alerts") == 0


def test_a_rule_that_is_off_says_nothing(db):
    add_rule(db)
    db.execute("update alert_rules set is_enabled = false")
    measure(db, 500, 500)
    assert call(db, "private.raise_alerts") == 0
