"""A gateway as a process of its own, which a test may kill and start again on the same port."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import httpx

from local.keys import api_key
from local.ports import find_free_port
from tests.waiting import wait_until
from tests.web import WEB


class Gateway:
    """Serves one database; `key` is the service's."""

    def __init__(self, database_url: str, jwt_secret: str, directory: Path) -> None:
        self.port = find_free_port(0)
        self.url = f"http://127.0.0.1:{self.port}"
        self.key = api_key("service_role", jwt_secret)
        self._directory = directory
        self._environment = {
            **os.environ,
            "GATEWAY_DATABASE_URL": database_url,
            "GATEWAY_JWT_SECRET": jwt_secret,
            "GATEWAY_STORAGE": str(directory / "storage"),
        }
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Starts it and waits until it answers."""
        command = [sys.executable, "-m", "local.gateway", "--port", str(self.port)]
        with (self._directory / "gateway.log").open("ab") as log:
            self._process = subprocess.Popen(command, env=self._environment, stdout=log, stderr=log)
        wait_until(self._answers, timeout=20)

    def kill(self, number: signal.Signals = signal.SIGKILL) -> None:
        """Ends it, by default without a word."""
        if self._process is not None:
            self._process.send_signal(number)
            self._process.wait(10)
            self._process = None

    def freeze(self) -> None:
        """Leaves its sockets open, but makes it do nothing more."""
        assert self._process is not None
        self._process.send_signal(signal.SIGSTOP)

    def thaw(self) -> None:
        """Lets it go on."""
        assert self._process is not None
        self._process.send_signal(signal.SIGCONT)

    def _answers(self) -> bool:
        try:
            return WEB.get(self.url, timeout=1).status_code > 0
        except httpx.TransportError:
            return False
