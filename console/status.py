"""`romashka status`: addresses, keys and processes, and whether everything is ready."""

from __future__ import annotations

import time
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any

import typer

from console.channel_faults import Fault, channel_faults
from console.output import data, data_json, paint, say
from console.place import running
from console.problems import NOT_READY, Problem

if TYPE_CHECKING:
    from local.plan import Plan
    from local.run_file import Run

HEALTH_S = 1.0
READINESS_S = 5.0
CONNECT_S = 2
# Webhooks may say for half a second what it found before.
UNHEARD_S = 1.0
POLL_S = 0.05

LABELS = {
    "api_url": "API URL",
    "db_url": "DB URL",
    "anon_key": "anon key",
    "service_role_key": "service_role key",
    "webhooks_url": "Webhooks URL",
    "inbox_url": "Inbox URL",
    "dashboard_url": "Dashboard URL",
    "widget_url": "Widget URL",
    "providers_url": "Stand-ins URL",
    "agent_email": "Agent e-mail",
    "agent_password": "Agent password",
}


# The names under which settings, and the Supabase CLI, know the same things.
VARIABLES = {
    "SUPABASE_URL": "api_url",
    "SUPABASE_PUBLISHABLE_KEY": "anon_key",
    "SUPABASE_SECRET_KEY": "service_role_key",
    "DATABASE_URL": "db_url",
    "ROMASHKA_AGENT_EMAIL": "agent_email",
    "ROMASHKA_AGENT_PASSWORD": "agent_password",
}


def run(*, as_json: bool, as_env: bool = False) -> None:
    """Print the status; raises the problem that something is not ready (exit code 4)."""
    plan, current = running()
    pids = {name: process.pid for name, process in current.living().items()}
    description = plan.describe(pids)
    if as_json:
        data_json(description)
    elif as_env:
        data("\n".join(f"{name}={description[key] or ''}" for name, key in VARIABLES.items()))
    else:
        show(description)
        for fault in faults_now(plan):
            say(f"{fault.meaning}\n  {fault.fix}")
    reason = why_not_ready(plan, current)
    if reason:
        say(f"not ready: {reason}")
        raise typer.Exit(NOT_READY)


def faults_now(plan: Plan) -> list[Fault]:
    """What is wrong with channels, prices and the budget, and what is alerted; nothing while the
    database cannot say, told too."""
    import psycopg

    from console.alerts import alerts
    from console.prices import budget, prices

    try:
        found = [check(plan) for check in (alerts, prices, budget)]
        channels = channel_faults(plan.db_url)
    except psycopg.Error:
        return []
    named = [replace(fault, meaning=f"channel {fault.meaning}") for fault in channels]
    others = [
        Fault(state=one.state, meaning=one.meaning, fix=one.fix)
        for one in found
        if one.state != "ok"
    ]
    return [*named, *others]


def show(description: Mapping[str, Any]) -> None:
    """Print the labels and their values as people know them from `supabase start`."""
    for name, label in LABELS.items():
        if description[name] is not None:
            data(f"{paint(f'{label:>16}', 'green')}: {description[name]}")
    pids = ", ".join(f"{name} {pid}" for name, pid in description["pids"].items())
    data(f"{paint('       Processes', 'green')}: {pids}")


def why_not_ready(plan: Plan, current: Run) -> str:
    """One line on which part is missing or silent, empty when everything is ready."""
    if current.state != "ready":
        return f"the system is {current.state}"
    gone = sorted(set(current.parts) - set(current.living()))
    if gone:
        return f"{', '.join(gone)} ended and is being started again"
    with ThreadPoolExecutor(len(current.parts)) as pool:
        return "; ".join(filter(None, pool.map(partial(silence, plan), current.parts))) or (
            unheard(plan, current)
        )


def unheard(plan: Plan, current: Run) -> str:
    """What is to be said of a worker that was not heard of yet: an earlier one's heartbeat tells
    nothing of it.
    """
    from local.parts import health_address, is_heard

    worker = current.living().get("worker")
    deadline = time.monotonic() + UNHEARD_S
    while worker and not is_heard(health_address(plan, "worker"), worker.pid):
        if time.monotonic() > deadline:
            return "worker: it was not heard of yet"
        time.sleep(POLL_S)
    return ""


def silence(plan: Plan, name: str) -> str:
    """What is wrong with one part by its own word, empty when it is ready; a frozen one is."""
    from local.parts import health_address, reasons

    if name == "postgres":
        return database_silence(plan.db_url)
    # What webhooks says for the worker has asked the database: that may take it longer.
    patience_s = READINESS_S if name == "worker" else HEALTH_S
    reason = reasons(health_address(plan, name), patience_s)
    return f"{name}: {reason}" if reason else ""


def database_silence(url: str) -> str:
    """Whether Postgres lets nobody in; an open connection would not show that it is frozen."""
    import psycopg

    try:
        psycopg.connect(url, connect_timeout=CONNECT_S).close()
    except psycopg.OperationalError as error:
        return f"postgres: {str(error).strip().splitlines()[0]}"
    return ""


def require_ready(plan: Plan, current: Run) -> None:
    """Raise the problem that the running system is not ready."""
    reason = why_not_ready(plan, current)
    if reason:
        raise Problem(NOT_READY, "not_ready", f"not ready: {reason}", "romashka doctor says more")
