"""A real gunicorn for a test, as the project starts it, on a port of its own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
import psutil

from local.ports import any_port
from tests.waiting import wait_until
from tests.web import WEB
from tests.webhooks.senders import ACCOUNT, APP_SECRET, SITE_SECRET, VERIFY_TOKEN, meta_signed

ROOT = Path(__file__).parents[2]
CONFIG = ROOT / "webhooks" / "gunicorn.conf.py"


@dataclass
class Gunicorn:
    """The running server: its port, its process and where its log is."""

    port: int
    process: subprocess.Popen[bytes]
    log: Path

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def workers(self) -> list[psutil.Process]:
        return psutil.Process(self.process.pid).children()

    def post(self, body: bytes, channel: str = "whatsapp") -> httpx.Response:
        url = f"{self.url}/webhooks/{channel}"
        return WEB.post(url, content=body, headers=meta_signed(body), timeout=20)

    def health(self) -> httpx.Response:
        return WEB.get(f"{self.url}/healthz", timeout=2)

    def log_lines(self) -> list[dict[str, object]]:
        return [json.loads(line) for line in self.log.read_text().splitlines()]

    def is_up(self) -> bool:
        try:
            return self.health().status_code == 200
        except httpx.TransportError:
            return False


@contextmanager
def running_gunicorn(database_url: str, directory: Path, **more: str) -> Iterator[Gunicorn]:
    """Start it, wait until it answers, and end it; its whole environment is given here."""
    port = any_port()
    environment = {
        "PATH": os.environ["PATH"],
        "TMPDIR": str(directory),
        "DATABASE_URL": database_url,
        "WEBHOOK_BIND": f"127.0.0.1:{port}",
        "WHATSAPP_PHONE_NUMBER_ID": ACCOUNT,
        "WHATSAPP_WEBHOOK_SECRET": APP_SECRET,
        "WHATSAPP_VERIFY_TOKEN": VERIFY_TOKEN,
        "WEBSITE_WEBHOOK_SECRET": SITE_SECRET,
        **more,
    }
    log = directory / "gunicorn.log"
    command = [sys.executable, "-P", "-m", "gunicorn", "-c", str(CONFIG)]
    with log.open("wb") as output:
        process = subprocess.Popen(command, cwd=ROOT, env=environment, stderr=output, stdout=output)
        server = Gunicorn(port, process, log)
        try:
            wait_until(server.is_up, 20)
            yield server
        finally:
            process.terminate()
            process.wait(20)
