"""`up` against a project that runs elsewhere: here another folder's embedded Supabase."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.system import System
from tests.web import WEB

WHATSAPP = {
    "WHATSAPP_API_TOKEN": "a-token",
    "WHATSAPP_PHONE_NUMBER_ID": "15550009",
    "WHATSAPP_WEBHOOK_SECRET": "a-secret",
    "WHATSAPP_API_URL": "http://127.0.0.1:1",
}


@pytest.fixture
def project(running: System) -> dict[str, str]:
    """The variables that name the running system as somebody would name a hosted project."""
    lines = running.run("status", "--env").stdout.splitlines()
    return dict(line.split("=", 1) for line in lines)


@pytest.fixture
def beside(tmp_path: Path) -> Iterator[System]:
    """Another folder, ended after the test."""
    system = System(tmp_path)
    yield system
    system.end()


def write_env(system: System, variables: dict[str, str]) -> None:
    """Put the variables into the folder's .env."""
    text = "".join(f'{name}="{value}"\n' for name, value in variables.items())
    (system.directory / ".env").write_text(text)


def test_no_local_supabase_is_started_and_messages_are_answered(
    beside: System, project: dict[str, str]
) -> None:
    write_env(beside, project)
    beside.up()
    status = beside.json("status")
    assert set(status["pids"]) == {"up", "standins", "worker", "webhooks"}
    assert status["api_url"] == project["SUPABASE_URL"]
    assert status["db_url"] == project["DATABASE_URL"]
    journey = beside.json("simulate", "website", "How long does delivery take?")["journeys"][0]
    assert journey["outcome"] == "answered"


def test_a_configured_channel_gets_no_stand_in(beside: System, project: dict[str, str]) -> None:
    write_env(beside, {**project, **WHATSAPP})
    beside.up("--quiet")
    status = beside.json("status")
    control = f"{status['providers_url']}/control"
    assert WEB.get(f"{control}/whatsapp").status_code == 400
    assert WEB.get(f"{control}/telegram").status_code == 200


@pytest.mark.parametrize(
    "change, words",
    [
        ({"DATABASE_URL": "postgresql://postgres:x@127.0.0.1:1/postgres"}, "DATABASE_URL"),
        ({"SUPABASE_PUBLISHABLE_KEY": "wrong"}, "SUPABASE_PUBLISHABLE_KEY"),
        ({"SUPABASE_URL": "http://127.0.0.1:1"}, "SUPABASE_URL"),
    ],
)
def test_a_wrong_setting_of_a_project_is_explained(
    beside: System, project: dict[str, str], change: dict[str, str], words: str
) -> None:
    write_env(beside, {**project, **change})
    done = beside.run("up")
    assert done.returncode == 4
    assert words in done.stderr


def test_a_project_without_our_schema_is_explained(
    beside: System, project: dict[str, str], platform_database: object
) -> None:
    assert callable(platform_database)
    write_env(beside, {**project, "DATABASE_URL": platform_database()})
    done = beside.run("up")
    assert done.returncode == 4
    assert "romashka db push" in done.stderr
