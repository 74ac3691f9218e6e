"""The database door, against a real server."""

from __future__ import annotations

import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

import psycopg
import pytest

from romashka.database import (
    BadInput,
    Conflict,
    ConnectionLost,
    DatabaseAway,
    DatabaseError,
    Denied,
    Missing,
    NoConnection,
    TooMany,
    TooSlow,
    acall,
    acall_all,
    call,
    call_all,
    to_json,
)
from romashka.pools import async_pool, open_pool
from tests.waiting import wait_until

if TYPE_CHECKING:
    from psycopg_pool import ConnectionPool


@pytest.fixture
def pool(database_url: str) -> Iterator[ConnectionPool]:
    with closing(open_pool(database_url, name="test", timeout_s=2.0)) as opened:
        yield opened


def test_a_scalar_comes_decoded(pool: ConnectionPool) -> None:
    assert call(pool, "pg_catalog.upper", "daisy") == "DAISY"


def test_jsonb_comes_decoded(pool: ConnectionPool) -> None:
    assert call(pool, "pg_catalog.jsonb_strip_nulls", {"a": 1, "b": None}) == {"a": 1}


def test_arguments_may_be_named(pool: ConnectionPool) -> None:
    assert call(pool, "pg_catalog.make_interval", hours=2).total_seconds() == 7200


def test_a_dict_is_a_jsonb_argument(pool: ConnectionPool) -> None:
    found = call(pool, "pg_catalog.jsonb_pretty", {"a": "\N{BLOSSOM}"})
    assert found == '{\n    "a": "\N{BLOSSOM}"\n}'


def test_a_list_is_jsonb_through_to_json(pool: ConnectionPool) -> None:
    assert call(pool, "pg_catalog.jsonb_array_length", to_json([1, [2]])) == 2


def test_a_list_is_an_array_argument(pool: ConnectionPool) -> None:
    assert call(pool, "pg_catalog.jsonb_object", ["a", None]) == {"a": None}


def test_every_row_of_a_set_comes(pool: ConnectionPool) -> None:
    assert call_all(pool, "pg_catalog.jsonb_object_keys", {"a": 1, "b": 2}) == ["a", "b"]
    assert call(pool, "pg_catalog.jsonb_object_keys", {}) is None


@pytest.mark.parametrize(
    "name", ["upper", "a.b(); drop table x; --", "A.b", "a.b c", "", "a.b\n", "a.\u00e9"]
)
def test_only_the_name_of_a_function_becomes_sql(pool: ConnectionPool, name: str) -> None:
    with pytest.raises(ValueError, match="not the name"):
        call(pool, name)


def test_only_names_of_parameters_become_sql(pool: ConnectionPool) -> None:
    with pytest.raises(ValueError, match="not names"):
        call(pool, "pg_catalog.upper", **{"a => 1); --": 1})


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("PT400", BadInput),
        ("PT401", Denied),
        ("PT403", Denied),
        ("PT404", Missing),
        ("PT409", Conflict),
        ("PT429", TooMany),
        ("22023", DatabaseError),
        ("57P03", ConnectionLost),
        ("57014", TooSlow),
        ("53100", DatabaseAway),
        ("25006", DatabaseAway),
    ],
)
def test_each_code_has_its_exception(
    fresh_database: Callable[[], str], code: str, expected: type[DatabaseError]
) -> None:
    url = fresh_database()
    with psycopg.connect(url) as connection:
        connection.execute(RAISING)
    with closing(open_pool(url, name="test")) as pool, pytest.raises(DatabaseError) as caught:
        call(pool, "public.refuse", code)
    assert type(caught.value) is expected
    assert (str(caught.value), caught.value.code, caught.value.hint) == ("no", code, "ask")


RAISING = """
create function public.refuse(p_code text) returns void language plpgsql as $$
begin
  raise exception using errcode = p_code, message = 'no', hint = 'ask';
end;
$$;
"""


def test_a_victim_of_contention_is_tried_again(fresh_database: Callable[[], str]) -> None:
    url = fresh_database()
    with psycopg.connect(url) as connection:
        connection.execute(CONTENDED)
    with closing(open_pool(url, name="test")) as pool:
        assert call(pool, "public.contended", 2) == 3
        with pytest.raises(DatabaseError, match="deadlock"):
            call(pool, "public.contended", 100)


CONTENDED = """
create sequence public.tries;
create function public.contended(p_until integer) returns bigint language plpgsql as $$
begin
  if nextval('public.tries') <= p_until then
    raise exception using errcode = '40P01', message = 'deadlock';
  end if;
  return currval('public.tries');
end;
$$;
"""


def test_a_slow_statement_is_cut(pool: ConnectionPool) -> None:
    started = time.perf_counter()
    with pytest.raises(TooSlow) as caught:
        call(pool, "pg_catalog.pg_sleep", 30, timeout_s=0.2)
    assert caught.value.code == "57014"
    assert time.perf_counter() - started < 10


