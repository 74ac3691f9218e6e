"""Exit codes and words when something is not as it should be; nothing runs in these tests."""

from __future__ import annotations

import json
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import pytest
from typer.main import get_command

from console.app import app
from console.problems import AN_ID
from tests.system import ROOT, System

NEEDS_A_SYSTEM = [
    ("status",),
    ("simulate", "whatsapp", "Hello"),
    ("send", "Hello"),
    ("watch",),
    ("replay", "--failed"),
    ("dead", "list"),
    ("dead", "retry", "item", "1"),
    ("db", "push"),
    ("db", "status"),
    ("db", "psql"),
]
UNUSABLE = [
    "WEBHOOK_WORKERS=abc",
    "WEBHOOK_ALLOWED_ADDRESSES=10.0.0.0/33",
    "WEBSITE_WEBHOOK_SECRET=notbase64!!",
    "DATABASE_TIMEOUT_S=soon",
    "AI_LANGUAGES=english",
    "ROMASHKA_SECRET_KEYS=notakey",
]
COMMANDS = [
    (), ("up",), ("down",), ("status",), ("doctor",), ("simulate",), ("send",), ("watch",),
    ("replay",), ("bench",), ("db",), ("db", "push"), ("db", "reset"), ("db", "migration"),
    ("db", "psql"), ("db", "status"), ("dead",), ("dead", "list"), ("dead", "retry"),
    ("channel",), ("channel", "register"),
]  # fmt: skip


@pytest.mark.parametrize("command", NEEDS_A_SYSTEM, ids=" ".join)
def test_a_command_that_needs_a_system_ends_with_4(
    stopped: System, command: tuple[str, ...]
) -> None:
    done = stopped.run(*command)
    assert done.returncode == 4
    assert done.stdout == ""
    assert "make up" in done.stderr


def test_errors_are_objects_with_json(stopped: System) -> None:
    done = stopped.run("status", "--json")
    assert done.returncode == 4
    assert set(json.loads(done.stdout)) == {"code", "message", "hint"}


@pytest.mark.parametrize("command", [("nonsense",), ("simulate",), ("status", "--no-such")])
def test_wrong_usage_ends_with_2(stopped: System, command: tuple[str, ...]) -> None:
    assert stopped.run(*command).returncode == 2


UNHEARD = [
    (("status", "--json", "--env"), "--env goes without --json"),
    (("bench", "search", "--list"), "--list goes without names"),
    (("db", "migration", "add_teams", "--baseline"), "--baseline goes without name"),
    (("send", "On it", "--conversation", AN_ID, "--no-wait"), "--conversation goes without --wait"),
    (("ai", "backtest", "--follow", AN_ID, "--limit", "5"), "--follow goes without --limit"),
    (("ai", "backtest", "--follow", AN_ID, "--cancel", AN_ID), "--follow goes without --cancel"),
    (
        ("ai", "backtest", "--cancel", AN_ID, "--since", "2026-01-31", "--channel", "email"),
        "--cancel goes without --channel, --since",
    ),
    (("ai", "backtest", "--shadow", "--candidate", "a.json"), "--shadow goes without --candidate"),
    (("send", "Hello", "--no-wait", "--timeout", "3"), "--no-wait goes without --timeout"),
    (
        ("simulate", "website", "Hello", "--no-wait", "--timeout", "3"),
        "--no-wait goes without --timeout",
    ),
]


@pytest.mark.parametrize(("command", "said"), UNHEARD, ids=[" ".join(one) for one, _ in UNHEARD])
def test_an_option_that_would_not_be_heard_is_refused(
    stopped: System, command: tuple[str, ...], said: str
) -> None:
    done = stopped.run(*command)
    assert (done.returncode, done.stderr.splitlines()) == (2, [said])


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_every_command_has_help(stopped: System, command: tuple[str, ...]) -> None:
    done = stopped.run(*command, "-h")
    assert done.returncode == 0
    leaf = command and command not in (("db",), ("dead",), ("channel",))
    assert not leaf or "Example: romashka" in done.stdout


