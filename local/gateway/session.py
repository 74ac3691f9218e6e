"""One transaction of the database, seen through the eyes of one caller."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import psycopg
from psycopg import AsyncConnection
from psycopg_pool import AsyncConnectionPool
from starlette.requests import Request

from local.gateway.callers import Caller
from local.gateway.errors import ApiError, from_connection, from_database

Pool = AsyncConnectionPool[AsyncConnection[tuple[Any, ...]]]
Connection = AsyncConnection[tuple[Any, ...]]

# `set role` alone does not apply a role's own limits, so they are read from pg_roles; a role
# without limits has those of authenticator, the role every API request logs in as.
STEP_DOWN = """
select
  set_config('search_path', 'public, extensions', true),
  set_config('request.jwt.claims', $2, true),
  set_config('request.method', $3, true),
  set_config('request.path', $4, true),
  set_config('request.headers', $5, true),
  (select string_agg(set_config(limits.name, limits.value, true), ',')
   from (
     select distinct on (split_part(setting, '=', 1))
       split_part(setting, '=', 1) as name,
       substr(setting, strpos(setting, '=') + 1) as value
     from pg_roles, unnest(pg_roles.rolconfig) as setting
     where pg_roles.rolname in ($1, 'authenticator')
       and split_part(setting, '=', 1) in ('statement_timeout', 'lock_timeout')
     order by split_part(setting, '=', 1), (pg_roles.rolname = $1) desc
   ) as limits),
  set_config('role', $1, true)
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Visit:
    """What policies and functions may read about the request that is under way."""

    method: str
    path: str
    headers: Mapping[str, str]


def visit(request: Request) -> Visit:
    """The visible part of a request; credentials stay out of the database's settings."""
    hidden = {"authorization", "apikey", "cookie"}
    headers = {name: value for name, value in request.headers.items() if name not in hidden}
    path = request.url.path.removeprefix("/rest/v1")
    return Visit(method=request.method, path=path, headers=headers)


def rest_error(error: psycopg.Error, caller: Caller) -> ApiError:
    """A failure of the database as REST clients read it."""
    return from_database(error, authenticated=caller.role != "anon")


@asynccontextmanager
async def as_caller(
    pool: Pool,
    caller: Caller,
    seen: Visit,
    *,
    read_only: bool = False,
    commits: bool = True,
    explain: Callable[[psycopg.Error, Caller], ApiError] = rest_error,
) -> AsyncIterator[Connection]:
    """A transaction with the caller's role, claims and limits, committed at the end.

    Without `commits` it is a trial that is taken back. Every failure of the database is raised as
    `explain` tells it, after rolling back.
    """
    try:
        async with pool.connection() as connection:
            await _begin(connection, caller, seen, read_only)
            try:
                yield connection
            except BaseException:
                await connection.rollback()
                raise
            await (connection.commit() if commits else connection.rollback())
    except psycopg.Error as error:
        raise explain(error, caller) from error
    except OSError as error:
        raise from_connection(error) from error


async def _begin(connection: Connection, caller: Caller, seen: Visit, read_only: bool) -> None:
    claims = json.dumps({**caller.claims, "role": caller.role})
    headers = json.dumps(dict(seen.headers))
    try:
        async with connection.pipeline():
            await connection.execute("begin read only" if read_only else "begin")
            await connection.execute(
                STEP_DOWN, (caller.role, claims, seen.method, seen.path, headers)
            )
    except BaseException:
        await connection.rollback()
        raise
