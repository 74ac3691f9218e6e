"""The real Supabase CLI and our own push understand each other's migrations and books.

Needs node and npm (Debian: `apt-get install nodejs npm`), and installs the CLI outside the
checkout.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Callable, Mapping
from pathlib import Path

import psycopg
import pytest

from local.draft import write_baseline
from local.dump import differences
from local.history import push, seed
from local.schema import ROOT

PACKAGE = "supabase@3.1.0"


def run(
    command: list[str], folder: Path, environ: Mapping[str, str]
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command,
        env={**environ, "DO_NOT_TRACK": "1"},
        cwd=folder,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=180,
        check=False,
    )


@pytest.fixture(scope="module")
def program(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The path of the CLI, installed by npm into a temporary directory."""
    if shutil.which("npm") is None:
        pytest.fail("npm is missing: apt-get install nodejs npm")
    folder = tmp_path_factory.mktemp("cli")
    options = ["--prefix", str(folder), "--no-audit", "--no-fund", "--prefer-offline"]
    done = run(["npm", "install", *options, PACKAGE], folder, os.environ)
    assert done.returncode == 0, done.stderr
    return str(folder / "node_modules" / ".bin" / "supabase")


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A folder with this checkout's sql/ and configuration, a baseline and a seed."""
    (tmp_path / "supabase" / "migrations").mkdir(parents=True)
    shutil.copytree(ROOT / "sql", tmp_path / "sql")
    shutil.copy(ROOT / "supabase" / "config.toml", tmp_path / "supabase")
    (tmp_path / "supabase" / "seed.sql").write_text("select 'a seed; not two';\n")
    write_baseline(tmp_path)
    return tmp_path


@pytest.fixture
def cli(program: str, project: Path) -> Callable[..., subprocess.CompletedProcess[str]]:
    """Runs the CLI in the project."""

    def call(*arguments: str) -> subprocess.CompletedProcess[str]:
        environ = {"PATH": os.environ["PATH"], "HOME": str(project)}
        done = run([program, *arguments, "--workdir", str(project)], project, environ)
        assert done.returncode == 0, done.stderr
        return done

    return call


def books(url: str) -> list[tuple[object, ...]]:
    query = "select version, name, statements from supabase_migrations.schema_migrations"
    seeds = "select path, hash from supabase_migrations.seed_files"
    with psycopg.connect(url) as connection:
        return [*connection.execute(query), *connection.execute(seeds)]


def test_the_cli_finds_nothing_to_do_after_our_push(cli, project, platform_database):
    url = platform_database()
    push(url, project / "supabase" / "migrations")
    seed(url, project / "supabase" / "seed.sql")
    told = cli("db", "push", f"--remote={url}", "--include-seed", "--yes")
    assert "up to date" in told.stdout
    assert "deprecated" not in told.stderr


def test_we_find_nothing_to_do_after_the_clis_push(cli, project, platform_database):
    theirs, ours = platform_database(), platform_database()
    cli("db", "push", f"--remote={theirs}", "--include-seed", "--yes")
    assert push(theirs, project / "supabase" / "migrations") == []
    assert not seed(theirs, project / "supabase" / "seed.sql")
    push(ours, project / "supabase" / "migrations")
    seed(ours, project / "supabase" / "seed.sql")
    assert differences(ours, theirs) == []
    assert books(ours) == books(theirs)
