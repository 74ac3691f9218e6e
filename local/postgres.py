"""Starts and stops the embedded Postgres as a child process that cannot outlive its parent."""

from __future__ import annotations

import fcntl
import signal
import subprocess
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO
from urllib.parse import quote

import structlog

from local.binaries import DEFAULT_MAJOR, binary
from local.cluster import (
    SUPERUSER,
    clean_environment,
    create_cluster,
    require_major,
    write_configuration,
)
from local.errors import (
    AlreadyRunning,
    DirectoryClosed,
    PortTaken,
    PostgresError,
    PostgresStopped,
    StartFailed,
    StartTooSlow,
)
from local.namespace import choose_identity, command_for
from local.pidfile import PidFile, read_pidfile
from local.ports import LOOPBACK, find_free_port, is_free

LOG = structlog.get_logger(__name__)
LOG_LIMIT = 10_000_000
POLL_S = 0.01
ORPHAN_GRACE_S = 0.5
ORPHAN_STOPPING_S = 15.0


@dataclass(frozen=True, slots=True, kw_only=True)
class PostgresConfig:
    """What one embedded server needs: `directory` gets data/ and log/, passwords are by role.

    `passwords` must hold supabase_admin (the superuser); `settings` are further lines of
    postgresql.conf; timeouts are in seconds.
    """

    directory: Path
    port: int
    passwords: Mapping[str, str] = field(repr=False)
    major: int = DEFAULT_MAJOR
    settings: Mapping[str, str] = field(default_factory=dict)
    start_timeout: float = 60.0
    stop_timeout: float = 10.0

    @property
    def data(self) -> Path:
        """The data directory."""
        return self.directory / "data"

    @property
    def log(self) -> Path:
        """The file Postgres writes its messages to."""
        return self.directory / "log" / "postgres.log"


@dataclass(frozen=True, slots=True, kw_only=True)
class Timings:
    """How long a start took, in seconds, and what was found on the way, one sentence each."""

    initdb_s: float
    start_s: float
    notes: tuple[str, ...] = ()


