"""`romashka doctor`: what it checks and that it says how to mend."""

from __future__ import annotations

import json
import os
import signal
from datetime import UTC, datetime
from typing import Any

import psycopg
import pytest

from console.channel_faults import faults_of
from romashka.vault import new_key
from tests.system import ROOT, System
from tests.waiting import wait_until
from tests.web import WEB


def findings(system: System, *options: str) -> dict[str, dict[str, Any]]:
    """What the doctor finds, by name."""
    done = system.run("doctor", "--json", *options)
    return {finding["name"]: finding for finding in json.loads(done.stdout)["checks"]}


@pytest.mark.parametrize(("severity", "state"), [("critical", "failed"), ("warning", "warning")])
def test_what_admins_are_alerted_about_is_found(running: System, severity: str, state: str) -> None:
    with psycopg.connect(running.json("status")["db_url"], autocommit=True) as connection:
        raised = "select private.raise_alert('reply_job', %s, 'a turn failed', p_subject => 'x')"
        connection.execute(raised, [severity])
        try:
            found = findings(running)["alerts"]
            assert (found["state"], found["meaning"]) == (state, "a turn failed")
            assert "a turn failed" in running.run("status").stderr
        finally:
            connection.execute("delete from alerts where subject = 'x'")
    assert findings(running)["alerts"]["state"] == "ok"


def test_a_running_system_passes_all_checks(running: System) -> None:
    done = running.run("doctor", "--json")
    report = json.loads(done.stdout)
    bad = {one["name"]: one["state"] for one in report["checks"]}
    bad = {name: state for name, state in bad.items() if state not in ("ok", "skipped")}
    # A busy machine is told of, and no fault of the system.
    assert bad in ({}, {"realtime": "warning"})
    assert (done.returncode, report["ok"]) == (0, True)
    assert len(report["checks"]) >= 20


def test_nothing_running_fails_with_5_and_the_command(stopped: System) -> None:
    done = stopped.run("doctor")
    assert done.returncode == 5
    assert "fix: make up" in done.stdout


def test_a_model_server_without_a_key_is_asked_whatever_else_runs(stopped: System) -> None:
    (stopped.directory / ".env").write_text("OPENAI_BASE_URL=http://127.0.0.1:1/v1\n")
    found = findings(stopped, "--quick", "--online")
    assert "not reachable" in found["model online"]["meaning"]
    assert "postgres" not in found


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


def test_keys_that_encrypt_nothing_are_found(stopped: System) -> None:
    (stopped.directory / ".env").write_text(f"ROMASHKA_SECRET_KEYS={new_key()},canary\n")
    found = findings(stopped, "--quick")["settings"]
    assert (found["state"], "canary" in str(found)) == ("failed", False)
    assert "ROMASHKA_SECRET_KEYS must be Fernet keys" in found["meaning"]
    assert ".env.example" in found["meaning"]


def test_a_model_without_a_key_is_no_built_in_answerer(stopped: System) -> None:
    (stopped.directory / ".env").write_text("OPENAI_BASE_URL=http://127.0.0.1:11434/v1\n")
    found = findings(stopped, "--quick")["model"]
    assert (found["state"], "OPENAI_BASE_URL is asked" in found["meaning"]) == ("ok", True)


def test_a_misspelt_setting_is_found_with_the_one_that_was_meant(stopped: System) -> None:
    (stopped.directory / ".env").write_text("OPENAI_APIKEY=secret\nMY_SHOP=blue\n")
    found = findings(stopped, "--quick")["settings"]
    assert found["state"] == "warning"
    assert found["meaning"].endswith("not read: OPENAI_APIKEY (did you mean OPENAI_API_KEY?)")


def test_settings_that_there_are_and_those_of_others_are_no_slips(stopped: System) -> None:
    known = (ROOT / ".env.example").read_text()
    (stopped.directory / ".env").write_text(known + "SUPABASE_ANON_KEY=\nMY_SHOP=blue\n")
    assert findings(stopped, "--quick")["settings"]["state"] == "ok"


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


def test_the_missing_worker_is_found(ended: System) -> None:
    ended.up("--quiet")
    worker = ended.json("status")["pids"]["worker"]
    # Whoever keeps the processes is held, so that the worker stays away.
    ended.process.send_signal(signal.SIGSTOP)
    try:
        os.kill(worker, signal.SIGKILL)
        wait_until(lambda: findings(ended)["worker"]["state"] == "failed", timeout=20)
    finally:
        ended.process.send_signal(signal.SIGCONT)


def test_a_token_that_its_platform_refuses_is_found_with_why_and_what_to_do(
    running: System,
) -> None:
    control = f"{running.json('status')['providers_url']}/control"
    due = "update channels set check_at = now() where type = 'whatsapp'"

    def state(wanted: str) -> dict[str, Any] | None:
        running.sql(due)
        found = findings(running)["channels"]
        return found if found["state"] == wanted else None

    WEB.post(control, json={"mode": "token"}).raise_for_status()
    try:
        found = wait_until(lambda: state("failed"), 30)
        status = running.run("status")
    finally:
        WEB.delete(control).raise_for_status()
    assert "the token is refused: 190" in found["meaning"]
    for part in ("renew the token", "start again", "romashka channel test whatsapp --account"):
        assert part in found["fix"]
    assert (status.returncode, "the token is refused: 190" in status.stderr) == (0, True)
    assert "renew the token" in status.stderr
    wait_until(lambda: state("ok"), 30)
    assert "renew the token" not in running.run("status").stderr


def row(**more: Any) -> dict[str, Any]:
    """A row of channel_status without a fault."""
    good = {
        "type": "telegram",
        "account": "110",
        "status": "connected",
        "status_reason": None,
        "token_state": "valid",
        "token_expires_at": None,
        "last_error": "an old one",
        "lost_at": None,
        "waiting": 0,
    }
    return good | more


@pytest.mark.parametrize(
    ("more", "state", "says", "fix"),
    [
        ({"token_state": "invalid"}, "failed", "refused: an old one", "channel set telegram"),
        (
            {"status": "disconnected", "status_reason": "moved", "lost_at": datetime.now(UTC)},
            "failed",
            "telegram 110: moved",
            "romashka channel register telegram",
        ),
        (
            {"status": "disconnected", "status_reason": "131042 payment", "waiting": 3},
            "failed",
            "telegram 110: 131042 payment; 3 messages wait",
            "romashka channel test telegram --account 110",
        ),
        ({"status": "degraded"}, "warning", "an old one", "romashka channel test telegram"),
        (
            {"token_state": "expiring", "token_expires_at": datetime(2030, 1, 2, tzinfo=UTC)},
            "warning",
            "the token ends 2030-01-02 00:00 UTC",
            "renew the token",
        ),
    ],
)
def test_each_fault_of_a_channel_has_its_remedy(
    more: dict[str, Any], state: str, says: str, fix: str
) -> None:
    [fault] = faults_of([row(**more)])
    assert (fault.state, says in fault.meaning, fix in fault.fix) == (state, True, True), fault


def test_channels_without_a_fault_are_not_named_and_the_worst_comes_first() -> None:
    rows = [row(), row(status="degraded"), row(status="disconnected"), row(status="unknown")]
    assert [fault.state for fault in faults_of(rows)] == ["failed", "warning"]
