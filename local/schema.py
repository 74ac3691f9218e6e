"""The database's schema over time: from sql/ directly, by migrations, and from one to the other.

`push`, `reset`, `status` and `seed` work on any address of role postgres, embedded or hosted.
"""

from __future__ import annotations

from pathlib import Path

import psycopg
from psycopg import Connection, sql

from local.databases import create_platform_template, scratch_database
from local.dump import differences
from local.errors import NEW_OR_OLD
from local.history import (
    HistoryDiffers,
    Migration,
    MigrationFailed,
    MigrationState,
    applied_texts,
    migrations,
    push,
    run_file,
    seed,
    statements_of,
    status,
)
from local.postgres import Postgres
from local.reset import reset
from local.sources import load_order

__all__ = [
    "MIGRATIONS",
    "ROOT",
    "SEED",
    "HistoryDiffers",
    "Migration",
    "MigrationFailed",
    "MigrationState",
    "apply_schema",
    "drift",
    "load_sources",
    "migrations",
    "push",
    "reset",
    "seed",
    "status",
]

ROOT: Path = Path(__file__).parent.parent
SQL = ROOT / "sql"
MIGRATIONS = ROOT / "supabase" / "migrations"
SEED = ROOT / "supabase" / "seed.sql"

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
    Raises MigrationFailed, and HistoryDiffers also for a migration (the baseline, before 1.0) that
    has another text now than when it was applied.
    """
    folder = root / "supabase" / "migrations"
    if migrations(folder):
        check_texts(url, migrations(folder))
        return [migration.version for migration in push(url, folder)]
    with psycopg.connect(url) as connection:
        loaded = has_own_schema(connection)
    if not loaded and load_order(root / "sql"):
        load_sources(url, root / "sql", checked=False)
        return ["sql"]
    return []


def has_own_schema(connection: Connection) -> bool:
    """Tells whether the database has our schema, by whatever way it got it."""
    row = connection.execute("select to_regnamespace('private') is not null").fetchone()
    return row == (True,)


def check_texts(url: str, wanted: list[Migration]) -> None:
    """Raises HistoryDiffers where the database was made from other texts than the folder's."""
    with psycopg.connect(url) as connection:
        applied = applied_texts(connection)
        if not applied and has_own_schema(connection):
            raise HistoryDiffers(
                f"the database was made from sql/ without migrations. {NEW_OR_OLD}"
            )
    for migration in wanted:
        if applied.get(migration.version) not in (None, statements_of(migration)):
            raise HistoryDiffers(
                f"{migration.path.name} has changed since it was applied. {NEW_OR_OLD}"
            )


def drift(root: Path, server: Postgres) -> list[str]:
    """Gives the lines in which the schema made by the migrations differs from that of sql/.

    Makes and drops two databases on the embedded server. Raises MigrationFailed.
    """
    template = create_platform_template(server)
    with (
        scratch_database(server, template) as migrated,
        scratch_database(server, template) as sourced,
    ):
        push(migrated, root / "supabase" / "migrations")
        load_sources(sourced, root / "sql")
        return differences(migrated, sourced)
