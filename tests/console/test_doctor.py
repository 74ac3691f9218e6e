"""`romashka doctor`: what it checks and that it says how to mend."""

from __future__ import annotations

import json
import os
import signal
from typing import Any

from tests.system import System
from tests.waiting import wait_until


def findings(system: System, *options: str) -> dict[str, dict[str, Any]]:
    """What the doctor finds, by name."""
    done = system.run("doctor", "--json", *options)
    return {finding["name"]: finding for finding in json.loads(done.stdout)["checks"]}


def test_a_running_system_passes_all_checks(running: System) -> None:
    done = running.run("doctor", "--json")
    report = json.loads(done.stdout)
    assert (done.returncode, report["ok"]) == (0, True), report
    assert len(report["checks"]) >= 20


def test_nothing_running_fails_with_5_and_the_command(stopped: System) -> None:
    done = stopped.run("doctor")
    assert done.returncode == 5
    assert "fix: make up" in done.stdout


def test_quick_checks_need_no_running_system(stopped: System) -> None:
    assert stopped.run("doctor", "--quick").returncode == 0


def test_whatever_is_not_ok_comes_with_a_fix(stopped: System) -> None:
    (stopped.directory / ".env").write_text("OPENAI_API_KEY=a b\nDATABASE_URL=x\n")
    (stopped.directory / ".env").chmod(0o644)
    for finding in findings(stopped).values():
        assert finding["meaning"]
        assert finding["state"] in ("ok", "skipped") or finding["fix"], finding


def test_readable_settings_are_a_warning(stopped: System) -> None:
    path = stopped.directory / ".env"
    path.write_text("LOG_FORMAT=json\n")
    path.chmod(0o644)
    found = findings(stopped, "--quick")[".env"]
    assert found["state"] == "warning"
    assert found["fix"].startswith("chmod")


def test_a_broken_env_file_is_found(stopped: System) -> None:
    (stopped.directory / ".env").write_text("broken line\n")
    assert findings(stopped, "--quick")[".env"]["state"] == "failed"


def test_half_a_project_is_found(stopped: System) -> None:
    (stopped.directory / ".env").write_text("SUPABASE_URL=https://x.supabase.co\n")
    assert findings(stopped, "--quick")["supabase"]["state"] == "failed"


def test_a_wrong_value_is_found(stopped: System) -> None:
    (stopped.directory / ".env").write_text("WEBHOOK_WORKERS=abc\n")
    found = findings(stopped, "--quick")["settings"]
    assert found["state"] == "failed"
    assert "WEBHOOK_WORKERS must be" in found["meaning"]


def test_what_depends_on_a_silent_api_is_skipped(running: System) -> None:
    gateway = running.json("status")["pids"]["gateway"]
    os.kill(gateway, signal.SIGSTOP)
    try:
        found = findings(running)
    finally:
        os.kill(gateway, signal.SIGCONT)
    assert found["api"]["state"] == "failed"
    for name in ("clock", "sign-in", "realtime"):
        assert (found[name]["state"], found[name]["meaning"]) == (
            "skipped",
            "cannot be told while api fails",
        )
    assert found["database"]["state"] == "ok"


def test_data_of_another_version_is_found(stopped: System) -> None:
    data = stopped.directory / ".romashka" / "data"
    data.mkdir(parents=True)
    (data / "PG_VERSION").write_text("9")
    assert findings(stopped, "--quick")["data"]["state"] == "failed"


def test_the_missing_worker_is_found(stopped: System) -> None:
    stopped.up("--quiet")
    worker = stopped.json("status")["pids"]["worker"]
    # Whoever keeps the processes is held, so that the worker stays away.
    stopped.process.send_signal(signal.SIGSTOP)
    try:
        os.kill(worker, signal.SIGKILL)
        wait_until(lambda: findings(stopped)["worker"]["state"] == "failed", timeout=20)
    finally:
        stopped.process.send_signal(signal.SIGCONT)
        stopped.end()


def test_a_channel_that_refuses_our_account_is_found(running: System) -> None:
    block = "update channels set status = '{}', status_reason = {} where type = 'whatsapp'"
    try:
        running.run("db", "psql", "-c", block.format("disconnected", "'token expired'"))
        found = wait_until(
            lambda: (one := findings(running)["channels"])["state"] == "failed" and one, 10
        )
    finally:
        running.run("db", "psql", "-c", block.format("unknown", "null"))
    assert "token expired" in found["meaning"]
