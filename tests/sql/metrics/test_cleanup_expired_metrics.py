"""Old measurements go."""

from __future__ import annotations

from tests.sql.rows import call, one


def add_metrics(db, age, count=1):
    db.execute(
        "insert into realtime_metrics (metric_name, metric_value, timestamp)"
        " select 'x', 1, now() - %s::interval from generate_series(1, %s)",
        [age, count],
    )


def test_what_is_older_than_the_retention_goes(db):
    add_metrics(db, "91 days", 3)
    add_metrics(db, "89 days")
    assert call(db, "cleanup_expired_metrics") == 3
    assert one(db, "select count(*) from realtime_metrics") == 1


def test_in_portions(db):
    add_metrics(db, "2 days", 5)
    assert one(db, "select cleanup_expired_metrics('1 day', 3)") == 3
    assert one(db, "select cleanup_expired_metrics('1 day', 3)") == 2
