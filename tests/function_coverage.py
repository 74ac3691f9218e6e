"""Fails a run of the whole of tests/sql in which a function of ours was never executed.

Postgres itself counts the calls (track_functions). Every test process hands its counts over at its
end, also with xdist; a run of a part of tests/sql is not judged.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import psycopg
import pytest

FOLDER = Path(__file__).parent / "sql"
CALLED = "functions_called"
WHOLE = "whole_of_tests_sql"

CALLS = """
select pg_proc.oid::regproc::text, coalesce(sum(pg_stat_user_functions.calls), 0) > 0
from pg_proc
left join pg_stat_user_functions on pg_stat_user_functions.funcid = pg_proc.oid
where pg_proc.pronamespace::regnamespace::text in ('public', 'private')
group by pg_proc.oid
"""

executed: dict[str, bool] = {}
deselected: list[pytest.Item] = []
whole_run = pytest.StashKey[bool]()
never_executed = pytest.StashKey[list[str]]()


def take_calls(url: str) -> None:
    """Adds what a database counted; its backends have reported when they are gone."""
    with psycopg.connect(url) as connection:
        for name, called in connection.execute(CALLS).fetchall():
            executed[name] = executed.get(name, False) or called


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
        config.workeroutput[CALLED] = executed
        config.workeroutput[WHOLE] = is_whole(session)
        return
    missing = sorted(name for name, called in executed.items() if not called)
    whole = is_whole(session) or config.stash.get(whole_run, False)
    if missing and whole and session.exitstatus == pytest.ExitCode.OK:
        config.stash[never_executed] = missing
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any, error: object) -> None:
    output = getattr(node, "workeroutput", {})
    for name, called in output.get(CALLED, {}).items():
        executed[name] = executed.get(name, False) or called
    if output.get(WHOLE):
        node.config.stash[whole_run] = True


def pytest_terminal_summary(terminalreporter: Any, config: pytest.Config) -> None:
    missing = config.stash.get(never_executed, [])
    if missing:
        terminalreporter.section("functions that no test executes", red=True)
        terminalreporter.line("\n".join(missing))