class Postgres:
    """One embedded server over time: start, stop, its pid and its addresses."""

    def __init__(self, config: PostgresConfig) -> None:
        self.config = config
        self._process: subprocess.Popen[bytes] | None = None
        self._lock: IO[str] | None = None
        self._log_start = 0

    def __enter__(self) -> Postgres:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    @property
    def pid(self) -> int | None:
        """The postmaster's process id while it runs."""
        process = self._process
        return process.pid if process is not None and process.poll() is None else None

    def url(self, role: str = "postgres", database: str = "postgres") -> str:
        """Gives the address for a role; its password must be among the configuration's."""
        password = quote(self.config.passwords[role], safe="")
        return f"postgresql://{role}:{password}@{LOOPBACK}:{self.config.port}/{quote(database)}"

    def start(self) -> Timings:
        """Makes the data directory where missing, starts the server and waits until it is ready.

        Call it from a thread that lives as long as the server is wanted (the main one): the kernel
        stops Postgres when that thread ends. Raises a PostgresError or NoUsableIdentity; each says
        what happened and what to do.
        """
        config = self.config
        self._take_lock()
        try:
            notes = self._clear_the_way()
            identity = choose_identity(config.directory, binary("postgres", config.major))
            began = time.monotonic()
            create_cluster(config.data, config.major, config.passwords[SUPERUSER], identity)
            made = time.monotonic()
            require_major(config.data, config.major)
            write_configuration(config.data, config.port, config.settings)
            self._launch(identity)
        except BaseException:
            self.stop()
            raise
        ready = time.monotonic()
        LOG.info("postgres started", pid=self.pid, port=config.port, identity=identity)
        return Timings(initdb_s=made - began, start_s=ready - made, notes=notes)

    def stop(self) -> None:
        """Stops the server: fast, then at once when the deadline has passed; safe to repeat."""
        process, self._process = self._process, None
        if process is not None:
            for number in (signal.SIGINT, signal.SIGQUIT, signal.SIGKILL):
                if ended(process, number, self.config.stop_timeout):
                    break
                LOG.warning("postgres does not stop", pid=process.pid, signal=number.name)
        if self._lock is not None:
            self._lock.close()
            self._lock = None

    def check(self) -> None:
        """Raises PostgresStopped when the server has ended by itself."""
        if self._process is not None and self._process.poll() is not None:
            raise PostgresStopped(self._process.returncode, self.config.log)

    def _take_lock(self) -> None:
        """Keeps two launchers from one directory; the kernel frees the lock with the process."""
        try:
            self.config.log.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            lock = (self.config.directory / "postgres.lock").open("a")
        except PermissionError as problem:
            raise DirectoryClosed(self.config.directory, str(problem)) from problem
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as problem:
            lock.close()
            found = read_pidfile(self.config.data)
            pid = found.pid if found is not None else None
            raise AlreadyRunning(pid, self.config.directory) from problem
        self._lock = lock

    def _clear_the_way(self) -> tuple[str, ...]:
        """Deals with what an earlier server left behind; gives a sentence about what was done."""
        notes: tuple[str, ...] = ()
        found = read_pidfile(self.config.data)
        if found is not None and found.is_living_server():
            self._await_orphan(found)
            notes = (f"waited for an earlier Postgres (process {found.pid}) to finish stopping",)
        elif found is not None:
            notes = (found.why_stale(),)
            LOG.warning("stale pid file removed", pid=found.pid)
            (self.config.data / "postmaster.pid").unlink(missing_ok=True)
        if not is_free(self.config.port):
            raise PortTaken(self.config.port, find_free_port(self.config.port + 1))
        return notes

    def _await_orphan(self, found: PidFile) -> None:
        """Lets a server whose parent was killed finish stopping; any other one is in use."""
        began = time.monotonic()
        while found.is_living_server():
            now = read_pidfile(self.config.data)
            stopping = now is not None and now.state == "stopping"
            if time.monotonic() - began > (ORPHAN_STOPPING_S if stopping else ORPHAN_GRACE_S):
                raise AlreadyRunning(found.pid, self.config.directory)
            time.sleep(POLL_S)

    def _launch(self, identity: str) -> None:
        """Starts the program; once more while a killed server's last processes still go."""
        deadline = time.monotonic() + self.config.start_timeout
        while True:
            self._process = self._spawn(identity)
            if self._is_ready_by(deadline):
                return
            code, words = self._process.returncode, self._last_words()
            if "pre-existing shared memory block" not in words or time.monotonic() > deadline:
                raise self._explain(code, words)
            time.sleep(POLL_S * 10)

    def _spawn(self, identity: str) -> subprocess.Popen[bytes]:
        program = str(binary("postgres", self.config.major))
        path = self.config.log
        if path.exists() and path.stat().st_size > LOG_LIMIT:
            path.replace(path.with_name(path.name + ".1"))
        with path.open("ab") as log:
            self._log_start = log.tell()
            return subprocess.Popen(
                command_for(identity, [program, "-D", str(self.config.data)]),
                cwd="/",
                env=clean_environment(),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,  # Ctrl-C is meant for us: we stop Postgres last
            )

    def _is_ready_by(self, deadline: float) -> bool:
        """Waits for readiness; False when the program ended, StartTooSlow past the deadline."""
        process = self._process
        while process is not None and process.poll() is None:
            found = read_pidfile(self.config.data)
            if found is not None and found.pid == process.pid and found.state == "ready":
                return True
            if time.monotonic() >= deadline:
                raise StartTooSlow(self.config.start_timeout, self.config.log)
            time.sleep(POLL_S)
        return False

    def _last_words(self) -> str:
        with self.config.log.open("rb") as log:
            log.seek(self._log_start)
            return log.read()[-2000:].decode(errors="replace")

    def _explain(self, code: int, words: str) -> PostgresError:
        if "could not bind" in words:
            return PortTaken(self.config.port, find_free_port(self.config.port + 1))
        return StartFailed(code, self.config.log, words)


def ended(process: subprocess.Popen[bytes], number: signal.Signals, timeout: float) -> bool:
    """Sends our own child a signal and tells whether it ended within `timeout` seconds."""
    if process.poll() is None:
        process.send_signal(number)
    try:
        process.wait(timeout)
    except subprocess.TimeoutExpired:
        return False
    return True


if __name__ == "__main__":
    import sys

    from local.foreground import main

    sys.exit(main(sys.argv[1:]))
