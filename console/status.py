"""`romashka status`: addresses, keys and processes, and whether everything is ready."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import typer

from console.output import data, data_json, paint, say
from console.place import running
from console.problems import NOT_READY, Problem

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
    reason = why_not_ready(plan.webhooks_url, current.state, set(current.pids) - set(pids))
    if reason:
        say(f"not ready: {reason}")
        raise typer.Exit(NOT_READY)


def show(description: Mapping[str, Any]) -> None:
    """Print the labels and their values as people know them from `supabase start`."""
    for name, label in LABELS.items():
        if description[name] is not None:
            data(f"{paint(f'{label:>16}', 'green')}: {description[name]}")
    pids = ", ".join(f"{name} {pid}" for name, pid in description["pids"].items())
    data(f"{paint('       Processes', 'green')}: {pids}")


def why_not_ready(webhooks_url: str, state: str, gone: set[str]) -> str:
    """One line on what is missing, empty when everything is ready."""
    from local.parts import reasons

    if state != "ready":
        return f"the system is {state}"
    if gone:
        return f"{', '.join(sorted(gone))} ended and is being started again"
    return reasons(f"{webhooks_url}/readyz")


def require_ready(webhooks_url: str, state: str) -> None:
    """Raise the problem that the running system is not ready."""
    reason = why_not_ready(webhooks_url, state, set())
    if reason:
        raise Problem(NOT_READY, "not_ready", f"not ready: {reason}", "romashka doctor says more")
