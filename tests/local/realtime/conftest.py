"""A database with things to listen to, and gateways over it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import psycopg
import pytest

from local.cluster import SUPERUSER
from local.databases import PLATFORM_TEMPLATE, clone_database
from local.postgres import Postgres
from tests.local.realtime.gateways import Gateway, StartGateway, running_gateway

SCHEMA = Path(__file__).with_name("schema.sql")


@pytest.fixture(scope="session")
def realtime_database(server: Postgres) -> str:
    """The superuser's address of a database with the tables of schema.sql."""
    clone_database(server, PLATFORM_TEMPLATE, "realtime_tests")
    url = server.url(SUPERUSER, "realtime_tests")
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(SCHEMA.read_bytes())
    return url


@pytest.fixture(scope="session")
def gateway(realtime_database: str, jwt_secret: str) -> Iterator[Gateway]:
    """The gateway most tests share, in plain mode."""
    with running_gateway(realtime_database, jwt_secret) as running:
        yield running


@pytest.fixture
def start_gateway(realtime_database: str, jwt_secret: str) -> Iterator[StartGateway]:
    """Starts further gateways, of other modes or limits, over the same database."""
    with ExitStack() as stack:

        def start(**options: object) -> Gateway:
            running = running_gateway(realtime_database, jwt_secret, **options)  # type: ignore[arg-type]
            return stack.enter_context(running)

        yield start


@pytest.fixture(scope="session")
def cleaner(realtime_database: str) -> Iterator[psycopg.Connection]:
    """The connection that empties tables between tests."""
    with psycopg.connect(realtime_database, autocommit=True) as connection:
        yield connection


@pytest.fixture(autouse=True)
def empty_tables(cleaner: psycopg.Connection) -> None:
    """Begin every test without the rows of another; of a truncation subscribers hear nothing."""
    cleaner.execute(
        "truncate public.notes, public.samples, public.ledger, public.pairs, public.marks,"
        " public.oddities, public.wordlist"
    )
