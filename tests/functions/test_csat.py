"""The rating link: its own tests under Deno, and the whole way from the page to the table."""

from __future__ import annotations

import os
import subprocess
import sys
import uuid
from collections.abc import Iterator
from pathlib import Path

import httpx
import psutil
import pytest

from local.cluster import SUPERUSER
from local.databases import clone_database
from local.gateway.deno import find_deno
from tests.local.http.door import ROOT, Door, running_door
from tests.waiting import wait_until

HERE = ROOT / "supabase" / "functions" / "csat"


@pytest.fixture(scope="session")
def deno() -> str:
    """The Deno of this virtual environment."""
    found = find_deno()
    assert found is not None, "Deno is missing: run `make setup`"
    return found


@pytest.mark.parametrize(
    "command",
    [
        ["test", "--quiet", "--allow-net=127.0.0.1", "--allow-env"],
        ["check", "--quiet", "index.ts", "index_test.ts"],
        ["lint", "--quiet"],
        ["fmt", "--check", "--quiet"],
    ],
    ids=lambda command: command[0],
)
def test_the_function_passes_its_own(deno, command):
    done = subprocess.run(
        [deno, *command],
        cwd=HERE,
        env={**os.environ, "NO_COLOR": "1"},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.fixture(scope="module")
def door(server, migrated_template, jwt_secret, tmp_path_factory) -> Iterator[Door]:
    """A gateway over a migrated database."""
    clone_database(server, migrated_template, "csat_tests")
    url = server.url(SUPERUSER, "csat_tests")
    with running_door(url, jwt_secret, tmp_path_factory.mktemp("csat")) as running:
        yield running


@pytest.fixture
def token(door) -> str:
    """The token of a new conversation's rating link."""
    address = f"{uuid.uuid4()}@example.com"
    query = "select private.create_csat_link(public.create_conversation(%s, 'website', 'Hello'))"
    return str(door.sql(query, address)[0][0])


def page(door: Door, method: str, token: str, **options) -> httpx.Response:
    return door.call(method, f"/functions/v1/csat?t={token}", key="", **options)


def kept(door: Door, token: str) -> list[tuple]:
    query = "select rating, comment from public.csat_responses join private.csat_links"
    return door.sql(query + " using (conversation_id) where token = %s::uuid", token)


def test_a_link_opens_without_a_key(door, token):
    response = page(door, "GET", token)
    assert response.status_code == 200
    assert response.headers["content-type"] == "text/html; charset=utf-8"
    assert response.headers["content-security-policy"].startswith("default-src 'none'")


def test_a_rating_reaches_the_table(door, token):
    response = page(door, "POST", token, data={"rating": "4", "comment": "très bien"})
    assert response.status_code == 200
    assert kept(door, token) == [(4, "très bien")]


def test_a_second_rating_replaces_the_first(door, token):
    page(door, "POST", token, data={"rating": "1", "comment": "slow"})
    page(door, "POST", token, data={"rating": "5", "comment": ""})
    assert kept(door, token) == [(5, None)]


def test_the_thanks_are_in_the_language_of_the_conversation(door, token):
    door.sql(
        "update public.conversations set language = 'de' from private.csat_links"
        " where csat_links.conversation_id = conversations.id and token = %s::uuid",
        token,
    )
    assert "Vielen Dank" in page(door, "POST", token, data={"rating": "5"}).text


def test_an_expired_link_says_so(door, token):
    door.sql(
        "update private.csat_links set expires_at = now() - interval '1 day'"
        " where token = %s::uuid",
        token,
    )
    response = page(door, "POST", token, data={"rating": "5"})
    assert response.status_code == 404
    assert "wrong or has expired" in response.text


def test_an_unknown_token_says_so(door):
    response = page(door, "POST", str(uuid.uuid4()), data={"rating": "5"})
    assert response.status_code == 404


def test_a_function_that_died_is_started_again(door, token):
    page(door, "GET", token)
    functions = psutil.Process(door.process.pid).children(recursive=True)
    for function in functions:
        function.kill()
    _, alive = psutil.wait_procs(functions, timeout=10)
    assert functions and not alive
    assert wait_until(lambda: page(door, "GET", token).status_code == 200)


def test_without_deno_a_function_says_what_is_missing(door, jwt_secret, tmp_path):
    (tmp_path / "bin").mkdir()
    python = tmp_path / "bin" / "python"
    python.symlink_to(Path(sys.executable).resolve())
    environment = {"PYTHONPATH": os.pathsep.join(sys.path), "PATH": str(tmp_path / "bin")}
    with running_door(door.database_url, jwt_secret, tmp_path, str(python), **environment) as bare:
        response = bare.call("GET", "/functions/v1/csat", key="")
    assert (response.status_code, response.json()["code"]) == (503, "BOOT_ERROR")
    assert "Deno is not installed" in response.json()["message"]


@pytest.mark.parametrize("name", ["nope", "_shared", "..%2f..%2fsupabase", "csat%00", "deno.json"])
def test_an_unknown_function_is_not_found(door, name):
    response = door.call("GET", f"/functions/v1/{name}", key="")
    assert response.status_code == 404


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    """Functions made for the test: one that answers, one that cannot start, one that is slow."""
    root = tmp_path_factory.mktemp("supabase")
    sources = {
        "echo": """
            export default { fetch: async (request: Request) => Response.json({
              path: new URL(request.url).pathname, query: new URL(request.url).search,
              method: request.method, body: await request.text(),
              tenant: request.headers.get("x-tenant"), keys: Object.keys(Deno.env.toObject()),
            }, { status: 201, headers: { "x-made": "here" } }) };
        """,
        "broken": "throw new Error('no');",
        "leaves": "export default { fetch: () => { Deno.exit(1); } };",
    }
    for name, source in sources.items():
        (root / "functions" / name).mkdir(parents=True)
        (root / "functions" / name / "index.ts").write_text(source)
    (root / "config.toml").write_text("[functions.echo]\nverify_jwt = false\n")
    return root / "functions"


@pytest.fixture(scope="module")
def other_door(server, folder, door, jwt_secret, tmp_path_factory) -> Iterator[Door]:
    """A gateway that serves those functions."""
    directory = tmp_path_factory.mktemp("functions")
    environment = {"GATEWAY_FUNCTIONS": str(folder), "GATEWAY_TEST_SECRET": "x"}
    with running_door(door.database_url, jwt_secret, directory, **environment) as running:
        yield running


def test_a_function_sees_the_request(other_door):
    seen = other_door.call(
        "POST",
        "/functions/v1/echo/deep?a=1",
        key="",
        content=b"body",
        headers={"X-Tenant": "7"},
    )
    assert (seen.status_code, seen.headers["x-made"]) == (201, "here")
    told = seen.json()
    assert (told["path"], told["query"], told["method"]) == ("/echo/deep", "?a=1", "POST")
    assert (told["body"], told["tenant"]) == ("body", "7")


def test_a_function_has_the_platforms_variables_and_no_other(other_door):
    keys = set(other_door.call("GET", "/functions/v1/echo", key="").json()["keys"])
    assert {"SUPABASE_URL", "SUPABASE_PUBLISHABLE_KEYS", "SUPABASE_SECRET_KEYS"} <= keys
    assert not [key for key in keys if key.startswith(("GATEWAY", "DATABASE"))]


def test_a_function_asks_for_a_token_unless_told_otherwise(other_door):
    refused = other_door.call("GET", "/functions/v1/leaves", key="")
    assert (refused.status_code, refused.json()["message"]) == (401, "Missing authorization header")
    refused = other_door.call("GET", "/functions/v1/leaves", key="", token="a.b.c")
    assert (refused.status_code, refused.json()["message"]) == (401, "Invalid JWT")


@pytest.mark.parametrize(("name", "status"), [("broken", 503), ("leaves", 502)])
def test_a_function_that_fails_is_told_and_no_crash(other_door, name, status):
    token = other_door.visitor()["access_token"]
    response = other_door.call("GET", f"/functions/v1/{name}", token=token)
    assert response.status_code == status
    assert response.json()["code"] in ("BOOT_ERROR", "WORKER_ERROR")
