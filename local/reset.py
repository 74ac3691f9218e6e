"""Empties a database of everything migrations made, over the ordinary address of role postgres."""

from __future__ import annotations

import psycopg
from psycopg import Connection, sql

ATTEMPTS = 5
OWN_SCHEMAS = ("private", "supabase_migrations")
PUBLIC_RELATIONS = """
select format(
  case relkind
    when 'v' then 'drop view if exists public.%I cascade'
    when 'm' then 'drop materialized view if exists public.%I cascade'
    when 'S' then 'drop sequence if exists public.%I cascade'
    when 'f' then 'drop foreign table if exists public.%I cascade'
    else 'drop table if exists public.%I cascade'
  end,
  relname
)
from pg_class
where relnamespace = 'public'::regnamespace and relkind in ('r', 'p', 'v', 'm', 'S', 'f')
  and pg_get_userbyid(relowner) = current_user
  and not exists (select from pg_depend where objid = pg_class.oid and deptype in ('e', 'i'))
"""
PUBLIC_ROUTINES = """
select format('drop routine if exists public.%I(%s) cascade', proname,
  pg_get_function_identity_arguments(oid))
from pg_proc
where pronamespace = 'public'::regnamespace and pg_get_userbyid(proowner) = current_user
  and not exists (select from pg_depend where objid = pg_proc.oid and deptype = 'e')
"""
PUBLIC_TYPES = """
select format('drop type if exists public.%I cascade', typname)
from pg_type
where typnamespace = 'public'::regnamespace and typtype in ('e', 'd', 'c', 'r')
  and pg_get_userbyid(typowner) = current_user
  and not exists (select from pg_depend where objid = pg_type.oid and deptype in ('e', 'i'))
"""
PLATFORM_POLICIES = """
select format('drop policy if exists %I on %I.%I', policyname, schemaname, tablename)
from pg_policies where schemaname in ('realtime', 'storage')
"""


def reset(url: str) -> None:
    """Drops this role's objects in public, our other schemas, and policies on platform tables.

    The rows of auth and storage stay, as do the schema public itself and its default privileges.
    One transaction; begun anew where it gets into a deadlock with whoever uses the tables.
    """
    with psycopg.connect(url, autocommit=True) as connection:
        for attempt in range(ATTEMPTS):
            try:
                with connection.transaction():
                    drop_everything(connection)
                return
            except psycopg.errors.DeadlockDetected:
                if attempt == ATTEMPTS - 1:
                    raise


def drop_everything(connection: Connection) -> None:
    """Drops what migrations made, in the open transaction."""
    for name in OWN_SCHEMAS:
        connection.execute(sql.SQL("drop schema if exists {} cascade").format(sql.Identifier(name)))
    for query in (PLATFORM_POLICIES, PUBLIC_RELATIONS, PUBLIC_ROUTINES, PUBLIC_TYPES):
        run_each(connection, query)


def run_each(connection: Connection, query: str) -> None:
    """Runs every statement that a query over the catalogue gives."""
    for (statement,) in connection.execute(query.encode()).fetchall():
        connection.execute(statement.encode())
