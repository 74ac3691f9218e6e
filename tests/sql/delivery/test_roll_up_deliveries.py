"""Days of the outbox that are summed up: quick to read, and right whatever still changes."""

from __future__ import annotations

import psycopg
import pytest

from tests.sql.rows import call, claim_sends, ingest, one, receipt, report, rows, write_in

SLO = "select * from delivery_slo(interval '30 days')"
COUNTS = "select attempted, accepted, confirmed, read, failed from delivery_slo(interval '30 days')"
LATE = "select count(*) from private.delivery_changes"


@pytest.fixture
def days(db):
    """Six deliveries, one a day of the last week: two failed, four taken, two of them arrived."""
    fill(db)


def fill(db):
    for number in range(6):
        call(db, "send_message", write_in(db, phone=f"49{number}"), "Good day")
    for number, send in enumerate(claim_sends(db)):
        if number < 2:
            report(db, send, "failed", code="131026")
        else:
            report(db, send, "sent", external_ids=[f"wamid.{number}"])
    ingest(db, receipt("wamid.2", "delivered"), receipt("wamid.3", "read"))
    db.execute(
        "update private.deliveries set created_at = created_at - aged.by,"
        " sent_at = sent_at - aged.by + aged.n * interval '1 s',"
        " delivered_at = delivered_at - aged.by + 2 * aged.n * interval '1 s'"
        " from (select id, row_number() over (order by position) as n,"
        " (7 - row_number() over (order by position)) * interval '1 day' as by"
        " from private.deliveries) as aged where aged.id = deliveries.id"
    )
    db.execute("update messages set created_at = created_at - interval '6 days'")


def roll_up(db, limit=20):
    return call(db, "private.roll_up_deliveries", limit)


def test_sums_say_what_rows_say(db, days):
    of_rows = rows(db, SLO)
    assert roll_up(db) in (3, 4)
    assert one(db, "select count(*) from private.delivery_figures") > 0
    assert rows(db, SLO) == of_rows
    assert rows(db, COUNTS) == [(6, 4, 2, 1, 2)]
    assert roll_up(db) == 0


def test_sums_are_what_is_read(db, days):
    roll_up(db)
    db.execute("update private.delivery_figures set count = count + 10 where figure = 'failed'")
    [(*_, failed)] = rows(db, COUNTS)
    assert failed > 10


def test_the_last_two_days_are_left_alone(db, days):
    roll_up(db)
    newest = one(db, "select now() - max(day) from private.delivery_days")
    assert newest.total_seconds() >= (24 + 49) * 3600


def test_a_late_receipt_counts_at_once_and_is_summed_up_next(db, days):
    roll_up(db)
    db.execute("update private.deliveries set created_at = created_at - interval '3 days'")
    db.execute("delete from private.delivery_changes")
    db.execute("delete from private.delivery_days")
    db.execute("update messages set created_at = created_at - interval '3 days'")
    roll_up(db)
    ingest(db, receipt("wamid.4", "delivered"), receipt("wamid.2", "read"))
    assert one(db, LATE) > 0
    assert rows(db, COUNTS) == [(6, 4, 3, 2, 2)]
    assert roll_up(db) == 2
    assert one(db, LATE) == 0
    assert rows(db, COUNTS) == [(6, 4, 3, 2, 2)]


def test_what_is_erased_is_counted_no_more(db, days):
    roll_up(db)
    db.execute("delete from conversations")
    assert rows(db, COUNTS) == []
    roll_up(db)
    assert rows(db, COUNTS) == []


def test_one_day_at_a_time(db, days):
    assert [call(db, "private.roll_up_deliveries") for _ in range(2)] == [1, 1]
    first = "select min(day) = date_trunc('day', min(created_at), 'UTC')"
    assert one(db, f"{first} from private.delivery_days, private.deliveries") is True


def test_where_nothing_was_ever_said_there_is_nothing_to_sum_up(db):
    assert roll_up(db) == 0


def test_sums_are_kept_for_400_days(db, days):
    db.execute("insert into private.delivery_days (day) values (now() - interval '410 days')")
    db.execute("insert into private.delivery_changes (day) values (now() - interval '410 days')")
    roll_up(db, 500)
    old = "where day < now() - interval '404 days'"
    assert one(db, f"select count(*) from private.delivery_days {old}") == 0
    assert one(db, f"select count(*) from private.delivery_changes {old}") == 0


def test_a_change_that_commits_while_its_day_is_summed_up_is_counted(fresh_database):
    url = fresh_database()
    with psycopg.connect(url) as db:
        fill(db)
    with psycopg.connect(url) as changing, psycopg.connect(url, autocommit=True) as summing:
        changing.execute("update private.deliveries set state = 'dead' where state = 'failed'")
        roll_up(summing)
        changing.commit()
        assert one(summing, "select dead from delivery_slo(interval '30 days')") == 2
        assert roll_up(summing) == 2
        assert one(summing, "select dead from delivery_slo(interval '30 days')") == 2


def test_only_one_sums_up_at_a_time(fresh_database):
    url = fresh_database()
    with psycopg.connect(url) as db:
        fill(db)
    with psycopg.connect(url) as first, psycopg.connect(url) as second:
        assert roll_up(first) > 0
        assert roll_up(second) == 0
