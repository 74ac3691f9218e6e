"""The unchanged JavaScript client on the whole gateway, run by Deno."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from local.gateway.deno import find_deno
from local.gateway.tokens import sign
from tests.local.http.door import running_door
from tests.local.realtime.gateways import ADA, BOB, NEVER

HERE = Path(__file__).parent
COUNT = 17


def registry() -> dict[str, str]:
    """Where npm is told to fetch packages, for Deno to fetch them there too."""
    npm = shutil.which("npm")
    if npm is None or os.environ.get("NPM_CONFIG_REGISTRY"):
        return {}
    asked = subprocess.run(
        [npm, "config", "get", "registry"], capture_output=True, text=True, check=False
    )
    return {"NPM_CONFIG_REGISTRY": asked.stdout.strip()} if asked.stdout.strip() else {}


def deno(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run Deno beside the test it is for."""
    found = find_deno()
    assert found is not None, "Deno is missing: run `make setup`"
    return subprocess.run(
        [found, *arguments],
        cwd=HERE,
        env={**os.environ, "NO_COLOR": "1", **registry(), **environment},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def test_supabase_js_works_in_both_protocol_versions(
    realtime_database: str, jwt_secret: str, tmp_path: Path
) -> None:
    def user(subject: str, **claims: object) -> str:
        claims = {"role": "authenticated", "sub": subject, "exp": NEVER, **claims}
        return sign(claims, jwt_secret)

    with running_door(realtime_database, jwt_secret, tmp_path) as door:
        done = deno(
            *("test", "--frozen", "--allow-net", "--allow-env", "realtime.test.ts"),
            GATEWAY_URL=door.url,
            ANON_KEY=door.anon_key,
            SERVICE_KEY=door.service_key,
            ADA=f"{ADA} {user(ADA)}",
            ADA_AGAIN=user(ADA, n=2),
            BOB=f"{BOB} {user(BOB)}",
        )
    assert done.returncode == 0, done.stdout + done.stderr
    assert f"{COUNT} passed" in done.stdout


@pytest.mark.parametrize("command", [["fmt", "--check"], ["lint"]])
def test_the_script_is_tidy(command: list[str]) -> None:
    done = deno(*command)
    assert done.returncode == 0, done.stdout + done.stderr
