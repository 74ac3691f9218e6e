"""The database fixtures: one embedded server for each test process, a migrated template, clones."""

from __future__ import annotations

import json
import os
import secrets
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
from psycopg import Connection, sql

from local.embedded import other_passwords
from local.platform import set_passwords
from local.ports import find_free_port
from local.postgres import Postgres, PostgresConfig
from local.schema import (
    apply_schema,
    clone_database,
    create_platform_database,
    drop_database,
)

MAJOR = int(os.environ.get("ROMASHKA_TEST_PG", "16"))
PLATFORM = "platform_template"
MIGRATED = "migrated_template"
# Tests ask what happens when a process dies, not when the machine loses its power.
FAST = {"fsync": "off", "full_page_writes": "off", "max_connections": "200"}


def start_server(directory: Path, major: int) -> Postgres:
    """Starts a server for tests with passwords of its own; the caller stops it."""
    passwords = {
        role: secrets.token_hex(16) for role in ("supabase_admin", "postgres", "authenticator")
    }
    server = Postgres(
        PostgresConfig(
            directory=directory,
            port=find_free_port(0),
            passwords=passwords,
            major=major,
            settings=FAST,
        )
    )
    server.start()
    return server


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Postgres]:
    """The embedded Postgres of this test process, with a platform template."""
    running = start_server(tmp_path_factory.mktemp("postgres"), MAJOR)
    try:
        create_platform_database(running.url("supabase_admin"), PLATFORM)
        set_passwords(running.url("supabase_admin"), other_passwords(running))
        yield running
    finally:
        running.stop()


@pytest.fixture(scope="session")
def migrated_template(server: Postgres) -> str:
    """The name of a database with every migration applied, to be cloned and not connected to."""
    clone_database(server.url("supabase_admin"), PLATFORM, MIGRATED)
    apply_schema(server.url(database=MIGRATED))
    return MIGRATED


@pytest.fixture(scope="session")
def database_url(server: Postgres, migrated_template: str) -> str:
    """The address, as role postgres, of a migrated database for tests that roll back."""
    clone_database(server.url("supabase_admin"), migrated_template, "rolled_back")
    return server.url(database="rolled_back")


@pytest.fixture
def db(database_url: str) -> Iterator[Connection]:
    """A connection as role postgres whose transaction is rolled back."""
    with psycopg.connect(database_url) as connection:
        yield connection
        connection.rollback()


@pytest.fixture
def as_role() -> Callable[..., None]:
    """Takes on a role with claims: as_role(db, "authenticated", sub=…); None is postgres again."""
    return take_role


def take_role(connection: Connection, role: str | None, **claims: Any) -> None:
    """Sets role and JWT claims for the rest of the transaction."""
    text = json.dumps({"role": role, **claims}, default=str) if role else ""
    connection.execute("select set_config('request.jwt.claims', %s, true)", [text])
    if role is None:
        connection.execute("reset role")
    else:
        connection.execute(sql.SQL("set local role {}").format(sql.Identifier(role)))


@pytest.fixture
def fresh_database(server: Postgres, migrated_template: str) -> Iterator[Callable[[], str]]:
    """Gives addresses of new migrated databases, for tests that commit; dropped afterwards."""
    yield from databases_from(server, migrated_template)


@pytest.fixture
def platform_database(server: Postgres) -> Iterator[Callable[[], str]]:
    """Gives addresses of new databases that have the platform and nothing of ours."""
    yield from databases_from(server, PLATFORM)


def databases_from(server: Postgres, template: str) -> Iterator[Callable[[], str]]:
    """Gives a callable that clones a template, and drops every clone at the end."""
    admin = server.url("supabase_admin")
    made: list[str] = []

    def make() -> str:
        name = f"test_{secrets.token_hex(6)}"
        clone_database(admin, template, name)
        made.append(name)
        return server.url(database=name)

    yield make
    for name in made:
        drop_database(admin, name)


@pytest.fixture(scope="session")
def jwt_secret() -> str:
    """The key that signs the tokens of this test process."""
    return secrets.token_hex(32)
