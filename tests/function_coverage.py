"""Fails a run of the whole of tests/sql that leaves something out: a function, or a refusal.

Postgres itself counts the calls of functions (track_functions); tests note which error codes they
saw from which function. Every test process hands its findings over at its end, also with xdist; a
run of a part of tests/sql is not judged.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import psycopg
import pytest

from local.schema import SQL
from tests.waiting import wait_until

FOLDER = Path(__file__).parent / "sql"
SEEN = "seen_by_tests_sql"
WHOLE = "whole_of_tests_sql"
NAME = re.compile(r"^create or replace function (\w+\.\w+)\(", re.MULTILINE)
CODE = re.compile(r"errcode = '(\w+)'")
RAISED_IN = re.compile(r"PL/pgSQL function (\w+\.\w+)\(.*at RAISE")

CALLS = """
select pronamespace::regnamespace::text || '.' || proname,
  coalesce(sum(pg_stat_user_functions.calls), 0) > 0
from pg_proc
left join pg_stat_user_functions on pg_stat_user_functions.funcid = pg_proc.oid
where pg_proc.pronamespace::regnamespace::text in ('public', 'private')
group by pg_proc.oid, pronamespace, proname
"""

ALONE = """
select not exists (
  select from pg_stat_activity
  where datname = current_database() and pid <> pg_backend_pid() and backend_type = 'client backend'
)
"""

seen: dict[str, bool] = {}
deselected: list[pytest.Item] = []
whole_run = pytest.StashKey[bool]()
left_out = pytest.StashKey[list[str]]()


def take_calls(url: str) -> None:
    """Adds what a database counted; its backends have reported when they are gone."""
    with psycopg.connect(url, autocommit=True) as connection:
        wait_until(lambda: connection.execute(ALONE).fetchone() == (True,))
        for name, called in connection.execute(CALLS).fetchall():
            note(f"{name} is never executed", called)
    for path in SQL.rglob("*.sql"):
        for function in NAME.findall(path.read_text())[:1]:
            for code in CODE.findall(path.read_text()):
                note(f"{function} never raises {code}", False)


def note(omission: str, is_made_good: bool) -> None:
    """Notes something that must happen, and whether it did."""
    seen[omission] = seen.get(omission, False) or is_made_good


def note_refusal(problem: psycopg.Error) -> None:
    """Notes an error that a test expected; Postgres does not count a call that ends in one."""
    raised = RAISED_IN.match(problem.diag.context or "")
    if raised:
        note(f"{raised[1]} never raises {problem.sqlstate}", True)
        note(f"{raised[1]} is never executed", True)


def pytest_deselected(items: list[pytest.Item]) -> None:
    deselected.extend(item for item in items if FOLDER in item.path.parents)


def is_whole(session: pytest.Session) -> bool:
    """Whether every test of tests/sql was chosen to run."""
    chosen = {item.path for item in getattr(session, "items", [])}
    files = set(FOLDER.rglob("test_*.py"))
    by_name = any("::" in argument for argument in session.config.args)
    return bool(files) and files <= chosen and not deselected and not by_name


@pytest.hookimpl(tryfirst=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    config = session.config
    if hasattr(config, "workeroutput"):
        config.workeroutput[SEEN] = seen
        config.workeroutput[WHOLE] = is_whole(session)
        return
    missing = sorted(omission for omission, is_made_good in seen.items() if not is_made_good)
    whole = is_whole(session) or config.stash.get(whole_run, False)
    if missing and whole and session.exitstatus == pytest.ExitCode.OK:
        config.stash[left_out] = missing
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any, error: object) -> None:
    output = getattr(node, "workeroutput", {})
    for omission, is_made_good in output.get(SEEN, {}).items():
        note(omission, is_made_good)
    if output.get(WHOLE):
        node.config.stash[whole_run] = True


def pytest_terminal_summary(terminalreporter: Any, config: pytest.Config) -> None:
    missing = config.stash.get(left_out, [])
    if missing:
        terminalreporter.section("what tests/sql leaves out", red=True)
        terminalreporter.line("\n".join(missing))
