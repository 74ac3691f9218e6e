"""`romashka db`: the database's schema and a prompt on it."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from urllib.parse import unquote, urlsplit

from console.logs import quieten_logs
from console.output import data, data_json, paint, say
from console.place import find_run, plan_here, running
from console.problems import CHECK_FAILED, CONFLICT, USAGE, Problem
from local.plan import ROOT, Plan


def push(*, as_json: bool) -> None:
    """Apply the migrations that the database misses."""
    quieten_logs()
    from local.schema import MIGRATIONS
    from local.schema import push as apply

    plan, _ = _reachable()
    applied = [f"{item.version}_{item.name}" for item in apply(plan.db_url, MIGRATIONS)]
    if as_json:
        data_json({"applied": applied})
    else:
        data("\n".join(applied) or "nothing to apply")


def status(*, as_json: bool) -> None:
    """Print each migration and where it is; exit code 5 when checkout and database differ."""
    import typer

    from local.schema import MIGRATIONS
    from local.schema import status as compare

    plan, _ = _reachable()
    states = compare(plan.db_url, MIGRATIONS)
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
    if find_run() is not None:
        _reset_running(plan)
    else:
        _rebuild_stopped(plan)
    data("the database is new")


def migration(name: str, *, baseline: bool) -> None:
    """Write the migration from the present ones to sql/ and print its path."""
    quieten_logs()
    from local.draft import AlreadyReleased, BadName, write_baseline, write_migration
    from local.embedded import throwaway_server

    try:
        if baseline:
            path = write_baseline(ROOT)
        else:
            with throwaway_server() as server:
                found = write_migration(ROOT, name, server)
            if found is None:
                data("nothing has changed in sql/")
                return
            path = found
    except (BadName, AlreadyReleased) as error:
        raise Problem(USAGE, "migration", str(error)) from error
    data(str(path.relative_to(ROOT)))


def psql(arguments: Sequence[str]) -> None:
    """Become psql on the database; the password travels by the environment, not the arguments."""
    from local.binaries import binary

    plan, _ = _reachable()
    parts = urlsplit(plan.db_url)
    user = unquote(parts.username or "postgres")
    bare = parts._replace(netloc=f"{user}@{parts.hostname}:{parts.port or 5432}").geturl()
    environ = {**os.environ, "PGPASSWORD": unquote(parts.password or "")}
    environ.setdefault("PGAPPNAME", "romashka psql")
    program = str(binary("psql"))
    sys.stdout.flush()
    os.execve(program, ["psql", "-d", bare, *arguments], environ)


def _reachable() -> tuple[Plan, object]:
    """The plan of a database that can be asked: a project's, or a running embedded one's."""
    plan = plan_here()
    return (plan, None) if plan.project else running()


def _asked() -> bool:
    if not sys.stdin.isatty():
        return False
    say("Everything in the local database will be lost. Go on? [y/N]")
    return sys.stdin.readline().strip().lower() in ("y", "yes")


def _reset_running(plan: Plan) -> None:
    """Empty the database of a running system and fill it anew, its processes staying up."""
    from local.demo_agent import ensure_demo_agent
    from local.schema import SEED, apply_schema, seed
    from local.schema import reset as empty

    empty(plan.db_url)
    apply_schema(plan.db_url)
    seed(plan.db_url, SEED)
    ensure_demo_agent(plan)


def _rebuild_stopped(plan: Plan) -> None:
    """Start Postgres alone for a moment and make its database anew."""
    from local.embedded import configuration, rebuild
    from local.plan import free_ports
    from local.postgres import Postgres

    port = free_ports(plan.ports, lambda _: None).database
    with Postgres(configuration(plan.state, port, plan.secrets.passwords())) as server:
        rebuild(server)
