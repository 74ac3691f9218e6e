"""Which checkout a command speaks about, and what runs there."""

from __future__ import annotations

import os
from pathlib import Path

from console.problems import NOT_READY, USAGE, Problem, not_running
from local.plan import ROOT, STATE, Plan, Ports, make_plan
from local.run_file import Run, is_held, read_run

CONNECT_S = 5


def directory() -> Path:
    """The folder with .env and .romashka: ROMASHKA_DIRECTORY, or the checkout."""
    return Path(os.environ.get("ROMASHKA_DIRECTORY") or ROOT).resolve()


def running() -> tuple[Plan, Run]:
    """The plan and the processes of the system that runs here; raises the problem that none does.

    Settings come from the environment and .env of this terminal, ports from the running system.
    """
    run = find_run()
    if run is None:
        raise not_running()
    return make_plan(directory(), os.environ, run.ports), run


def find_run() -> Run | None:
    """The run of this checkout while somebody keeps it."""
    state = directory() / STATE
    return read_run(state) if is_held(state) else None


def plan_here() -> Plan:
    """The plan as it would be if everything were started now, or as it is running."""
    run = find_run()
    return make_plan(directory(), os.environ, run.ports if run else Ports())


def reachable() -> Plan:
    """The plan of a database that answers: a project's, or a running embedded one's."""
    plan = plan_here()
    plan = plan if plan.project else running()[0]
    _require_answer(plan)
    return plan


def _require_answer(plan: Plan) -> None:
    """Raise the problem that the database lets nobody in: a pool would try for a minute first."""
    import psycopg

    try:
        psycopg.connect(plan.db_url, connect_timeout=CONNECT_S).close()
    except psycopg.ProgrammingError:
        # What is wrong in it stays out of the text: it holds a password.
        text = "DATABASE_URL is no address of a database"
        hint = "as postgresql://postgres:PASSWORD@HOST:5432/postgres: the dashboard shows it"
        raise Problem(USAGE, "bad_configuration", text, hint) from None
    except psycopg.OperationalError as error:
        reason = (str(error).strip() or "no answer").splitlines()[0]
        named = "the database of DATABASE_URL" if plan.project else "the embedded Postgres"
        log = "tail .romashka/log/postgres.log"
        hint = "check DATABASE_URL, and whether the project is paused" if plan.project else log
        raise Problem(
            NOT_READY, "database_away", f"{named} does not let us in: {reason}", hint
        ) from None
