"""What models cost: a missing price is said wherever one looks, and can be set."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest

from tests.system import System

CALLED = """
select private.keep_calls(null, null, 'turn',
  '[{"model": "big-2026-01-31", "usage": {"input_tokens": 1000000, "output_tokens": 500000}}]')
"""


@pytest.fixture
def called(running: System) -> Iterator[System]:
    """The running system after a call to a model that nobody has told the price of."""
    running.sql(CALLED)
    yield running
    running.sql("delete from ai_calls where model = 'big-2026-01-31'")
    running.sql("delete from model_prices where model = 'big'")


def test_a_missing_price_is_said_by_status_doctor_and_list(called: System) -> None:
    for command in (("status",), ("doctor",), ("ai", "price", "list")):
        done = called.run(*command)
        said = done.stdout + done.stderr
        assert done.returncode == 0, said
        assert "no price is set for big-2026-01-31" in said
        assert "romashka ai price set big-2026-01-31" in said


def test_a_price_that_is_set_counts_from_then_on(called: System) -> None:
    done = called.run(
        "ai", "price", "set", "big", "--input", "0.5", "--output", "2", "--cached", "0.1"
    )
    assert done.returncode == 0, done.stderr
    assert "read, 0.1 of those that were kept, 2 written" in done.stdout
    called.sql(CALLED)
    query = "select coalesce(cost_microusd, -1) from ai_calls where model like 'big%' order by id"
    assert called.sql(query).splitlines() == ["-1", "1500000"]
    listed = called.json("ai", "price", "list")
    assert (listed["unpriced"], listed["prices"][0]["output"]) == ([], 2)
    assert "no price" not in called.run("status").stderr


@pytest.fixture
def nothing(running: System) -> Iterator[System]:
    """The running system, whose models may cost nothing."""
    running.sql("insert into ai_budget (daily_microusd) values (0)")
    running.sql("select private.watch_budget()")
    yield running
    running.sql("delete from ai_budget")
    running.sql("select private.watch_budget()")


def test_a_budget_of_nothing_is_no_fault_where_no_model_is_set(nothing: System) -> None:
    checks = nothing.json("doctor")["checks"]
    found = {check["name"]: check["state"] for check in checks}
    assert (found["alerts"], found["budget"]) == ("ok", "ok")


def test_a_budget_of_nothing_for_a_model_is_a_warning(nothing: System) -> None:
    nothing.sql(
        "insert into private.processes (kind, name, state)"
        " values ('worker', 'other', '{\"models\": [\"big\"]}')"
    )
    try:
        done, status = nothing.run("doctor"), nothing.run("status")
    finally:
        nothing.sql("delete from private.processes where name = 'other'")
    assert (done.returncode, status.returncode) == (0, 0)
    assert " warning  budget: the day's budget is 0" in done.stdout
    assert 'fix: romashka db psql -c "update ai_budget' in done.stdout
    assert "the day's budget is 0" in status.stderr


@pytest.mark.parametrize("price", ["nan", "inf", "-1", "much", "1e300"])
def test_what_is_no_price_is_refused(running: System, price: str) -> None:
    done = running.run("ai", "price", "set", "big", "--input", price, "--output", "1")
    assert done.returncode == 2
    assert json.loads(running.run("ai", "price", "list", "--json").stdout)["prices"] == []


def test_a_model_without_a_name_has_no_price(running: System) -> None:
    done = running.run("ai", "price", "set", " ", "--input", "1", "--output", "1")
    assert (done.returncode, "say which model" in done.stderr) == (2, True)
