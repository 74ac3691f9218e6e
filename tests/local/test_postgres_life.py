"""The launcher makes, starts, stops and explains, and leaves no postmaster, whatever happens."""

from __future__ import annotations

import contextlib
import os
import secrets
import signal
import socket
import stat
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from local.binaries import NoBinaries, binary
from local.cluster import clean_environment
from local.errors import (
    AlreadyRunning,
    DirectoryClosed,
    InitFailed,
    OtherMajor,
    PortTaken,
    PostgresStopped,
    StartFailed,
    StartTooSlow,
)
from local.namespace import NAMESPACE, SELF, choose_identity, command_for
from local.pidfile import is_alive, read_pidfile
from local.ports import find_free_port
from local.postgres import Postgres, PostgresConfig
from local.secrets import load_secrets
from tests.waiting import wait_until

IS_ROOT = os.geteuid() == 0
ROOT = Path(__file__).parents[2]


def config(directory: Path, **changes: object) -> PostgresConfig:
    values: dict[str, object] = {
        "directory": directory,
        "port": find_free_port(0),
        "passwords": {"supabase_admin": secrets.token_hex(8)},
        "settings": {"fsync": "off"},
    }
    return PostgresConfig(**{**values, **changes})  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> PostgresConfig:
    """A data directory made once, for tests that begin with one."""
    ready = config(tmp_path_factory.mktemp("made"))
    with Postgres(ready):
        pass
    return ready


@pytest.fixture
def server(made: PostgresConfig) -> Iterator[Postgres]:
    """A server on it, not started; whatever a test leaves running is stopped."""
    (made.data / "postmaster.pid").unlink(missing_ok=True)
    ready = Postgres(made)
    yield ready
    ready.stop()


def answer(server: Postgres, query: str = "select 1") -> object:
    with psycopg.connect(server.url("supabase_admin")) as connection:
        row = connection.execute(query.encode()).fetchone()
    assert row is not None
    return row[0]


@pytest.mark.parametrize("major", [16, 18])
def test_the_first_start_makes_the_data_directory(tmp_path, major):
    with Postgres(config(tmp_path, major=major)) as server:
        assert str(answer(server, "show server_version")).startswith(str(major))
        assert answer(server, "show wal_level") == "logical"
        assert answer(server, "show timezone") == "UTC"
        assert answer(server, "show synchronous_commit") == "on"
        assert answer(server, "show unix_socket_directories") == ""
        assert answer(server, "show listen_addresses") == "127.0.0.1"
        assert answer(server, "select lower('ЁЖИК')") == "ёжик"
    assert server.pid is None


def test_timings_of_both_steps_are_told(tmp_path):
    server = Postgres(config(tmp_path))
    first = server.start()
    server.stop()
    second = server.start()
    server.stop()
    assert 0 < second.initdb_s < first.initdb_s
    assert 0 < first.start_s < 30


def test_a_restart_keeps_the_data(server):
    server.start()
    with psycopg.connect(server.url("supabase_admin")) as connection:
        connection.execute("create table if not exists kept as select 7 as n")
    server.stop()
    server.start()
    assert answer(server, "select n from kept") == 7


def test_a_long_path_with_blanks_and_quotes_works(tmp_path):
    name = 'it\'s a "long" päth \\ '
    directory = tmp_path / (name + "x" * (150 - len(str(tmp_path)) - len(name)))
    with Postgres(config(directory)) as server:
        assert answer(server) == 1
    assert len(str(directory)) >= 150


def test_a_directory_only_its_owner_may_enter_works_and_no_mode_changes(tmp_path):
    parent = tmp_path / "closed"
    parent.mkdir(mode=0o700)
    above = [parent, *parent.parents]
    before = [(path.stat().st_mode, path.stat().st_uid) for path in above]
    accounts = Path("/etc/passwd").read_bytes()
    with Postgres(config(parent / "state")) as server:
        assert answer(server) == 1
    assert [(path.stat().st_mode, path.stat().st_uid) for path in above] == before
    assert Path("/etc/passwd").read_bytes() == accounts


