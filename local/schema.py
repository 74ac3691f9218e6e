"""The database's schema over time: from sql/ directly, by migrations, and from one to the other."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import psycopg
from psycopg import Connection, sql

from local.history import (
    HistoryDiffers,
    Migration,
    MigrationFailed,
    MigrationState,
    migrations,
    push,
    run_file,
    seed,
    status,
)
from local.platform import Regime, apply_platform
from local.reset import reset
from local.sources import load_order

__all__ = [
    "HistoryDiffers",
    "Migration",
    "MigrationFailed",
    "MigrationState",
    "apply_schema",
    "clone_database",
    "create_platform_database",
    "drop_database",
    "load_sources",
    "migrations",
    "push",
    "reset",
    "scratch_database",
    "seed",
    "status",
]

ROOT = Path(__file__).parent.parent
SQL = ROOT / "sql"
SUPABASE = ROOT / "supabase"
MIGRATIONS = SUPABASE / "migrations"
SEED = SUPABASE / "seed.sql"

FUNCTIONS = """
select pg_proc.oid::regprocedure::text, validators.proname, pg_proc.oid
from pg_proc
inner join pg_language on pg_language.oid = pg_proc.prolang
inner join pg_proc as validators on validators.oid = pg_language.lanvalidator
where pg_proc.pronamespace::regnamespace::text in ('public', 'private')
order by 1
"""


def load_sources(url: str, folder: Path = SQL, checked: bool = True) -> None:
    """Loads sql/ into a database that has none of it yet, in one transaction.

    Functions may call others that come later, so their bodies are checked when all are there,
    unless `checked` is false. Raises MigrationFailed.
    """
    with psycopg.connect(url) as connection:
        connection.execute("set local check_function_bodies = off")
        for path in load_order(folder):
            run_file(connection, path)
        if checked:
            check_bodies(connection)


def check_bodies(connection: Connection) -> None:
    """Has every function of public and private checked; raises MigrationFailed with its name.

    A variable that shadows another one is refused too.
    """
    connection.execute("set local check_function_bodies = on")
    connection.execute("set local plpgsql.extra_errors = 'shadowed_variables'")
    for identity, validator, oid in connection.execute(FUNCTIONS).fetchall():
        try:
            connection.execute(sql.SQL("select {}(%s)").format(sql.Identifier(validator)), [oid])
        except psycopg.Error as problem:
            message = problem.diag.message_primary or str(problem)
            raise MigrationFailed(f"{identity}: {message} ({problem.sqlstate})") from problem


def apply_schema(url: str, root: Path = ROOT) -> list[str]:
    """Brings a database to this checkout's schema; gives the versions of what was applied.

    As long as a checkout has no migration, sql/ is loaded directly (once), unfinished or not.
    """
    folder = root / "supabase" / "migrations"
    if migrations(folder):
        return [migration.version for migration in push(url, folder)]
    with psycopg.connect(url) as connection:
        row = connection.execute("select to_regnamespace('private') is null").fetchone()
    if row and row[0] and load_order(root / "sql"):
        load_sources(url, root / "sql", checked=False)
        return ["sql"]
    return []


def create_platform_database(admin_url: str, name: str, regime: Regime = "new") -> None:
    """Makes a database with the platform's schema; `admin_url` is the superuser's."""
    with psycopg.connect(admin_url, autocommit=True) as connection:
        statement = "create database {} template template0"
        connection.execute(sql.SQL(statement).format(sql.Identifier(name)))
    apply_platform(with_database(admin_url, name), regime)


def clone_database(admin_url: str, template: str, name: str) -> None:
    """Makes a copy of a database to which nobody is connected."""
    statement = sql.SQL("create database {} template {}").format(
        sql.Identifier(name), sql.Identifier(template)
    )
    with psycopg.connect(admin_url, autocommit=True) as connection:
        connection.execute(statement)
        grant = "grant all on database {} to postgres"
        connection.execute(sql.SQL(grant).format(sql.Identifier(name)))


def drop_database(admin_url: str, name: str) -> None:
    """Drops a database, whoever is connected to it; fine when it is gone already."""
    statement = sql.SQL("drop database if exists {} with (force)").format(sql.Identifier(name))
    with psycopg.connect(admin_url, autocommit=True) as connection:
        connection.execute(statement)


@contextmanager
def scratch_database(admin_url: str, template: str) -> Iterator[str]:
    """Gives the name of a copy of `template` that is dropped at the end."""
    name = f"{template}_{secrets.token_hex(4)}"
    clone_database(admin_url, template, name)
    try:
        yield name
    finally:
        drop_database(admin_url, name)


def with_database(url: str, name: str) -> str:
    """Gives the address of another database on the same server."""
    return urlsplit(url)._replace(path=f"/{name}").geturl()
