"""One process of the system: started with its log, watched, stopped; it cannot outlive us."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from local.namespace import SELF, command_for

LOG_LIMIT = 10_000_000
POLL_S = 0.02


class ChildFailed(Exception):
    """A process ended, or was not ready in time; the text shows the end of its log."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """What a process is: its command line, its variables, and how to tell that it is ready.

    `is_ready` is asked again and again, with the process id. `first_signal` asks for a clean end,
    which may take `stop_within_s`; what `serves_others` is asked when the others are gone. `port`
    is where it listens.
    """

    name: str
    command: tuple[str, ...]
    environment: Mapping[str, str] = field(repr=False)
    directory: Path
    log: Path
    is_ready: Callable[[int], bool]
    first_signal: signal.Signals = signal.SIGTERM
    stop_within_s: float = 12.0
    serves_others: bool = False
    port: int | None = None


class Child:
    """A part while it runs. Start it from a thread that lives as long as it is wanted."""

    def __init__(self, part: Part) -> None:
        self.part = part
        self._process: subprocess.Popen[bytes] | None = None
        self._log_start = 0

    @property
    def pid(self) -> int | None:
        """The process id while it runs."""
        process = self._process
        return process.pid if process is not None and process.poll() is None else None

    @property
    def ended_with(self) -> int | None:
        """The exit code (negative: the signal) of a process that ended by itself."""
        return None if self._process is None else self._process.poll()

    def start(self) -> None:
        """Start the process; readiness is another question."""
        part = self.part
        part.log.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        if part.log.exists() and part.log.stat().st_size > LOG_LIMIT:
            part.log.replace(part.log.with_name(part.log.name + ".1"))
        with part.log.open("ab") as log:
            self._log_start = log.tell()
            self._process = subprocess.Popen(
                command_for(SELF, list(part.command)),
                cwd=part.directory,
                env=dict(part.environment),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,  # Ctrl-C is meant for us: we end the parts in order
            )

    def ask_to_stop(self) -> None:
        """Send the signal for a clean end, if it runs."""
        if self.pid is not None and self._process is not None:
            self._process.send_signal(self.part.first_signal)

    def wait_stopped(self) -> None:
        """Wait for the clean end; whatever is left of the process and its children is killed."""
        process, self._process = self._process, None
        if process is None:
            return
        with suppress(subprocess.TimeoutExpired):
            process.wait(self.part.stop_within_s)
        kill_group(process.pid)
        process.wait()
        wait_for_group(process.pid)

    def kill(self) -> None:
        """Kill the process and its children at once, as a crash of the machine would."""
        if self._process is not None:
            kill_group(self._process.pid)

    def last_words(self) -> str:
        """The end of what it wrote since its last start, and where the whole log is."""
        with self.part.log.open("rb") as log:
            log.seek(self._log_start)
            words = log.read()[-1500:].decode(errors="replace").strip()
        return f"Its last words: {words or 'none'}. The whole log is in {self.part.log}."


def kill_group(leader: int) -> None:
    """Kill every process of the group; none left is as good."""
    try:
        os.killpg(leader, signal.SIGKILL)
    except ProcessLookupError:
        return


def wait_for_group(leader: int, timeout_s: float = 5.0) -> None:
    """Wait until no process of a killed group is left."""
    deadline = time.monotonic() + timeout_s
    while time.monotonic() < deadline:
        try:
            os.killpg(leader, 0)
        except ProcessLookupError:
            return
        time.sleep(POLL_S)
