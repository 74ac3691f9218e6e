"""Starting and ending the whole system, with real processes and signals."""

from __future__ import annotations

import json
import os
import shutil
import signal
import socket
from contextlib import suppress

import psutil

from local.parts import worker
from local.plan import STATE, make_plan
from local.run_file import read_run
from tests.system import System
from tests.waiting import wait_until

KEYS = [
    "api_url", "db_url", "anon_key", "service_role_key", "webhooks_url", "inbox_url",
    "dashboard_url", "widget_url", "agent_email", "agent_password", "providers_url", "pids",
]  # fmt: skip
PARTS = {"up", "postgres", "gateway", "standins", "worker", "webhooks"}


def test_up_prints_the_labels_people_know(running: System) -> None:
    for label in ("API URL", "DB URL", "anon key", "service_role key", "Webhooks URL"):
        assert f"{label}: " in running.printed()


def test_up_says_what_took_how_long(running: System) -> None:
    line = next(line for line in running.said().splitlines() if line.startswith("started in"))
    for part in ("postgres", "database", "gateway", "webhooks", "worker"):
        assert part in line


def test_status_prints_exactly_the_object_of_the_contract(running: System) -> None:
    status = running.json("status")
    assert list(status) == KEYS
    assert set(status["pids"]) == PARTS
    missing = [name for name, value in status.items() if value is None]
    assert missing == ["inbox_url", "dashboard_url", "widget_url"]


def test_every_pid_of_the_status_is_a_living_process(running: System) -> None:
    for pid in running.json("status")["pids"].values():
        assert psutil.pid_exists(pid)


def test_a_worker_is_ready_by_its_own_heartbeat_not_by_another_s(running: System) -> None:
    run = read_run(running.directory / STATE)
    assert run is not None
    part = worker(make_plan(running.directory, {}, run.ports))
    assert part.is_ready(run.pids["worker"])
    assert not part.is_ready(run.pids["up"])


def test_a_second_up_ends_with_3_and_says_who_runs(running: System) -> None:
    done = running.run("up")
    assert done.returncode == 3
    assert str(running.json("status")["pids"]["up"]) in done.stderr
    assert "romashka down" in done.stderr


def test_everything_listens_on_the_loopback_address_alone(running: System) -> None:
    listening: set[str] = set()
    for process in running.processes():
        # One that ends meanwhile, as a server of a connection does, listens on nothing.
        with suppress(psutil.NoSuchProcess):
            connections = process.net_connections(kind="inet")
            listening |= {one.laddr.ip for one in connections if one.status == psutil.CONN_LISTEN}
    assert listening == {"127.0.0.1"}


def test_secrets_are_for_their_owner_alone(running: System) -> None:
    state = running.directory / ".romashka"
    assert oct(state.stat().st_mode)[-3:] == "700"
    for name in ("secrets.json", "run.json"):
        assert oct((state / name).stat().st_mode)[-3:] == "600"


def test_down_returns_when_the_last_process_is_gone(ended: System) -> None:
    ended.up("--quiet")
    assert {process.pid for process in ended.processes()} > {ended.process.pid}
    done = ended.run("down")
    assert done.returncode == 0
    ended.process.wait(1)
    assert ended.processes() == []
    assert ended.process.returncode == 0


def test_down_with_nothing_running_is_fine(ended: System) -> None:
    done = ended.run("down")
    assert (done.returncode, done.stdout) == (0, "")
    assert "nothing was running" in done.stderr


def test_ctrl_c_ends_everything_with_130(ended: System) -> None:
    ended.up()
    ended.process.send_signal(signal.SIGINT)
    assert ended.process.wait(30) == 130
    assert ended.processes() == []


def test_sigkill_of_up_leaves_no_process_and_no_lock(ended: System) -> None:
    ended.up("--quiet")
    ended.process.kill()
    ended.process.wait()
    wait_until(lambda: ended.processes() == [], timeout=15)
    assert ended.run("status").returncode == 4
    ended.up("--quiet")
    assert ended.run("status").returncode == 0


def test_ctrl_c_while_it_starts_leaves_no_process(ended: System) -> None:
    ended.begin()
    wait_until(lambda: len(ended.processes()) >= 3, timeout=30)
    ended.process.send_signal(signal.SIGINT)
    assert ended.process.wait(30) == 130
    assert ended.processes() == []


def test_a_killed_process_is_started_again_and_it_is_said(ended: System) -> None:
    ended.up("--quiet")
    before = ended.json("status")["pids"]
    for name in ("worker", "gateway", "postgres"):
        os.kill(before[name], signal.SIGQUIT if name == "postgres" else signal.SIGKILL)
        wait_until(lambda name=name: f"{name} runs again" in ended.said(), timeout=30)
    wait_until(lambda: ended.run("status").returncode == 0, timeout=30)
    after = json.loads(ended.run("status", "--json").stdout)["pids"]
    assert all(after[name] != before[name] for name in ("worker", "gateway", "postgres"))
    assert after["up"] == before["up"]


def test_a_taken_port_is_explained_and_the_next_one_is_used(ended: System) -> None:
    taken = ended.ports[2]
    with socket.socket() as other:
        other.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        other.bind(("127.0.0.1", taken))
        other.listen()
        ended.up("--quiet")
        assert f"port {taken} is taken" in ended.said()
        assert not ended.json("status")["webhooks_url"].endswith(f":{taken}")


def test_a_part_that_cannot_start_ends_up_with_4_and_its_last_words(stopped: System) -> None:
    (stopped.directory / ".env").write_text("GUNICORN_CMD_ARGS=--no-such-option\n")
    stopped.begin()
    assert stopped.process.wait(60) == 4
    assert "no-such-option" in stopped.said()
    assert stopped.processes() == []


def test_data_of_another_baseline_is_kept_or_thrown_away_as_the_text_says(ended: System) -> None:
    ended.up("--quiet")
    ended.sql("update supabase_migrations.schema_migrations set statements = '{select 1}'")
    ended.end()
    ended.begin("--quiet")
    assert ended.process.wait(60) == 3
    assert "mv .romashka/data .romashka/data.old" in ended.said()
    assert "romashka db reset --yes" in ended.said()

    data = ended.directory / ".romashka" / "data"
    old = data.rename(data.with_name("data.old"))
    ended.up("--quiet")
    ended.end()
    shutil.rmtree(data)
    old.rename(data)
    assert ended.run("db", "reset", "--yes").returncode == 0
    ended.up("--quiet")