def examples(command: Any, path: str = "romashka") -> Iterator[tuple[str, str]]:
    """Every command below one, by its path, with each of its examples."""
    for name, below in getattr(command, "commands", {}).items():
        yield from examples(below, f"{path} {name}")
    for example in filter(None, (command.epilog or "").partition("Example: ")[2].split(" · ")):
        yield path, re.split(r" [|>] ", example)[0]


@pytest.mark.parametrize(("path", "example"), list(examples(get_command(app))))
def test_an_example_of_the_help_is_one_that_its_command_takes(path: str, example: str) -> None:
    command: Any = get_command(app)
    words = shlex.split(example)[1:]
    while hasattr(command, "commands"):
        command = command.commands[words.pop(0)]
    command.make_context(path, words)
    assert example.startswith(path)
    assert not re.search("…|[A-Z]{2}", example)


def test_help_imports_no_heavy_library() -> None:
    code = (
        "import sys; import console.app;"
        "heavy = {'psycopg', 'supabase', 'realtime', 'openai', 'flask', 'httpx', 'local.stack'};"
        "sys.exit(', '.join(heavy & set(sys.modules)) or None)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT)
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize("line", ["words and more words", 'WEBHOOK_BIND="unclosed', "LONELY"])
def test_a_broken_env_file_is_explained(stopped: System, line: str) -> None:
    (stopped.directory / ".env").write_text(f"# settings\n{line}\n")
    done = stopped.run("up")
    assert done.returncode == 2
    assert ".env, line 2" in done.stderr
    assert line not in done.stderr


@pytest.mark.parametrize("setting", UNUSABLE, ids=lambda setting: setting.split("=")[0])
def test_a_wrong_value_is_named_before_anything_starts(stopped: System, setting: str) -> None:
    name, value = setting.split("=", 1)
    (stopped.directory / ".env").write_text(f"{setting}\n")
    done = stopped.run("up")
    assert done.returncode == 2
    assert re.fullmatch(rf"{name} must be .+: mend it in \.env .+\n", done.stderr)
    assert value not in done.stderr
    assert not (stopped.directory / ".romashka" / "data").exists()


def test_half_a_project_is_explained(stopped: System) -> None:
    (stopped.directory / ".env").write_text("SUPABASE_URL=https://example.supabase.co\n")
    done = stopped.run("up")
    assert done.returncode == 2
    for name in ("SUPABASE_SECRET_KEY", "SUPABASE_PUBLISHABLE_KEY", "DATABASE_URL"):
        assert name in done.stderr


def test_half_a_whatsapp_number_is_explained(stopped: System) -> None:
    (stopped.directory / ".env").write_text("WHATSAPP_API_TOKEN=abc\n")
    done = stopped.run("up")
    assert done.returncode == 2
    assert "WHATSAPP_PHONE_NUMBER_ID" in done.stderr


def test_secrets_that_cannot_be_read_are_explained(stopped: System) -> None:
    state = stopped.directory / ".romashka"
    state.mkdir(mode=0o700)
    (state / "secrets.json").write_text("not json")
    done = stopped.run("up")
    assert done.returncode == 3
    assert "secrets.json" in done.stderr


def test_data_of_another_postgres_is_explained(stopped: System) -> None:
    data = stopped.directory / ".romashka" / "data"
    data.mkdir(parents=True, mode=0o700)
    (data / "PG_VERSION").write_text("9\n")
    done = stopped.run("up")
    assert done.returncode == 3
    assert "Postgres 9" in done.stderr


def test_a_reset_must_be_confirmed(stopped: System) -> None:
    done = stopped.run("db", "reset")
    assert done.returncode == 2
    assert "--yes" in done.stderr


def test_a_hosted_database_is_not_reset(stopped: System) -> None:
    (stopped.directory / ".env").write_text(
        "SUPABASE_URL=https://example.supabase.co\nSUPABASE_SECRET_KEY=a\n"
        "SUPABASE_PUBLISHABLE_KEY=b\nDATABASE_URL=postgresql://postgres@127.0.0.1:1/postgres\n"
    )
    done = stopped.run("db", "reset", "--yes")
    assert done.returncode == 3
    assert "hosted" in done.stderr


HOSTED = (
    "SUPABASE_URL=https://example.supabase.co\nSUPABASE_SECRET_KEY=a\n"
    "SUPABASE_PUBLISHABLE_KEY=b\nDATABASE_URL={}\n"
)
ASKING = [
    ("ai", "tune"),
    ("ai", "explain", AN_ID),
    ("ai", "backtest"),
    ("ai", "knowledge", "list"),
    ("ai", "price", "list"),
    ("channel", "list"),
]


@pytest.mark.parametrize("command", ASKING, ids=" ".join)
def test_a_database_that_does_not_answer_is_told_at_once_and_once(
    stopped: System, command: tuple[str, ...]
) -> None:
    address = "postgresql://postgres:a-password@127.0.0.1:1/postgres"
    (stopped.directory / ".env").write_text(HOSTED.format(address))
    done = stopped.run(*command, timeout=20)
    assert done.returncode == 4
    message, hint = done.stderr.splitlines()
    assert message.startswith("the database of DATABASE_URL does not let us in: ")
    assert hint == "  check DATABASE_URL, and whether the project is paused"
    assert "a-password" not in done.stderr


def test_a_platform_is_told_nothing_while_the_database_does_not_answer(stopped: System) -> None:
    bot = "TELEGRAM_BOT_TOKEN=1:a\nTELEGRAM_WEBHOOK_SECRET=a-secret-of-telegram\n"
    address = "postgresql://postgres:a-password@127.0.0.1:1/postgres"
    (stopped.directory / ".env").write_text(HOSTED.format(address) + bot)
    words = ("channel", "register", "telegram", "--url", "https://a.example")
    done = stopped.run(*words, timeout=20)
    message, _ = done.stderr.splitlines()
    assert (done.returncode, "does not let us in" in message) == (4, True)


def test_an_address_that_is_none_is_told_without_showing_it(stopped: System) -> None:
    (stopped.directory / ".env").write_text(HOSTED.format("postgresql:/postgres:a-password@x"))
    done = stopped.run("ai", "knowledge", "list")
    assert (done.returncode, "DATABASE_URL is no address" in done.stderr) == (2, True)
    assert "a-password" not in done.stderr


@pytest.mark.parametrize("port", ["0", "-1", "65536"])
def test_what_is_no_port_is_wrong_usage(stopped: System, port: str) -> None:
    assert stopped.run("up", "--api-port", port).returncode == 2


NO_TEXT = "a\udcff"


@pytest.mark.parametrize(
    "command",
    [
        ("send", NO_TEXT),
        ("ai", "tune", "--channel", NO_TEXT),
        ("ai", "price", "set", NO_TEXT, "--input", "1", "--output", "1"),
        ("ai", "knowledge", "drop", "--from", NO_TEXT),
        ("replay", "--since", NO_TEXT),
    ],
    ids=["send", "channel", "model", "document", "time"],
)
def test_what_is_no_text_is_wrong_usage(running: System, command: tuple[str, ...]) -> None:
    done = running.run(*command)
    assert (done.returncode, "is no text" in done.stderr) == (2, True), done.stderr


@pytest.mark.parametrize(
    ("command", "says"),
    [
        (("send", "Hello", "--private"), "a note stands in a conversation"),
        (("channel", "set", "telegram", "--account", " ", "bot_token=1:a"), "say which account"),
        (("ai", "knowledge", "show", AN_ID, "--version", str(2**31)), "Invalid value"),
        (("ai", "backtest", "--follow", ""), "'' is no backtest's id"),
        (("ai", "backtest", "--cancel", ""), "'' is no backtest's id"),
        (("dead", "list", "--limit", str(2**63)), "Invalid value for '--limit'"),
    ],
    ids=["note", "account", "version", "follow", "cancel", "limit"],
)
def test_what_would_do_something_else_is_refused(
    running: System, command: tuple[str, ...], says: str
) -> None:
    done = running.run(*command)
    assert (done.returncode, says in done.stderr) == (2, True), done.stderr
