"""Checks of a running system, from the outside: its HTTP doors, its database, its worker."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from functools import partial, update_wrapper
from typing import Any

import httpx
import psycopg

from console.alerts import alerts
from console.channel_faults import channels
from console.checks_readiness import dead_letters, heartbeat, queues, ready
from console.doctor import Check, Finding, Group
from console.knowledge import unused
from console.place import find_run, plan_here
from console.prices import budget, prices
from local.history import status as migration_status
from local.plan import Plan
from local.schema import MIGRATIONS

SLOW_ROUND_TRIP_MS = 200
CLOCK_S = 5.0
Asks = Callable[[Plan], Finding]


OF_READINESS: Mapping[str, Asks] = {
    "ready": ready,
    "worker": heartbeat,
    "queues": queues,
    "dead letters": dead_letters,
}


def checks_running() -> Sequence[Group]:
    """The checks; where nothing runs, one that says so."""
    run = find_run()
    plan = plan_here()
    if run is None and not plan.project:
        return (Group(first=_nothing_runs, others={}),)
    return (
        _group(plan, gateway, {"clock": clock, "sign-in": sign_in, "realtime": realtime}),
        _group(
            plan,
            database,
            {
                "migrations": migrations,
                "row security": row_security,
                "channels": channels,
                "alerts": alerts,
                "prices": prices,
                "budget": budget,
                "knowledge": unused,
            },
        ),
        _group(plan, webhooks, OF_READINESS),
    )


def _group(plan: Plan, first: Asks, others: Mapping[str, Asks]) -> Group:
    rest = {name: _with(check, plan) for name, check in others.items()}
    return Group(first=_with(first, plan), others=rest)


def _with(check: Any, plan: Plan) -> Check:
    bound: Any = partial(check, plan)
    update_wrapper(bound, check)
    return bound  # type: ignore[no-any-return]  # a partial with the check's name


def _nothing_runs() -> Finding:
    return Finding(
        name="running",
        state="failed",
        meaning="Romashka does not run in this checkout",
        fix="make up",
    )


def gateway(plan: Plan) -> Finding:
    """Supabase's API answers."""
    address = f"{plan.api_url}/auth/v1/health"
    try:
        answer = _get(address, headers={"apikey": plan.anon_key})
    except httpx.HTTPError as error:
        return Finding(
            name="api",
            state="failed",
            meaning=f"{plan.api_url} does not answer: {error}",
            fix="romashka down; make up" if not plan.project else "check SUPABASE_URL in .env",
        )
    good = answer.status_code == 200
    return Finding(
        name="api",
        state="ok" if good else "failed",
        meaning=f"{plan.api_url} answers {answer.status_code}",
        fix="check the key in .env" if plan.project else "tail .romashka/log/gateway.log",
    )


def database(plan: Plan) -> Finding:
    """The database takes connections and is quick."""
    began = time.monotonic()
    try:
        with psycopg.connect(plan.db_url, connect_timeout=5) as connection:
            connection.execute("select 1")
            number = connection.info.server_version
    except psycopg.Error as error:
        return Finding(
            name="database",
            state="failed",
            meaning=f"no connection: {str(error).strip().splitlines()[0]}",
            fix="check DATABASE_URL" if plan.project else "tail .romashka/log/postgres.log",
        )
    spent = round((time.monotonic() - began) * 1000)
    return Finding(
        name="database", state="ok", meaning=f"Postgres {number // 10000} answers in {spent} ms"
    )


def migrations(plan: Plan) -> Finding:
    """The database has exactly this checkout's migrations."""
    states = migration_status(plan.db_url, MIGRATIONS)
    missing = [item.version for item in states if not item.in_database]
    unknown = [item.version for item in states if not item.in_folder]
    if unknown:
        return Finding(
            name="migrations",
            state="failed",
            meaning=f"the database has migrations this checkout lacks: {', '.join(unknown)}",
            fix="git pull" if plan.project else "git pull, or: romashka db reset --yes",
        )
    return Finding(
        name="migrations",
        state="failed" if missing else "ok",
        meaning=f"missing: {', '.join(missing)}"
        if missing
        else f"{len(states)} applied, none missing",
        fix="romashka db push",
    )


