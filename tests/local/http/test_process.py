"""The gateway as a process: how it starts, ends, and lives through an outage of its database."""

from __future__ import annotations

import os
import signal
import statistics
import subprocess
import sys
import textwrap
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import psutil
import psycopg
import pytest

from local.databases import PLATFORM_TEMPLATE, clone_database, drop_database
from local.embedded import throwaway_server
from local.platform import apply_platform
from local.ports import find_free_port
from tests.local.http.door import ROOT, Door, running_door
from tests.waiting import wait_until


@pytest.fixture
def own_door(http_database: str, jwt_secret: str, tmp_path: Path) -> Iterator[Door]:
    """A gateway that the test may end."""
    with running_door(http_database, jwt_secret, tmp_path) as door:
        yield door


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_it_cleanly(own_door, number):
    own_door.call("GET", "/functions/v1/csat")
    children = psutil.Process(own_door.process.pid).children(recursive=True)
    assert children
    own_door.process.send_signal(number)
    assert own_door.process.wait(8) == 0
    wait_until(lambda: not any(child.is_running() for child in children))
    assert "Traceback" not in own_door.log.read_text()


def test_a_kill_takes_the_functions_along(own_door):
    own_door.call("GET", "/functions/v1/csat")
    children = psutil.Process(own_door.process.pid).children(recursive=True)
    assert children
    own_door.process.kill()
    own_door.process.wait(5)
    wait_until(lambda: not any(child.is_running() for child in children))


def test_it_does_not_outlive_its_parent(http_database, jwt_secret, tmp_path):
    port = find_free_port(0)
    parent = subprocess.Popen(
        [
            sys.executable,
            "-c",
            textwrap.dedent("""
                import subprocess, sys, time
                child = subprocess.Popen([sys.executable, "-m", "local.gateway"])
                print(child.pid, flush=True)
                time.sleep(60)
            """),
        ],
        cwd=ROOT,
        env={
            **os.environ,
            "GATEWAY_DATABASE_URL": http_database,
            "GATEWAY_JWT_SECRET": jwt_secret,
            "GATEWAY_STORAGE": str(tmp_path),
            "GATEWAY_PORT": str(port),
        },
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    )
    with parent, closing(parent.stdout):
        child = psutil.Process(int(parent.stdout.readline()))
        wait_until(lambda: any(c.laddr.port == port for c in child.net_connections()), 15)
        parent.kill()
        wait_until(lambda: not child.is_running())


def run(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "local.gateway", *arguments],
        cwd=ROOT,
        env={"PATH": os.environ["PATH"]} | environment,
        capture_output=True,
        text=True,
        timeout=20,
        check=False,
    )


def test_missing_settings_are_named():
    done = run()
    assert done.returncode == 2
    assert "GATEWAY_DATABASE_URL" in done.stderr


def test_a_taken_port_is_an_error_and_no_trace(own_door, tmp_path):
    done = run(
        "--port",
        own_door.url.rsplit(":", 1)[1],
        GATEWAY_DATABASE_URL=own_door.database_url,
        GATEWAY_JWT_SECRET=own_door.jwt_secret,
        GATEWAY_STORAGE=str(tmp_path / "other"),
    )
    assert done.returncode == 1
    assert "address already in use" in done.stderr
    assert "Traceback" not in done.stderr


def test_the_log_holds_no_secret(own_door):
    own_door.auth("POST", "signup", json={"email": "a@b.co", "password": "correct horse"})
    own_door.rest("GET", "books?isbn=eq.private", token="a.b.c")
    own_door.rpc("raise_code", {"p_code": "XX000"})
    text = own_door.log.read_text()
    for secret in (own_door.jwt_secret, own_door.service_key, "correct horse", "private"):
        assert secret not in text


def test_it_lives_through_an_outage_of_the_database(jwt_secret, tmp_path):
    with throwaway_server() as server:
        url = server.url("supabase_admin")
        apply_platform(url)
        with running_door(url, jwt_secret, tmp_path) as door:
            door.sql("create function public.one() returns int language sql as 'select 1'")
            assert door.rpc("one").json() == 1
            server.stop()
            away = wait_until(lambda: answer_while_away(door))
            assert away["code"].startswith("PGRST0")
            assert door.call("GET", "/health", key="").status_code == 503
            server.start()
            wait_until(lambda: door.rpc("one").status_code == 200)
            assert door.auth("POST", "signup", json={}).status_code == 200
            wait_until(lambda: "the database is back" in door.log.read_text())
        assert door.log.read_text().count("the database is away") == 1


def answer_while_away(door: Door) -> dict[str, str] | None:
    response = door.rpc("one")
    return response.json() if response.status_code == 503 else None


def test_it_starts_without_a_database(jwt_secret, tmp_path):
    url = f"postgresql://supabase_admin:x@127.0.0.1:{find_free_port(0)}/postgres"
    with running_door(url, jwt_secret, tmp_path) as door:
        assert door.call("GET", "/health", key="").status_code == 503
        assert door.rest("GET", "books").status_code == 503
        assert door.call("GET", "/auth/v1/settings").status_code == 200


@pytest.fixture(scope="module")
def ticking(server, jwt_secret, tmp_path_factory) -> Iterator[Door]:
    """A gateway over a database whose timed jobs count their calls."""
    name = "cron_tests"
    clone_database(server, PLATFORM_TEMPLATE, name)
    url = server.url("supabase_admin", name)
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(JOBS)
    with running_door(url, jwt_secret, tmp_path_factory.mktemp("clock")) as door:
        yield door
    drop_database(server, name)


JOBS = b"""
set role postgres;
create schema private;
create table private.calls (job text, caller text, called_at timestamptz default clock_timestamp());
create table private.under_way (only_one boolean primary key default true);
create function private.sweep() returns jsonb language plpgsql as $$
begin
  insert into private.under_way default values;
  perform pg_sleep(0.05);
  delete from private.under_way;
  insert into private.calls (job, caller) values ('sweep', current_user);
  return '{}';
end;
$$;
create function private.heartbeat(p_kind text, p_name text, p_state jsonb) returns void
language sql as $$
  insert into private.calls (job, caller) values (p_kind, p_name || (p_state ->> 'pid'))
$$;
"""


def calls(door: Door, job: str) -> list[str]:
    rows = door.sql("select caller from private.calls where job = %s", job)
    return [row[0] for row in rows]


def test_the_clock_sweeps_as_postgres_four_times_a_second(ticking):
    wait_until(lambda: len(calls(ticking, "sweep")) >= 6, 15)
    assert set(calls(ticking, "sweep")) == {"postgres"}
    gaps = ticking.sql(
        "select extract(epoch from called_at - lag(called_at) over (order by called_at))::float8"
        " from private.calls where job = 'sweep' order by called_at offset 1"
    )
    # One call that is held up comes closer to the next: most keep their distance.
    assert statistics.median(gap[0] for gap in gaps) > 0.2


def test_the_clock_tells_that_the_gateway_lives(ticking):
    beats = wait_until(lambda: calls(ticking, "gateway"), 15)
    assert beats[0] == f"gateway{ticking.process.pid}"


def test_a_job_that_fails_is_tried_again(ticking):
    wait_until(lambda: calls(ticking, "sweep"), 15)
    ticking.sql("alter function private.sweep() rename to sweep_away")
    wait_until(lambda: "a timed job failed" in ticking.log.read_text())
    before = len(calls(ticking, "sweep"))
    ticking.sql("alter function private.sweep_away() rename to sweep")
    wait_until(lambda: len(calls(ticking, "sweep")) > before)
    assert ticking.log.read_text().count("a timed job failed") == 1
