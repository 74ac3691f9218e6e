"""A gateway over a database of its own, shared by the tests of this folder."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from local.cluster import SUPERUSER
from local.databases import PLATFORM_TEMPLATE, clone_database
from local.postgres import Postgres
from tests.local.http.door import Door, running_door

SCHEMA = Path(__file__).with_name("schema.sql")
EMPTY = """
truncate public.notes, public.books, public.loans, public.masked, public."odd ""name"" %s {0}"
restart identity
"""


@pytest.fixture(scope="session")
def http_database(server: Postgres) -> str:
    """The superuser's address of a database with the tables of schema.sql."""
    clone_database(server, PLATFORM_TEMPLATE, "http_tests")
    url = server.url(SUPERUSER, "http_tests")
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(SCHEMA.read_bytes())
    return url


@pytest.fixture(scope="session")
def shared_door(
    http_database: str, jwt_secret: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Door]:
    """The gateway most tests share."""
    with running_door(http_database, jwt_secret, tmp_path_factory.mktemp("gateway")) as door:
        yield door


@pytest.fixture
def door(shared_door: Door) -> Door:
    """The shared gateway over empty tables."""
    with psycopg.connect(shared_door.database_url, autocommit=True) as connection:
        connection.execute(EMPTY.encode())
    return shared_door
