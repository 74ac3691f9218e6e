"""What is called with nonsense says so: an error of ours with a hint, never one of Postgres."""

from __future__ import annotations

import json

import psycopg
import pytest

from tests.sql.rows import acting, add_agent, rows
from tests.sql.world import populate

NOBODY = "00000000-0000-0000-0000-000000000000"
OBJECTS = (
    {}, [], 1, "x", True, {"x": 1}, [None], [{}], {"threshold": "x"}, {"threshold": -1},
    {"threshold": 1e308}, {"language": 1}, {"language": "x" * 9999}, {"channel_type": []},
    {"since": "nope"}, {"since": 5}, {"until": "infinity"}, {"conversation_id": "x"},
    {"instructions": "x" * 200_000}, {"max_wrong_rate": 2}, {"mode": "x"}, {"tone": 5},
    {"title": "x" * 100_000, "body": "y"}, [{"title": None, "body": None}],
    [{"title": "a", "body": "b", "language": 5}], [{"title": "a", "body": "b", "phrasings": "x"}],
    [{"title": "a", "body": "b", "valid_until": "infinity"}], {"question": ["x"]},
)  # fmt: skip
NONSENSE = {
    "uuid": (None, NOBODY),
    "text": (None, "", " ", "x" * 100_000, "'; drop table x; --", "\u202e\u200b", "🙂", "de", "%"),
    "jsonb": (None, "null", *map(json.dumps, OBJECTS)),
    "integer": (None, 0, -1, 2147483647, -2147483648),
    "double precision": (None, 0, -1, 2, "NaN", "Infinity", 1e308),
    "boolean": (None, True, False),
    "interval": (None, "0", "-1 day", "1 second", "1000000 years", "1 month -30 days"),
    "text[]": (None, "{}", "{x}", "{NULL}", "{{agent,agent},{rating,x}}"),
    "uuid[]": (None, "{}", "{NULL}"),
    "vector": (None,),
}
IDS = """
select array_agg(found.id) from (
  (select id from messages limit 2) union all (select id from conversations limit 2)
  union all (select id from knowledge_suggestions limit 1)
  union all (select id from ai_backtests limit 1)
) as found
"""
FUNCTIONS = """
select pg_proc.proname, array(select format_type(type, null) from unnest(proargtypes) as type)
from pg_proc
where pronamespace = 'public'::regnamespace
  and has_function_privilege('authenticated', pg_proc.oid, 'execute')
  and pg_proc.proname = any (%s)
"""
NAMES = (
    "ai_figures", "backtest", "cancel_backtest", "decide_suggestion", "delivery_slo",
    "explain_answer", "explain_gate", "get_ai_response", "get_backtest", "get_performance_metrics",
    "give_back", "import_articles", "knowledge_gaps", "knowledge_version", "label_answer",
    "label_curve", "request_draft", "request_summary", "search_knowledge", "shadow_report",
    "tune_threshold",
)  # fmt: skip


@pytest.fixture
def functions(db):
    """The functions and what each is to be called with."""
    populate(db)
    known = {**NONSENSE, "uuid": (*NONSENSE["uuid"], *rows(db, IDS)[0])}
    found = db.execute(FUNCTIONS, (list(NAMES),)).fetchall()
    assert {name for name, _ in found} == set(NAMES)
    return [(name, types, calls) for name, types in found for calls in [list(each(types, known))]]


def each(types, known):
    """Every value at its place, beside others that change with it."""
    pools = [known[name.removeprefix("extensions.")] for name in types]
    for place, pool in enumerate(pools):
        for value in pool:
            for turn in range(4):
                others = [one[(turn * 7 + at) % len(one)] for at, one in enumerate(pools)]
                yield [*others[:place], value, *others[place + 1 :]]


def test_nonsense_is_refused_with_a_hint_or_answered(db, functions):
    admin, unclear = add_agent(db, "admin"), set()
    for name, types, calls in functions:
        query = f"select public.{name}({', '.join(f'%s::{one}' for one in types)})"
        for values in calls:
            error = refusal(db, admin, query, values)
            if error and not (error.sqlstate.startswith("PT") and error.diag.message_hint):
                unclear.add((name, error.sqlstate, error.diag.message_primary))
    assert unclear == set()


def refusal(db, admin, query, values):
    """The error that a call ends in, None where it gives something; nothing of it is kept."""
    try:
        with db.transaction(force_rollback=True), acting(db, admin):
            db.execute(query, values)
    except psycopg.Error as error:
        return error
    return None
