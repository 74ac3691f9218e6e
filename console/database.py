"""`romashka db`: the database's schema and a prompt on it."""

from __future__ import annotations

import signal
import sys
import time

import typer

from console.down import send
from console.logs import quieten_logs
from console.output import data, data_json, paint, say
from console.place import find_run, plan_here, reachable
from console.problems import CHECK_FAILED, CONFLICT, NOT_READY, USAGE, Problem
from console.status import why_not_ready
from local import schema
from local.demo_agent import ensure_demo_agent
from local.draft import write_baseline, write_migration
from local.embedded import configuration, rebuild, throwaway_server
from local.plan import ROOT, Plan
from local.ports import find_free_port
from local.postgres import Postgres
from local.run_file import Run

READY_WITHIN_S = 60.0
POLL_S = 0.1
# They know channels and policies from the database that is gone.
RESTARTED = ("webhooks", "worker", "gateway")


def push(*, as_json: bool) -> None:
    """Apply the migrations that the database misses."""
    quieten_logs()
    plan = reachable()
    applied = [
        f"{item.version}_{item.name}" for item in schema.push(plan.db_url, schema.MIGRATIONS)
    ]
    if as_json:
        data_json({"applied": applied})
    else:
        data("\n".join(applied) or "nothing to apply")


def status(*, as_json: bool) -> None:
    """Print each migration and where it is; exit code 5 when checkout and database differ."""
    plan = reachable()
    states = schema.status(plan.db_url, schema.MIGRATIONS)
    same = all(state.in_folder and state.in_database for state in states)
    if as_json:
        rows = [
            {"version": s.version, "name": s.name, "local": s.in_folder, "database": s.in_database}
            for s in states
        ]
        data_json({"in_step": same, "migrations": rows})
    for state in [] if as_json else states:
        where = {(True, True): "applied", (True, False): paint("missing in database", "red")}
        text = where.get((state.in_folder, state.in_database), paint("not in checkout", "red"))
        data(f"{state.version}  {state.name:<40} {text}")
    if not same:
        raise typer.Exit(CHECK_FAILED)


def reset(*, confirmed: bool) -> None:
    """Make the embedded database anew, running or not; refuses a hosted project's."""
    quieten_logs()
    plan = plan_here()
    if plan.project:
        raise Problem(
            CONFLICT,
            "hosted",
            "this checkout uses a hosted project: its database is not reset from here",
            "supabase db reset --remote, if you are sure",
        )
    if not confirmed and not _asked():
        raise Problem(USAGE, "not_confirmed", "nothing was changed", "romashka db reset --yes")
    run = find_run()
    if run is None:
        _rebuild_stopped(plan)
    else:
        _reset_running(plan, run)
    data("the database is new")


def migration(name: str, *, baseline: bool) -> None:
    """Write the migration from the present ones to sql/ and print its path."""
    quieten_logs()
    if baseline:
        path = write_baseline(ROOT)
    else:
        with throwaway_server() as server:
            found = write_migration(ROOT, name, server)
        if found is None:
            data("nothing has changed in sql/")
            return
        path = found
    data(str(path.relative_to(ROOT)))


def _asked() -> bool:
    if not sys.stdin.isatty():
        return False
    say("Everything in the local database will be lost. Go on? [y/N]")
    return sys.stdin.readline().strip().lower() in ("y", "yes")


def _reset_running(plan: Plan, run: Run) -> None:
    """Empty the database of a running system, fill it anew, and have its processes start again."""
    schema.reset(plan.db_url)
    schema.apply_schema(plan.db_url)
    schema.seed(plan.db_url, schema.SEED)
    ensure_demo_agent(plan)
    for name in RESTARTED:
        send(run.processes[name], signal.SIGTERM)
    _wait_until_ready(plan, run)


def _wait_until_ready(plan: Plan, before: Run) -> None:
    """Wait until other processes than before run and are ready."""
    deadline = time.monotonic() + READY_WITHIN_S
    while time.monotonic() < deadline:
        run = find_run()
        new = run and all(run.processes.get(n) != before.processes[n] for n in RESTARTED)
        if run and new and not why_not_ready(plan, run):
            return
        time.sleep(POLL_S)
    raise Problem(NOT_READY, "not_ready", "the system did not come back", "romashka doctor")


def _rebuild_stopped(plan: Plan) -> None:
    """Start Postgres alone for a moment and make its database anew."""
    port = find_free_port(plan.ports.database)
    with Postgres(configuration(plan.state, port, plan.secrets.passwords())) as server:
        rebuild(server)
