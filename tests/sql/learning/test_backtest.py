"""Other settings are tried on turns of the past, and nothing is sent (U6)."""

from __future__ import annotations

import uuid
from concurrent.futures import ThreadPoolExecutor

import psycopg

from tests.sql.learning.backtests import BODY, claim, past, report, start, tell, try_all
from tests.sql.rows import (
    acting,
    add_agent,
    add_user,
    answer,
    call,
    claim_turns,
    one,
    refused,
    rows,
    write_in,
)
from tests.waiting import wait_until


def test_a_past_turn_is_tried_and_nothing_is_sent(db, article):
    past(db, said=BODY)
    before = one(db, "select count(*) from messages")
    found = try_all(db, answer(article))
    assert (found["state"], found["turns"], found["done"]) == ("done", 1, 1)
    assert (found["report"]["answered"], found["report"]["resolution"]) == (1, 1.0)
    assert one(db, "select count(*) from messages") == before
    assert one(db, "select count(*) from ai_runs") == 0
    assert one(db, "select count(*) from private.reply_jobs where state = 'waiting'") == 0


def test_without_a_turn_it_is_done_at_once(db):
    found = report(db, start(db))
    assert (found["state"], found["report"]["turns"]) == ("done", 0)
    assert found["report"]["resolution"] is None


def test_a_cancelled_backtest_keeps_what_it_found_and_tries_no_more(db, article):
    for _ in range(3):
        past(db, said=BODY)
    backtest = start(db)
    first, second = claim(db, 2)
    tell(db, first, answer(article))
    with acting(db, add_agent(db)), refused(db, "PT403"):
        call(db, "cancel_backtest", backtest["id"])
    with acting(db, add_agent(db, "admin")):
        call(db, "cancel_backtest", backtest["id"])
    assert claim(db) == []
    assert tell(db, second, answer(article)) == "answered"
    found = report(db, backtest)
    assert (found["state"], found["done"], found["report"]["turns"]) == ("cancelled", 2, 2)


def test_what_has_ended_or_never_was_is_not_cancelled(db, article):
    with refused(db, "PT409"):
        call(db, "cancel_backtest", start(db)["id"])
    with refused(db, "PT404"):
        call(db, "cancel_backtest", uuid.uuid4())


def test_backtests_go_thirty_days_after_their_end(db, article):
    past(db, said=BODY)
    kept, gone = try_all(db, answer(article)), try_all(db, answer(article))
    db.execute(
        "update ai_backtests set finished_at = finished_at - interval '31 days' where id = %s",
        [gone["id"]],
    )
    assert call(db, "private.upkeep")["backtests"] == 1
    query = "select distinct backtest_id::text from ai_backtest_items"
    assert rows(db, query) == rows(db, "select id::text from ai_backtests") == [kept["id"]]


def test_customers_who_wait_come_first(db, article):
    past(db)
    start(db)
    write_in(db, "Me first", "4915100000001")
    db.execute("update private.reply_jobs set not_before = now() where state = 'waiting'")
    assert claim(db) == []
    claim_turns(db)
    assert len(claim(db)) == 1


def test_a_worker_that_is_lost_loses_its_turns_three_times_at_most(db, article):
    past(db)
    backtest = start(db)
    for _ in range(3):
        assert len(claim(db)) == 1
        db.execute("update ai_backtest_items set deadline = now() - interval '1 minute'")
    assert claim(db) == []
    found = report(db, backtest)
    assert (found["state"], found["failed"], found["error"]) == (
        "done",
        1,
        "the worker that had it was lost",
    )


def test_a_claim_that_is_over_records_nothing_but_its_cost(db, article):
    past(db)
    backtest = start(db)
    [claimed] = claim(db)
    calls = [{"model": "m", "outcome": "answered", "usage": {}}]
    assert tell(db, claimed, answer(article, calls=calls), worker="w2") == "fenced"
    assert report(db, backtest)["done"] == 0
    assert rows(db, "select purpose from ai_calls") == ["backtest"]


def test_a_turn_that_cannot_be_tried_says_why(db):
    past(db)
    backtest = start(db, {"model": "gpt-9"})
    [claimed] = claim(db)
    given = [claimed["turn"]["job_id"], "w1", claimed["turn"]["attempt"], "no server"]
    assert call(db, "private.fail_past_turn", *given) is True
    assert call(db, "private.fail_past_turn", *given) is False
    assert report(db, backtest)["error"] == "no server"


def test_a_spent_budget_leaves_models_alone(db, article):
    past(db)
    db.execute("insert into ai_budget (daily_microusd) values (0)")
    call(db, "private.watch_budget")
    waiting = start(db)
    assert claim(db) == []
    assert report(db, waiting)["is_waiting_for_budget"] is True
    start(db, {"model": "embedded"})
    assert len(claim(db)) == 1


def test_admins_start_agents_read_visitors_neither(db, article):
    past(db)
    with acting(db, add_agent(db)), refused(db, "PT403"):
        start(db)
    with acting(db, add_agent(db, "admin")):
        found = start(db)
    with acting(db, add_agent(db)):
        assert report(db, found)["turns"] == 1
    with acting(db, add_user(db)), refused(db, "PT403"):
        report(db, found)
    with refused(db, "PT404"):
        report(db, {"id": uuid.uuid4()})


def test_erasing_a_customer_takes_their_turns_away(db, article):
    past(db, said=BODY)
    try_all(db, answer(article))
    customer = one(db, "select customer_id from conversations")
    call(db, "anonymise_customer", customer)
    assert rows(db, "select reply, sources from ai_backtest_items") == [(None, [])]
    call(db, "erase_customer", customer)
    assert one(db, "select count(*) from ai_backtest_items") == 0


END = """
with ended as (
  update ai_backtest_items set state = 'done' where id = %s returning backtest_id
)
select backtest_id from ended
"""
WAITING = """
select count(*) from pg_stat_activity
where datname = current_database() and wait_event_type = 'Lock' and query like '%%end_backtest%%'
"""


def test_two_turns_that_end_at_once_end_the_backtest(fresh_database):
    url = fresh_database()
    with (
        psycopg.connect(url) as first,
        psycopg.connect(url) as second,
        ThreadPoolExecutor() as one_more,
    ):
        for address in ("a@example.com", "b@example.com"):
            call(first, "create_conversation", address, "website", "How long?")
        backtest = call(first, "backtest", {"model": "embedded"}, {}, 10)["id"]
        first.commit()
        items = rows(first, "select id from ai_backtest_items")
        assert len(items) == 2
        for connection, item in zip((first, second), items, strict=True):
            one(connection, END, item)
        assert call(first, "private.end_backtest", backtest) is False
        ending = one_more.submit(call, second, "private.end_backtest", backtest)
        with psycopg.connect(url, autocommit=True) as watching:
            wait_until(lambda: one(watching, WAITING))
        first.commit()
        assert ending.result(10) is True