def test_data_and_log_are_ours_alone(server):
    server.start()
    for path in (server.config.data, server.config.log.parent):
        assert stat.S_IMODE(path.stat().st_mode) == 0o700


def test_only_passwords_open_the_door(server):
    server.start()
    wrong = server.url("supabase_admin").replace(server.config.passwords["supabase_admin"], "x")
    with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
        psycopg.connect(wrong)


def test_postgres_gets_none_of_our_environment(server, monkeypatch):
    monkeypatch.setenv("OPENAI_API_KEY", "sk-secret-secret")
    monkeypatch.setenv("PGDATA", "/nowhere")
    server.start()
    assert b"secret-secret" not in Path(f"/proc/{server.pid}/environ").read_bytes()


def test_the_log_shows_no_contents(server):
    server.start()
    with pytest.raises(psycopg.Error), psycopg.connect(server.url("supabase_admin")) as connection:
        connection.execute(
            "create temp table t (a text unique); insert into t values ('mark-4711')"
        )
        connection.execute("insert into t values ('mark-4711') -- 'mark-4711'")
    assert "duplicate key" in server.config.log.read_text()
    assert "mark-4711" not in server.config.log.read_text()


def test_a_second_start_of_the_same_object_is_refused(server):
    server.start()
    with pytest.raises(AlreadyRunning):
        server.start()
    assert answer(server) == 1


def test_a_second_server_on_the_directory_is_refused_and_the_first_lives(server):
    server.start()
    with pytest.raises(AlreadyRunning, match=f"process {server.pid}") as caught:
        Postgres(config(server.config.directory)).start()
    assert caught.value.pid == server.pid
    assert answer(server) == 1


def test_a_server_started_by_other_means_is_respected(made, server):
    command = [str(binary("postgres")), "-D", str(made.data)]
    identity = choose_identity(made.directory, binary("postgres"))
    other = subprocess.Popen(
        command_for(identity, command), env=clean_environment(), stderr=subprocess.DEVNULL
    )
    try:
        wait_until(lambda: (found := read_pidfile(made.data)) and found.state == "ready")
        with pytest.raises(AlreadyRunning, match=f"process {other.pid}"):
            Postgres(config(made.directory)).start()
    finally:
        other.send_signal(signal.SIGINT)
        other.wait(10)


def test_a_pid_file_of_a_dead_process_is_explained_and_removed(made, server):
    gone = subprocess.Popen(["true"])
    gone.wait()
    (made.data / "postmaster.pid").write_text(f"{gone.pid}\n{made.data}\n")
    timings = server.start()
    assert timings.notes == (
        f"an earlier Postgres ended without tidying up (process {gone.pid} is gone): its pid file"
        " was removed, and the database recovers by itself",
    )
    assert answer(server) == 1


def test_a_pid_file_that_names_another_program_is_explained_and_removed(made, server):
    (made.data / "postmaster.pid").write_text(f"{os.getpid()}\n{made.data}\n")
    timings = server.start()
    assert "is another program now" in timings.notes[0]
    assert answer(server) == 1


def test_a_taken_port_is_explained_with_a_free_one(made, server):
    with socket.create_server(("127.0.0.1", made.port)):
        with pytest.raises(PortTaken) as caught:
            server.start()
        assert caught.value.port == made.port
        assert caught.value.suggestion > made.port
        assert str(caught.value.suggestion) in str(caught.value)
    server.start()


def test_a_data_directory_of_another_major_version_is_explained(made):
    with pytest.raises(OtherMajor, match="was made by Postgres 16, and Postgres 18 cannot"):
        Postgres(config(made.directory, major=18)).start()


def test_an_unknown_major_version_is_explained(tmp_path):
    with pytest.raises(NoBinaries, match="choose 16 or 18"):
        Postgres(config(tmp_path, major=17)).start()


