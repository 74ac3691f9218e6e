"""What the database tests share: Postgres counts which functions they execute."""

from __future__ import annotations

from collections.abc import Iterator

import psycopg
import pytest

from local.cluster import SUPERUSER
from local.postgres import Postgres
from tests.function_coverage import take_calls


@pytest.fixture(scope="session", autouse=True)
def counted_calls(
    server: Postgres, database_url: str, warm: list[psycopg.Connection]
) -> Iterator[None]:
    """Has every function call counted, and hands the counts over at the end of the run."""
    with psycopg.connect(server.url(SUPERUSER), autocommit=True) as connection:
        connection.execute("alter system set track_functions = 'all'")
        connection.execute("select pg_reload_conf()")
    yield
    while warm:
        warm.pop().close()
    take_calls(database_url)
