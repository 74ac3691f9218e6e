"""The database fixtures: one embedded server for each test process, a migrated template, clones."""

from __future__ import annotations

import json
import os
import secrets
import signal
from collections.abc import Callable, Iterator
from typing import Any

import psycopg
import pytest
from psycopg import Connection, sql

from local.databases import (
    PLATFORM_TEMPLATE,
    clone_database,
    create_platform_template,
    drop_database,
)
from local.embedded import throwaway_server
from local.postgres import Postgres
from local.schema import apply_schema

pytest_plugins = ["tests.alone", "tests.function_coverage", "tests.grouped"]

# Who started us in the background may have us ignore Ctrl-C: the processes of tests must not.
signal.signal(signal.SIGINT, signal.default_int_handler)

MAJOR = int(os.environ.get("ROMASHKA_TEST_PG", "16"))
MIGRATED = "migrated_template"


@pytest.fixture(scope="session")
def server() -> Iterator[Postgres]:
    """The embedded Postgres of this test process."""
    with throwaway_server(MAJOR) as running:
        create_platform_template(running)
        yield running


@pytest.fixture(scope="session")
def migrated_template(server: Postgres) -> str:
    """The name of a database with every migration applied, to be cloned and not connected to."""
    apply_schema(clone_database(server, PLATFORM_TEMPLATE, MIGRATED))
    return MIGRATED


@pytest.fixture(scope="session")
def database_url(server: Postgres, migrated_template: str) -> str:
    """The address, as role postgres, of a migrated database for tests that roll back."""
    return clone_database(server, migrated_template, "rolled_back")


@pytest.fixture(scope="session")
def warm(database_url: str) -> Iterator[list[Connection]]:
    """The connection that tests use one after the other: a new one would plan everything anew."""
    kept: list[Connection] = []
    yield kept
    for connection in kept:
        connection.close()


@pytest.fixture
def db(database_url: str, warm: list[Connection]) -> Iterator[Connection]:
    """A connection as role postgres whose transaction is rolled back."""
    connection = warm.pop() if warm else psycopg.connect(database_url)
    yield connection
    if not connection.closed:
        connection.rollback()
        warm.append(connection)


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
    yield from databases_from(server, PLATFORM_TEMPLATE)


def databases_from(server: Postgres, template: str) -> Iterator[Callable[[], str]]:
    """Gives a callable that clones a template, and drops every clone at the end."""
    made: list[str] = []

    def make() -> str:
        made.append(f"test_{secrets.token_hex(6)}")
        return clone_database(server, template, made[-1])

    yield make
    for name in made:
        drop_database(server, name)


@pytest.fixture(scope="session")
def jwt_secret() -> str:
    """The key that signs the tokens of this test process."""
    return secrets.token_hex(32)