def row_security(plan: Plan) -> Finding:
    """Row level security is on for every table that the API shows."""
    query = (
        "select coalesce(string_agg(relname, ', '), '') from pg_class"
        " where relnamespace = 'public'::regnamespace and relkind in ('r', 'p')"
        " and not relrowsecurity"
    )
    with psycopg.connect(plan.db_url, connect_timeout=5) as connection:
        row = connection.execute(query).fetchone()
    without = row[0] if row else ""
    return Finding(
        name="row security",
        state="failed" if without else "ok",
        meaning=f"off for: {without}" if without else "on for every table in public",
        fix=f"alter table {without.split(', ')[0]} enable row level security",
    )


def webhooks(plan: Plan) -> Finding:
    """The Flask application answers and refuses what is not signed."""
    try:
        answer = httpx.post(f"{plan.webhooks_url}/webhooks/whatsapp", content=b"{}", timeout=5)
    except httpx.HTTPError as error:
        return Finding(
            name="webhooks",
            state="failed",
            meaning=f"{plan.webhooks_url} does not answer: {error}",
            fix="tail .romashka/log/webhooks.log",
        )
    good = answer.status_code == 401
    return Finding(
        name="webhooks",
        state="ok" if good else "failed",
        meaning=f"an unsigned request gets {answer.status_code}" + ("" if good else ", not 401"),
        fix="tail .romashka/log/webhooks.log",
    )


def clock(plan: Plan) -> Finding:
    """This machine's clock agrees with the API's: tokens and signatures carry times."""
    answer = _get(f"{plan.api_url}/auth/v1/health", headers={"apikey": plan.anon_key})
    if "date" not in answer.headers:
        return Finding(name="clock", state="skipped", meaning="the API sends no date")
    there = parsedate_to_datetime(answer.headers["date"])
    skew = abs((datetime.now(UTC) - there).total_seconds())
    return Finding(
        name="clock",
        state="ok" if skew < CLOCK_S else "failed",
        meaning=f"off by less than {skew + 1:.0f} s",
        fix="sudo timedatectl set-ntp true",
    )


def sign_in(plan: Plan) -> Finding:
    """The agent of the console can sign in."""
    email, password = plan.agent
    if not (email and password):
        return Finding(
            name="sign-in",
            state="skipped",
            meaning="no agent is set",
            fix="set ROMASHKA_AGENT_EMAIL and ROMASHKA_AGENT_PASSWORD in .env",
        )
    answer = httpx.post(
        f"{plan.api_url}/auth/v1/token?grant_type=password",
        json={"email": email, "password": password},
        headers={"apikey": plan.anon_key},
        timeout=10,
    )
    good = answer.status_code == 200
    return Finding(
        name="sign-in",
        state="ok" if good else "failed",
        meaning=f"{email} signs in" if good else f"{email} is refused ({answer.status_code})",
        fix="README, section on the first agent" if plan.project else "romashka db reset --yes",
    )


def realtime(plan: Plan) -> Finding:
    """A broadcast comes back over Realtime, and quickly."""
    from console.ping import round_trip_ms

    try:
        spent = asyncio.run(round_trip_ms(plan))
    except Exception as error:
        return Finding(
            name="realtime",
            state="failed",
            meaning=f"no round trip: {type(error).__name__} {error}",
            fix="tail .romashka/log/gateway.log",
        )
    return Finding(
        name="realtime",
        state="ok" if spent < SLOW_ROUND_TRIP_MS else "warning",
        meaning=f"round trip {spent:.0f} ms",
        fix="see what keeps this machine busy: top",
    )


def _get(address: str, headers: dict[str, str] | None = None) -> httpx.Response:
    return httpx.get(address, headers=headers, timeout=5)
