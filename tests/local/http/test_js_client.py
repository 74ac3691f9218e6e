"""The real supabase-js, unchanged, run by Deno."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from local.gateway.deno import find_deno

HERE = Path(__file__).parent / "js"
WHERE = os.environ.get("NPM_CONFIG_REGISTRY", "")


def registry() -> dict[str, str]:
    """Where npm is told to fetch packages, for Deno to fetch them there too."""
    npm = shutil.which("npm")
    if WHERE or npm is None:
        return {}
    asked = subprocess.run(
        [npm, "config", "get", "registry"], capture_output=True, text=True, check=False
    )
    return {"NPM_CONFIG_REGISTRY": asked.stdout.strip()} if asked.stdout.strip() else {}


@pytest.fixture(scope="session")
def deno() -> str:
    """The Deno of this virtual environment."""
    found = find_deno()
    assert found is not None, "Deno is missing: run `make setup`"
    return found


def run(deno: str, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [deno, *arguments],
        cwd=HERE,
        env={**os.environ, "NO_COLOR": "1", **registry(), **environment},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def test_supabase_js_works_unchanged(door, deno):
    done = run(
        deno,
        *("test", "--frozen", "--allow-net", "--allow-env", "client_test.ts"),
        GATEWAY_URL=door.url,
        ANON_KEY=door.anon_key,
        SERVICE_KEY=door.service_key,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "15 passed" in done.stdout


@pytest.mark.parametrize("command", [["fmt", "--check"], ["lint"]])
def test_the_test_itself_is_tidy(deno, command):
    done = run(deno, *command)
    assert done.returncode == 0, done.stdout + done.stderr
