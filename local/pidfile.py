"""Reads postmaster.pid and tells a living server from the traces of a dead one."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

STATE_LINE = 7


@dataclass(frozen=True, slots=True, kw_only=True)
class PidFile:
    """What postmaster.pid says: the process, the data directory and the state it last wrote."""

    data: Path
    pid: int
    state: str

    def is_living_server(self) -> bool:
        """Tells whether that process lives and is a Postgres on this very data directory.

        The postmaster's working directory is its data directory, which tells it from another
        program, or another server, that got the same process id later.
        """
        if not is_alive(self.pid):
            return False
        try:
            return os.path.samefile(f"/proc/{self.pid}/cwd", self.data)
        except FileNotFoundError:
            return False
        except PermissionError:
            return b"postgres" in command_line(self.pid)

    def why_stale(self) -> str:
        """Gives one sentence about a file that outlived its server."""
        if not is_alive(self.pid):
            reason = f"process {self.pid} is gone"
        else:
            reason = f"process {self.pid} is another program now"
        return (
            f"an earlier Postgres ended without tidying up ({reason}): its pid file was removed,"
            f" and the database recovers by itself"
        )


def read_pidfile(data: Path) -> PidFile | None:
    """Gives what postmaster.pid says, or None when there is none, or not yet a whole one."""
    try:
        lines = (data / "postmaster.pid").read_text().splitlines()
        pid = abs(int(lines[0]))
    except (FileNotFoundError, IndexError, ValueError):
        return None
    state = lines[STATE_LINE].strip() if len(lines) > STATE_LINE else ""
    return PidFile(data=data, pid=pid, state=state)


def is_alive(pid: int) -> bool:
    """Tells whether a process with this id exists and has not merely left its exit code behind."""
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except (FileNotFoundError, ProcessLookupError):
        return False
    return state not in "ZX"


def command_line(pid: int) -> bytes:
    """Gives a process's command line, empty when it is gone."""
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes()
    except (FileNotFoundError, ProcessLookupError, PermissionError):
        return b""
