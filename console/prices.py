"""What models cost and may cost: prices, the models in use that have none, a budget of nothing."""

from __future__ import annotations

from typing import Any

from console.doctor import Finding
from console.output import data, data_json
from console.place import reachable
from console.problems import USAGE, Problem
from local.plan import Plan

CONNECT_S = 2
# Dollars for a million tokens; the database takes no more either.
MOST = 1_000_000
UNPRICED = """
select model, count(*) as calls from public.ai_calls
where cost_microusd is null and created_at > now() - interval '7 days'
  and private.call_cost(model, 0, 0, 0) is null
group by model order by calls desc
"""
LIST = """
select model, valid_from, input_microusd / 1e6 as input, cached_microusd / 1e6 as cached,
  output_microusd / 1e6 as output
from public.model_prices order by model, valid_from desc
"""
SET = """
insert into public.model_prices (
  model, valid_from, input_microusd, cached_microusd, output_microusd
) values (%s, now(), %s, %s, %s)
"""
NEVER_ASKED = """
select exists (select from public.ai_budget where daily_microusd = 0) and exists (
  select from private.processes
  where kind = 'worker' and seen_at > clock_timestamp() - interval '1 minute'
    and state -> 'models' <> '[]'
) as is_so
"""
WAY = "romashka ai price set {} --input DOLLARS --output DOLLARS"


def prices(plan: Plan) -> Finding:
    """Every model in use has a price, without which nobody knows what it costs."""
    missing = unpriced(plan.db_url)
    return Finding(
        name="prices",
        state="warning" if missing else "ok",
        meaning=told(missing) if missing else "every model in use has one",
        fix=" · ".join(WAY.format(model) for model in missing),
    )


def budget(plan: Plan) -> Finding:
    """A model that is set may cost something, without which it is never asked."""
    [row] = _ask(plan.db_url, NEVER_ASKED)
    never = "the day's budget is 0: the model that is set is never asked, the articles answer alone"
    return Finding(
        name="budget",
        state="warning" if row["is_so"] else "ok",
        meaning=never if row["is_so"] else "it keeps no model from answering from the start",
        fix='romashka db psql -c "update ai_budget set daily_microusd = 5000000" (5 dollars)',
    )


def unpriced(db_url: str) -> list[str]:
    """The models that were called in seven days and have no price; raises psycopg.Error."""
    return [row["model"] or "?" for row in _ask(db_url, UNPRICED)]


def told(models: list[str]) -> str:
    """That models have no price, and what follows from it."""
    return f"no price is set for {', '.join(models)}: costs and the daily budget leave it out"


def list_prices(*, as_json: bool) -> None:
    """Print the prices in dollars for a million tokens, and which are missing."""
    url = reachable().db_url
    found, missing = _ask(url, LIST), unpriced(url)
    if as_json:
        data_json({"prices": found, "unpriced": missing})
        return
    for row in found:
        cached = "-" if row["cached"] is None else f"{row['cached']:g}"
        since = str(row["valid_from"])[:16]
        data(f"{row['model']}  input {row['input']:g}, cached {cached}, output {row['output']:g}")
        data(f"  since {since}")
    if missing:
        data(f"{told(missing)}\n  {WAY.format(missing[0])}")
    elif not found:
        data("no prices are set, and no model was called in seven days")


def set_price(
    model: str, read: float, written: float, cached: float | None, *, as_json: bool
) -> None:
    """Set what a million tokens of a model cost from now on, in dollars."""
    if not model.strip():
        raise Problem(USAGE, "no_model", "say which model: its name is empty")
    if not all(0 <= price <= MOST for price in (read, written, cached or 0.0)):
        raise Problem(USAGE, "bad_price", f"a price is a number of dollars, {MOST:,} at most")
    kept = None if cached is None else cached * 1e6
    _ask(reachable().db_url, SET, model, read * 1e6, kept, written * 1e6)
    if as_json:
        data_json({"model": model, "input": read, "cached": cached, "output": written})
    else:
        of_kept = "" if cached is None else f", {cached:g} of those that were kept"
        data(f"{model}: {read:g} dollars for a million tokens read{of_kept}, {written:g} written")


def _ask(db_url: str, query: str, *parameters: object) -> list[dict[str, Any]]:
    import psycopg
    from psycopg.rows import dict_row

    with psycopg.connect(db_url, row_factory=dict_row, connect_timeout=CONNECT_S) as connection:
        cursor = connection.execute(query.encode(), parameters)
        return cursor.fetchall() if cursor.description else []
