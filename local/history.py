"""Applies migrations to a database and keeps the books as the Supabase CLI keeps them."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from pathlib import Path

import psycopg
import structlog
from psycopg import Connection

from local.errors import NEW_OR_OLD
from local.statements import split_statements

LOG = structlog.get_logger(__name__)
FILE_NAME = re.compile(r"^(\d+)_(.*)\.sql$")
LOCK = "select pg_advisory_xact_lock(hashtext('supabase_migrations'))"
BOOKS = """
create schema if not exists supabase_migrations;
create table if not exists supabase_migrations.schema_migrations (
  version text not null primary key, statements text[], name text
);
create table if not exists supabase_migrations.seed_files (
  path text not null primary key, hash text not null
);
"""


class MigrationFailed(Exception):
    """A statement of a migration or seed file was refused; nothing of that file is stored."""


class HistoryDiffers(Exception):
    """The database has migrations that the folder has not, or misses one before its last."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Migration:
    """One file of supabase/migrations: its version (a timestamp), name and path."""

    version: str
    name: str
    path: Path


@dataclass(frozen=True, slots=True, kw_only=True)
class MigrationState:
    """One version, and where it is known: in the folder, in the database, or both."""

    version: str
    name: str
    in_folder: bool
    in_database: bool


def migrations(folder: Path) -> list[Migration]:
    """Gives the migrations of a folder by version; files under other names are not migrations."""
    found = []
    for path in folder.glob("*.sql"):
        if match := FILE_NAME.match(path.name):
            found.append(Migration(version=match[1], name=match[2], path=path))
    return sorted(found, key=lambda migration: migration.version)


def push(url: str, folder: Path) -> list[Migration]:
    """Applies what is missing, each file in one transaction, and gives what was applied.

    Two pushes at once exclude each other, and one that was interrupted can be repeated. Raises
    MigrationFailed and HistoryDiffers.
    """
    with psycopg.connect(url, autocommit=True) as connection:
        return push_on(connection, migrations(folder))


def push_on(connection: Connection, wanted: list[Migration]) -> list[Migration]:
    """Applies the missing ones of `wanted` on a connection in autocommit mode."""
    with connection.transaction():
        connection.execute(LOCK)
        connection.execute(BOOKS)
        check_history(applied_versions(connection), [migration.version for migration in wanted])
    return [migration for migration in wanted if apply(connection, migration)]


def apply(connection: Connection, migration: Migration) -> bool:
    """Applies one migration unless it is applied already; tells which."""
    with connection.transaction():
        connection.execute(LOCK)
        if migration.version in applied_versions(connection):
            return False
        statements = run_file(connection, migration.path)
        connection.execute(
            "insert into supabase_migrations.schema_migrations (version, statements, name)"
            " values (%s, %s, %s)",
            [migration.version, statements, migration.name],
        )
    connection.execute("reset all")
    LOG.info("migration applied", version=migration.version, name=migration.name)
    return True


def run_file(connection: Connection, path: Path) -> list[str]:
    """Runs a file's statements in the open transaction and gives their texts."""
    statements = split_statements(path.read_text())
    for statement in statements:
        try:
            connection.execute(statement.text.encode())
        except psycopg.Error as problem:
            message = problem.diag.message_primary or str(problem)
            where = f"{path.name}, line {statement.line}"
            raise MigrationFailed(f"{where}: {message} ({problem.sqlstate})") from problem
    return [statement.text for statement in statements]


def applied_versions(connection: Connection) -> list[str]:
    """Gives the versions the database knows, in order."""
    rows = connection.execute(
        "select version from supabase_migrations.schema_migrations order by version"
    )
    return [version for (version,) in rows]


def applied_texts(connection: Connection) -> dict[str, list[str]]:
    """Gives the statements of what is applied by version; none in a database without books."""
    if not has_books(connection):
        return {}
    query = "select version, statements from supabase_migrations.schema_migrations"
    return dict(connection.execute(query).fetchall())


def has_books(connection: Connection) -> bool:
    """Tells whether anybody has ever pushed a migration to the database."""
    row = connection.execute(
        "select to_regclass('supabase_migrations.schema_migrations') is not null"
    ).fetchone()
    return row == (True,)


def statements_of(migration: Migration) -> list[str]:
    """Gives a migration's statements as the books hold them."""
    return [statement.text for statement in split_statements(migration.path.read_text())]


def check_history(applied: list[str], wanted: list[str]) -> None:
    """Raises HistoryDiffers where applying the missing files would not give the folder's schema."""
    unknown = [version for version in applied if version not in wanted]
    if unknown:
        raise HistoryDiffers(
            f"the database has migrations that this checkout has not ({', '.join(unknown)}): update"
            f" the checkout. {NEW_OR_OLD}"
        )
    late = [version for version in wanted if version not in applied and applied[-1:] > [version]]
    if late:
        raise HistoryDiffers(
            f"migrations {', '.join(late)} are older than {applied[-1]}, the last one applied:"
            f" give them a later timestamp"
        )


def status(url: str, folder: Path) -> list[MigrationState]:
    """Gives every version known to the folder or to the database, in order."""
    wanted = {migration.version: migration.name for migration in migrations(folder)}
    with psycopg.connect(url) as connection:
        applied = dict(read_names(connection)) if has_books(connection) else {}
    return [
        MigrationState(
            version=version,
            name=wanted.get(version) or applied.get(version) or "",
            in_folder=version in wanted,
            in_database=version in applied,
        )
        for version in sorted(wanted | applied)
    ]


def read_names(connection: Connection) -> list[tuple[str, str]]:
    """Gives version and name of what is applied."""
    return connection.execute(
        "select version, coalesce(name, '') from supabase_migrations.schema_migrations"
    ).fetchall()


def seed(url: str, path: Path) -> bool:
    """Runs a seed file once for each of its contents; tells whether it ran now."""
    if not path.exists():
        return False
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    name = f"supabase/{path.name}"
    with psycopg.connect(url) as connection:
        connection.execute(LOCK)
        connection.execute(BOOKS)
        known = connection.execute(
            "select hash from supabase_migrations.seed_files where path = %s", [name]
        ).fetchone()
        if known == (digest,):
            return False
        if known is None:
            run_file(connection, path)
        connection.execute(
            "insert into supabase_migrations.seed_files (path, hash) values (%s, %s)"
            " on conflict (path) do update set hash = excluded.hash",
            [name, digest],
        )
    return known is None
