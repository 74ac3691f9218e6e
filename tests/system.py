"""`romashka` as a person uses it: real processes of the command, in a folder of their own."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import psutil

from console.problems import NOT_READY
from local.ports import find_free_port
from tests import forked
from tests.waiting import wait_until

ROOT = Path(__file__).resolve().parent.parent
COMMAND = [sys.executable, "-P", "-m", "console"]
CERTIFICATES = ("SSL_CERT_FILE", "SSL_CERT_DIR", "NODE_EXTRA_CA_CERTS", "DENO_CERT")
KEPT = ("PATH", "HOME", "LANG", "LD_LIBRARY_PATH", "TMPDIR", "DENO_DIR", *CERTIFICATES)
# A system that stays away longer than this is broken.
READY_S = 5.0
PORT_OPTIONS = ("--api-port", "--db-port", "--webhooks-port", "--standins-port", "--mail-port")


class System:
    """One folder in which the system may run; `variables` are added to a bare environment."""

    def __init__(self, directory: Path, variables: Mapping[str, str] | None = None) -> None:
        self.directory = directory
        self.environment = {name: os.environ[name] for name in KEPT if name in os.environ}
        self.environment |= {
            "PYTHONPATH": str(ROOT),
            "ROMASHKA_DIRECTORY": str(directory),
            # Tests that want the model say so: it takes 85 MB and changes what is found.
            "AI_EMBEDDINGS": "off",
            **(variables or {}),
        }
        self.process: subprocess.Popen[bytes] | None = None
        self.ports = [find_free_port(0) for _ in PORT_OPTIONS]

    def begin(self, *options: str) -> None:
        """Start `romashka up` and do not wait for anything."""
        pairs = [f"{name}={port}" for name, port in zip(PORT_OPTIONS, self.ports, strict=True)]
        with self.file("out").open("wb") as out, self.file("err").open("wb") as err:
            self.process = subprocess.Popen(
                [*COMMAND, "up", *pairs, *options], env=self.environment, stdout=out, stderr=err
            )

    def up(self, *options: str) -> None:
        """Start and wait until the addresses are printed."""
        self.begin(*options)
        wait_until(lambda: self.has_ended() or "started in" in self.said(), timeout=60)
        assert not self.has_ended(), self.said()

    def end(self) -> int:
        """Ask for the end, as `down` does, and give the exit code."""
        if self.process is None:
            return 0
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        return self.process.wait(60)

    def has_ended(self) -> bool:
        """Whether `up` is over."""
        return self.process is not None and self.process.poll() is not None

    def run(self, *arguments: str, timeout: float = 60) -> subprocess.CompletedProcess[str]:
        """Run a command to its end."""
        return forked.run(arguments, self.environment, timeout)

    def json(self, *arguments: str) -> Any:
        """Run a command with --json and give the object it prints.

        A busy machine's process may be silent for the second in which the command wants a word of
        it: such a command has done nothing and is run again.
        """
        done = wait_until(lambda: self._if_ready(*arguments, "--json"), READY_S)
        assert done.returncode == 0, done.stdout + done.stderr
        return json.loads(done.stdout)

    def _if_ready(self, *arguments: str) -> subprocess.CompletedProcess[str] | None:
        done = self.run(*arguments)
        return None if done.returncode == NOT_READY and "not ready" in done.stderr else done

    def sql(self, statement: str) -> str:
        """Run a statement by `romashka db psql`; unaligned, without headings."""
        done = self.run("db", "psql", "-v", "ON_ERROR_STOP=1", "-Atc", statement)
        assert done.returncode == 0, done.stderr
        return done.stdout.strip()

    def printed(self) -> str:
        """What `up` has written to stdout so far."""
        return self.file("out").read_text()

    def said(self) -> str:
        """What `up` has written to stderr so far."""
        return self.file("err").read_text()

    def file(self, name: str) -> Path:
        """A file of the test beside the system's own."""
        return self.directory / f"up.{name}"

    def processes(self) -> list[psutil.Process]:
        """Every living process that was started for this folder, however far removed."""
        found = []
        for process in psutil.process_iter():
            try:
                ours = process.environ().get("ROMASHKA_DIRECTORY") == str(self.directory)
                postgres = str(self.directory) in " ".join(process.cmdline())
                alive = process.status() != psutil.STATUS_ZOMBIE
            except psutil.Error:
                continue
            if (ours or postgres) and alive:
                found.append(process)
        return found
