"""Who runs in a checkout: a lock that the kernel frees with its holder, and a file of pids."""

from __future__ import annotations

import fcntl
import json
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import IO

import psutil

from local.plan import Ports
from local.secrets import write_private

LOCK = "up.lock"
FILE = "run.json"
PATIENCE = 15


class AlreadyUp(Exception):
    """The system of this checkout runs already."""

    def __init__(self, directory: Path, pid: int | None) -> None:
        self.pid = pid
        who = f" (process {pid})" if pid else ""
        super().__init__(
            f"Romashka runs in {directory} already{who}. `romashka status` shows its addresses,"
            " `romashka down` ends it."
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Process:
    """A process that cannot be mistaken for another with the same number: when it was born."""

    pid: int
    born: float

    @classmethod
    def of(cls, pid: int) -> Process | None:
        """The process with this number, None when there is none."""
        try:
            return cls(pid=pid, born=psutil.Process(pid).create_time())
        except psutil.Error:
            return None

    def is_alive(self) -> bool:
        """Whether it still runs; one that ended and was not collected yet does not."""
        try:
            process = psutil.Process(self.pid)
            # The birth is kept in clock ticks: rounding must not make a process a stranger.
            same = abs(process.create_time() - self.born) < 0.1
            return bool(same and process.status() != psutil.STATUS_ZOMBIE)
        except psutil.Error:
            return False


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """A run as its file tells it: who keeps it, how far it is, where it listens, its processes.

    `parts` are the names of all that was started, also of what is dead at the moment.
    """

    keeper: Process
    state: str
    ports: Ports
    parts: Sequence[str]
    processes: Mapping[str, Process]

    @property
    def pids(self) -> dict[str, int]:
        """The process ids by name, the keeping `romashka up` among them."""
        return {"up": self.keeper.pid, **{name: p.pid for name, p in self.processes.items()}}

    def living(self) -> dict[str, Process]:
        """The processes that still run, by name."""
        everything = {"up": self.keeper, **self.processes}
        return {name: process for name, process in everything.items() if process.is_alive()}


def take_lock(state: Path) -> IO[str]:
    """Claim the checkout for this process until the returned file is closed; raises AlreadyUp."""
    state.mkdir(mode=0o700, parents=True, exist_ok=True)
    lock = (state / LOCK).open("a")
    for _ in range(PATIENCE):
        if _try_lock(lock, fcntl.LOCK_EX):
            return lock
        time.sleep(0.02)  # somebody may only be asking whether it is held
    lock.close()
    run = read_run(state)
    raise AlreadyUp(state.parent, run.keeper.pid if run else None)


def is_held(state: Path) -> bool:
    """Whether some process holds the checkout's lock."""
    if not (state / LOCK).exists():
        return False
    with (state / LOCK).open("a") as lock:
        return not _try_lock(lock, fcntl.LOCK_SH)


def _try_lock(lock: IO[str], kind: int) -> bool:
    try:
        fcntl.flock(lock, kind | fcntl.LOCK_NB)
    except OSError:
        return False
    return True


def write_run(state: Path, run: Run) -> None:
    """Write the file in one step."""
    write_private(state / FILE, json.dumps(asdict(run), indent=2) + "\n")


def read_run(state: Path) -> Run | None:
    """Read the file; None where there is none or where it cannot be understood."""
    try:
        content = json.loads((state / FILE).read_text())
        return Run(
            keeper=Process(**content["keeper"]),
            state=content["state"],
            ports=Ports(**content["ports"]),
            parts=tuple(content["parts"]),
            processes={name: Process(**item) for name, item in content["processes"].items()},
        )
    except (OSError, ValueError, TypeError, KeyError, AttributeError):
        return None


def forget_run(state: Path) -> None:
    """Remove the file, when nothing runs any more."""
    (state / FILE).unlink(missing_ok=True)
