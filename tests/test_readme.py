"""All that the README, docs/channels.md and docs/ai.md show is run: SQL, programs, commands."""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.system import ROOT, System

README = (ROOT / "README.md").read_text()
CHANNELS, AI = ((ROOT / "docs" / name).read_text() for name in ("channels.md", "ai.md"))
DENO = Path(sys.executable).with_name("deno")
DENO_PROJECT = ROOT / "tests" / "local" / "http" / "js" / "deno.json"


def blocks(language: str) -> list[str]:
    """The fenced blocks of a language, of the README and the pages about channels and the AI."""
    text = README + CHANNELS + AI
    return re.findall(rf"^```{language}\n(.*?)^```", text, re.MULTILINE | re.DOTALL)


def calls() -> list[tuple[str, str]]:
    """Every function that is named with its arguments, as `name(p_one, p_two)`."""
    named = re.findall(r"`(?:private\.)?(\w+)\((p_\w+(?:,\s+p_\w+)*)\)`", README + CHANNELS + AI)
    return sorted({(name, " ".join(arguments.split())) for name, arguments in named})


def commands() -> list[str]:
    """Every line of the shell blocks."""
    lines = (line for block in blocks("sh") for line in block.splitlines() if line)
    return list(dict.fromkeys(lines))


@pytest.fixture(scope="module")
def system(tmp_path_factory: pytest.TempPathFactory) -> Iterator[System]:
    """A running system for the examples."""
    system = System(tmp_path_factory.mktemp("readme"))
    system.up("--quiet")
    yield system
    system.end()


@pytest.fixture(scope="module")
def variables(system: System) -> dict[str, str]:
    """The variables that the README says the examples read."""
    lines = system.run("status", "--env").stdout.splitlines()
    return {**system.environment, **dict(line.split("=", 1) for line in lines)}


@pytest.mark.parametrize("command", [c for c in commands() if "romashka" in c])
def test_a_romashka_command_of_the_readme_works(system: System, command: str) -> None:
    program, *arguments = shlex.split(command)
    assert program == ".venv/bin/romashka"
    done = system.run(*arguments)
    assert done.returncode == 0, done.stderr
    assert done.stdout


@pytest.mark.parametrize("command", [c for c in commands() if c.startswith("make")])
def test_a_make_target_of_the_readme_exists(command: str) -> None:
    done = subprocess.run([*command.split(), "-n"], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


def test_the_shell_blocks_hold_nothing_else() -> None:
    assert all(command.startswith(("make ", ".venv/bin/romashka ")) for command in commands())


@pytest.mark.parametrize("statements", blocks("sql"))
def test_the_sql_runs(system: System, statements: str) -> None:
    assert system.sql(statements)


@pytest.mark.parametrize(("name", "arguments"), calls())
def test_a_function_has_the_arguments_that_it_is_named_with(
    system: System, name: str, arguments: str
) -> None:
    query = f"select unnest(proargnames) from pg_proc where proname = '{name}'"
    assert set(arguments.split(", ")) <= set(system.sql(query).split())


@pytest.mark.parametrize("program", blocks("python"))
def test_the_python_example_hears_an_answer(variables: dict[str, str], program: str) -> None:
    done = run([sys.executable, "-c", program], variables)
    assert done.stdout.startswith("ai says: "), done.stdout + done.stderr


@pytest.mark.parametrize("program", blocks("js"))
def test_the_javascript_example_hears_an_answer(
    variables: dict[str, str], program: str, tmp_path: Path
) -> None:
    path = tmp_path / "example.js"
    path.write_text(program)
    permissions = ["--allow-net=127.0.0.1", "--allow-env"]
    command = [str(DENO), "run", "--quiet", "--config", str(DENO_PROJECT), "--frozen"]
    done = run([*command, *permissions, str(path)], variables)
    assert (done.returncode, done.stderr) == (0, "")
    assert "website ai " in done.stdout


def test_every_setting_of_the_table_is_known() -> None:
    names = set(re.findall(r"`([A-Z][A-Z_]+)`", README.split("## Settings")[1].split("##")[0]))
    example = (ROOT / ".env.example").read_text()
    console = {"ROMASHKA_AGENT_EMAIL", "ROMASHKA_AGENT_PASSWORD", "ROMASHKA_DIRECTORY"}
    assert {name for name in names if f"{name}=" not in example} == console


def run(command: list[str], variables: dict[str, str]) -> subprocess.CompletedProcess[str]:
    """Run an example to its end."""
    return subprocess.run(command, env=variables, capture_output=True, text=True, timeout=60)