def test_a_longer_limit_holds_for_one_call(database_url: str) -> None:
    with closing(open_pool(database_url, name="test", timeout_s=1.0, size=1)) as pool:
        call(pool, "pg_catalog.pg_sleep", 1.2, timeout_s=5)
        with pytest.raises(TooSlow):
            call(pool, "pg_catalog.pg_sleep", 1.2)


def test_a_limited_call_is_one_message_so_that_a_stopped_process_holds_no_lock(
    database_url: str, tmp_path: Path
) -> None:
    record = tmp_path / "wire"
    pool = open_pool(database_url, name="test", size=1)
    with closing(pool), record.open("wb") as wire:
        with pool.connection() as connection:
            connection.pgconn.trace(wire.fileno())
        call(pool, "pg_catalog.upper", "x", timeout_s=1)
        with pool.connection() as connection:
            connection.pgconn.untrace()
    sent = [line for line in record.read_text().splitlines() if "\tF\t" in line]
    assert len(sent) == 1
    assert "upper" in sent[0]


def test_values_of_a_limited_call_come_as_they_were(pool: ConnectionPool) -> None:
    odd = "O'Brien \\ %s ; select 1 -- \N{BLOSSOM}"
    assert call(pool, "pg_catalog.upper", odd, timeout_s=1) == odd.upper()
    assert call(pool, "pg_catalog.jsonb_strip_nulls", {"a": odd}, timeout_s=1) == {"a": odd}


def test_a_limit_ends_with_its_call(database_url: str) -> None:
    with closing(open_pool(database_url, name="test", size=1, timeout_s=2.0)) as pool:
        call(pool, "pg_catalog.upper", "x", timeout_s=1)
        assert call(pool, "pg_catalog.current_setting", "statement_timeout") == "2s"


def test_a_missing_function_means_the_migrations_are_missing(pool: ConnectionPool) -> None:
    with pytest.raises(DatabaseAway) as caught:
        call(pool, "private.never_written")
    assert caught.value.code == "42883"


def test_text_that_cannot_be_stored_is_refused(pool: ConnectionPool) -> None:
    for text in ("\x00", "\ud800"):
        with pytest.raises(DatabaseError):
            call(pool, "pg_catalog.upper", text)


def test_nobody_listening_is_noticed_in_time() -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        url = f"postgresql://x@127.0.0.1:{closed.getsockname()[1]}/x"
        started = time.perf_counter()
        with closing(open_pool(url, name="test", timeout_s=30, wait_s=0.3)) as pool:
            with pytest.raises(NoConnection):
                call(pool, "pg_catalog.now")
            assert time.perf_counter() - started < 10


def test_a_killed_connection_is_lost_and_replaced(database_url: str) -> None:
    with closing(open_pool(database_url, name="victim", size=1)) as pool:
        backend = call(pool, "pg_catalog.pg_backend_pid")
        with psycopg.connect(database_url) as other:
            other.execute("select pg_terminate_backend(%s, 5000)", [backend])
        with pytest.raises(ConnectionLost):
            call(pool, "pg_catalog.now")
        assert wait_until(lambda: call(pool, "pg_catalog.pg_backend_pid")) != backend


def test_statements_are_not_prepared(pool: ConnectionPool) -> None:
    for _ in range(10):
        call(pool, "pg_catalog.upper", "x")
    assert call_all(pool, "pg_catalog.pg_prepared_statement") == []


async def test_the_same_holds_for_asyncio(database_url: str) -> None:
    async with async_pool(database_url, name="test") as pool:
        assert await acall(pool, "pg_catalog.upper", "daisy") == "DAISY"
        assert await acall_all(pool, "pg_catalog.jsonb_object_keys", {"a": 1}) == ["a"]
        with pytest.raises(TooSlow):
            await acall(pool, "pg_catalog.pg_sleep", 9, timeout_s=0.1)


async def test_an_idle_connection_that_died_is_not_handed_out(database_url: str) -> None:
    async with async_pool(database_url, name="victim", size=1) as pool:
        backend = await acall(pool, "pg_catalog.pg_backend_pid")
        with psycopg.connect(database_url) as other:
            other.execute("select pg_terminate_backend(%s, 5000)", [backend])
        assert await acall(pool, "pg_catalog.pg_backend_pid") != backend


def test_json_for_the_database_knows_no_nan() -> None:
    with pytest.raises(ValueError, match="not JSON compliant"):
        to_json([float("nan")])


@pytest.mark.parametrize(
    "module", ["romashka.pools", "romashka.channels", "webhooks", "webhooks.routes"]
)
def test_importing_us_imports_no_psycopg(module: str) -> None:
    program = f"import sys, {module}; sys.exit('psycopg' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", program]).returncode == 0
