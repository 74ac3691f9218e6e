"""What is asked of a hosted project before anything is started against it."""

from __future__ import annotations

import httpx
import psycopg

from local.plan import Plan

TIMEOUT_S = 10
SCHEMA = (
    "select to_regclass('public.messages') is not null and to_regnamespace('private') is not null"
)


class ProjectNotReady(Exception):
    """The project cannot be used as it is; the text says what to do."""


def check_project(plan: Plan) -> None:
    """Raise ProjectNotReady unless database, schema, address and key are as they must be."""
    _check_database(plan.db_url)
    _check_api(plan.api_url, plan.anon_key)


def _check_database(url: str) -> None:
    try:
        with psycopg.connect(url, connect_timeout=TIMEOUT_S) as connection:
            row = connection.execute(SCHEMA).fetchone()
    except psycopg.Error as error:
        reason = str(error).strip().splitlines()[0]
        raise ProjectNotReady(
            f"the database of DATABASE_URL does not let us in: {reason}. The project's dashboard"
            " shows the address (Connect); the password is the database's, not yours."
        ) from error
    if not (row and row[0]):
        raise ProjectNotReady(
            "the project's database lacks our schema. Apply it first: `romashka db push`, or"
            " `npx supabase@3 db push --remote=<project ref>`."
        )


def _check_api(url: str, key: str) -> None:
    address = f"{url.rstrip('/')}/auth/v1/health"
    try:
        answer = httpx.get(address, headers={"apikey": key}, timeout=TIMEOUT_S)
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        raise ProjectNotReady(f"SUPABASE_URL does not answer: {error}") from error
    if answer.status_code in (401, 403):
        raise ProjectNotReady(
            "the project refuses SUPABASE_PUBLISHABLE_KEY: copy it again from Settings, API keys."
        )
    if answer.status_code != 200:
        raise ProjectNotReady(f"SUPABASE_URL answers {answer.status_code} where it should be well.")