def test_an_interrupted_initdb_is_begun_anew(tmp_path):
    unfinished = tmp_path / "data.new"
    (unfinished / "base").mkdir(parents=True)
    (unfinished / "PG_VERSION").write_text("16\n")
    with Postgres(config(tmp_path)) as server:
        assert answer(server) == 1
    assert not unfinished.exists()


def test_a_folder_that_is_no_data_directory_is_not_overwritten(tmp_path):
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "thesis.txt").write_text("years of work")
    with pytest.raises(InitFailed, match="not empty"):
        Postgres(config(tmp_path)).start()
    assert (tmp_path / "data" / "thesis.txt").read_text() == "years of work"


def test_a_bad_setting_is_told_with_the_servers_words(made):
    with pytest.raises(StartFailed, match="unrecognized configuration parameter"):
        Postgres(config(made.directory, settings={"no_such": "x"})).start()


def test_a_start_that_takes_too_long_is_given_up_and_stopped(made):
    server = Postgres(config(made.directory, start_timeout=0.0))
    with pytest.raises(StartTooSlow):
        server.start()
    assert read_pidfile(made.data) is None


def test_a_crash_is_noticed(server):
    server.start()
    server.check()
    assert server.pid is not None
    os.kill(server.pid, signal.SIGKILL)
    wait_until(lambda: server.pid is None)
    with pytest.raises(PostgresStopped, match="code -9"):
        server.check()


def test_it_starts_again_right_after_a_crash_with_a_busy_backend(server):
    server.start()
    assert server.pid is not None

    def be_busy() -> None:
        with contextlib.suppress(psycopg.OperationalError):
            answer(server, "select count(*) from generate_series(1, 3000000) where random() > 2")

    client = threading.Thread(target=be_busy)
    client.start()
    busy = "select count(*) from pg_stat_activity where query like '%random%' and state = 'active'"
    wait_until(lambda: answer(server, busy) == 2)
    os.kill(server.pid, signal.SIGKILL)
    wait_until(lambda: server.pid is None)
    server.stop()
    server.start()
    assert answer(server) == 1
    client.join()


def test_stop_does_not_wait_for_clients(server):
    server.start()
    with psycopg.connect(server.url("supabase_admin")) as connection:
        connection.execute("select 1")
        began = time.monotonic()
        server.stop()
        assert time.monotonic() - began < 5
        with pytest.raises(psycopg.OperationalError):
            connection.execute("select 1")


def test_a_server_that_hangs_is_stopped_all_the_same(made):
    server = Postgres(config(made.directory, stop_timeout=0.2))
    server.start()
    pid = server.pid
    assert pid is not None
    os.kill(pid, signal.SIGSTOP)
    server.stop()
    assert not is_alive(pid)


def test_stop_can_be_repeated(server):
    server.start()
    server.stop()
    server.stop()


def command_of(directory: Path) -> list[str]:
    """Gives the command of a server whose checkout has no schema, so that it starts at once."""
    module = [sys.executable, "-m", "local.postgres", str(directory)]
    return [*module, "--port", "0", "--checkout", str(directory)]


