"""A running gateway for tests: its process, its keys, and callers of every kind."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import psycopg

from local.gateway.project import publishable_key, secret_key
from local.ports import find_free_port
from tests.waiting import wait_until
from tests.web import ANEW

ROOT = Path(__file__).resolve().parents[3]


@dataclass(frozen=True, slots=True, kw_only=True)
class Door:
    """The gateway under test."""

    url: str
    database_url: str = field(repr=False)
    jwt_secret: str = field(repr=False)
    storage: Path
    process: subprocess.Popen[bytes]
    log: Path
    http: httpx.Client = field(repr=False)

    @property
    def anon_key(self) -> str:
        """The key front-ends use."""
        return publishable_key(self.jwt_secret)

    @property
    def service_key(self) -> str:
        """The key of the project's own processes."""
        return secret_key(self.jwt_secret)

    def call(
        self, method: str, path: str, *, key: str | None = None, token: str = "", **options: Any
    ) -> httpx.Response:
        """One request, with the service key unless another (or "" for none) is given."""
        key = self.service_key if key is None else key
        headers = {"apikey": key} if key else {}
        if token:
            headers["Authorization"] = f"Bearer {token}"
        headers |= options.pop("headers", {})
        return self.http.request(method, self.url + path, headers=headers, **options)

    def rest(self, method: str, path: str, **options: Any) -> httpx.Response:
        """One REST request."""
        return self.call(method, f"/rest/v1/{path}", **options)

    def rpc(self, name: str, arguments: object = None, **options: Any) -> httpx.Response:
        """One call of a function by POST."""
        return self.rest("POST", f"rpc/{name}", json=arguments or {}, **options)

    def auth(self, method: str, path: str, **options: Any) -> httpx.Response:
        """One auth request, with the publishable key."""
        return self.call(method, f"/auth/v1/{path}", **{"key": self.anon_key} | options)

    def visitor(self) -> dict[str, Any]:
        """The session of a new anonymous visitor."""
        return dict(self.auth("POST", "signup", json={}).json())

    def sql(self, query: str, *values: object) -> list[tuple[Any, ...]]:
        """Run SQL as superuser and commit; gives the rows, if there are any."""
        with psycopg.connect(self.database_url, autocommit=True) as connection:
            cursor = connection.execute(query.encode(), values)
            return cursor.fetchall() if cursor.description else []


@contextmanager
def running_door(
    database_url: str,
    jwt_secret: str,
    directory: Path,
    python: str = sys.executable,
    **environment: str,
) -> Iterator[Door]:
    """A gateway process for as long as the block lasts."""
    port = find_free_port(0)
    log = directory / "gateway.log"
    settings = {
        "GATEWAY_DATABASE_URL": database_url,
        "GATEWAY_JWT_SECRET": jwt_secret,
        "GATEWAY_STORAGE": str(directory / "storage"),
        "GATEWAY_PORT": str(port),
    }
    with log.open("wb") as output, httpx.Client(timeout=20, limits=ANEW) as http:
        process = subprocess.Popen(
            [python, "-m", "local.gateway"],
            cwd=ROOT,
            env={**os.environ, **settings, **environment},
            stdout=output,
            stderr=output,
        )
        door = Door(
            url=f"http://127.0.0.1:{port}",
            database_url=database_url,
            jwt_secret=jwt_secret,
            storage=directory / "storage",
            process=process,
            log=log,
            http=http,
        )
        try:
            wait_until(lambda: is_up(door), 20)
            yield door
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(10)


def is_up(door: Door) -> bool:
    """Whether the gateway answers; fails when its process has ended."""
    if door.process.poll() is not None:
        raise AssertionError(f"the gateway ended: {door.log.read_text()[-2000:]}")
    try:
        door.http.get(f"{door.url}/health")
    except httpx.TransportError:
        return False
    return True