@contextlib.contextmanager
def program(directory: Path) -> Iterator[tuple[subprocess.Popen[str], int]]:
    """Gives `python -m local.postgres`, serving, with its postmaster's pid; ended at the end."""
    with subprocess.Popen(
        command_of(directory), cwd=ROOT, stdout=subprocess.PIPE, stderr=2, text=True
    ) as process:
        try:
            assert process.stdout is not None
            assert process.stdout.readline().startswith("DATABASE_URL=postgresql://postgres:")
            found = read_pidfile(directory / "data")
            assert found is not None
            yield process, found.pid
        finally:
            process.terminate()


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A directory for the program, shared so that it is made once."""
    return tmp_path_factory.mktemp("served")


@pytest.mark.parametrize("name", ["SIGKILL", "SIGTERM", "SIGINT", "SIGHUP", "SIGABRT"])
def test_no_signal_to_the_program_leaves_a_postmaster(served, name):
    with program(served) as (process, postmaster):
        process.send_signal(signal.Signals[name])
        process.wait(20)
        wait_until(lambda: not is_alive(postmaster))
    assert read_pidfile(served / "data") is None


def test_a_killed_program_can_be_started_again_at_once(served):
    with program(served) as (first, old):
        first.kill()
        with program(served) as (_, new):
            assert not is_alive(old)
            assert is_alive(new)


def test_ctrl_c_ends_the_program_cleanly_and_its_server_with_it(served):
    with program(served) as (process, postmaster):
        process.send_signal(signal.SIGINT)
        assert process.wait(20) == 0
        assert not is_alive(postmaster)


def test_a_second_program_exits_with_3(served):
    with program(served):
        second = subprocess.run(
            command_of(served),
            cwd=ROOT,
            capture_output=True,
            text=True,
            timeout=30,
            check=False,
        )
    assert second.returncode == 3
    assert "is running in" in second.stderr


def test_secrets_are_made_once_and_only_we_may_read_them(tmp_path):
    first = load_secrets(tmp_path / "state")
    assert load_secrets(tmp_path / "state") == first
    assert stat.S_IMODE((tmp_path / "state" / "secrets.json").stat().st_mode) == 0o600
    assert stat.S_IMODE((tmp_path / "state").stat().st_mode) == 0o700
    assert first.postgres not in repr(first)


def test_root_runs_it_in_a_user_namespace_and_others_as_themselves(tmp_path):
    assert choose_identity(tmp_path, binary("postgres")) == (NAMESPACE if IS_ROOT else SELF)


CHOOSE = """
import sys
from pathlib import Path
from local.binaries import binary
from local.embedded import configuration
from local.namespace import NoUsableIdentity
from local.postgres import Postgres
directory = Path(sys.argv[1])
try:
    with Postgres(configuration(directory, int(sys.argv[2]), {"supabase_admin": "x"})):
        print("owner", (directory / "data" / "PG_VERSION").owner())
except NoUsableIdentity as problem:
    print(problem)
"""


def run_without_namespaces(directory: Path) -> str:
    script = Path(__file__).with_name("without_namespaces.py")
    command = [sys.executable, "-c", CHOOSE, str(directory), str(find_free_port(0))]
    done = subprocess.run(
        [sys.executable, str(script), *command],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def everybody_enters(path: Path) -> bool:
    return all(place.stat().st_mode & 0o001 for place in path.resolve().parents)


def test_without_namespaces_a_closed_directory_is_explained(tmp_path):
    tmp_path.chmod(0o700)
    told = run_without_namespaces(tmp_path / "state")
    assert "user namespaces are closed on this machine" in told
    assert "Run as an ordinary user" in told


@pytest.fixture
def open_directory() -> Iterator[Path]:
    """A directory everybody may enter."""
    with tempfile.TemporaryDirectory(dir="/tmp") as name:
        Path(name).chmod(0o755)
        yield Path(name)


def test_without_namespaces_root_borrows_an_account_that_can_enter(open_directory):
    told = run_without_namespaces(open_directory / "state")
    reachable = IS_ROOT and everybody_enters(binary("postgres"))
    borrowed = {"owner postgres", "owner nobody", "owner daemon"}
    assert (told.splitlines()[-1] in borrowed) == reachable


def test_a_directory_of_somebody_else_is_explained(tmp_path):
    closed = tmp_path / "closed"
    closed.mkdir()
    command = [sys.executable, "-c", CLOSED, str(closed)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert "it probably belongs to another user" in done.stdout, done.stderr


CLOSED = """
import os, sys
from pathlib import Path
from local.embedded import configuration
from local.errors import DirectoryClosed
from local.postgres import Postgres
closed = Path(sys.argv[1])
closed.chmod(0o555)
if os.geteuid() == 0:
    os.chdir("/"); closed.parent.chmod(0o755); os.seteuid(65534)
try:
    Postgres(configuration(closed / "state", 1, {"supabase_admin": "x"})).start()
except DirectoryClosed as problem:
    print(problem)
"""


def test_directory_closed_is_a_postgres_error():
    assert "remove the folder" in str(DirectoryClosed(Path("/x"), "no"))
