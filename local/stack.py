"""The whole system on one machine: starts it, tells its addresses, ends it without a trace.

    with Stack(directory) as stack:
        stack.run["api_url"], stack.pids["worker"], stack.kill("worker"), stack.restart("webhooks")

`directory` gets a folder `.romashka` with the database, logs, secrets and the file of pids.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import IO, Any

from local.child import POLL_S, ChildFailed, Part
from local.claims import Claims, listens
from local.demo_agent import ensure_demo_agent
from local.embedded import configuration, prepare
from local.hosted import check_project
from local.keeper import Keeper, Kept
from local.kept import KeptChild, KeptPostgres
from local.parts import check_settings, parts_of, reasons
from local.plan import STATE, Plan, Ports, make_plan
from local.run_file import Process, Run, forget_run, take_lock, write_run

DEFAULT_PORTS = Ports()
READY_WITHIN_S = 60.0


class Stack:
    """One running system. `say` gets sentences for a person, `timed` a step and its seconds."""

    def __init__(
        self,
        directory: Path,
        environ: Mapping[str, str] | None = None,
        *,
        ports: Ports = DEFAULT_PORTS,
        say: Callable[[str], None] = lambda _: None,
        timed: Callable[[str, float], None] = lambda _, __: None,
    ) -> None:
        self.directory = directory.resolve()
        self._environ = dict(os.environ if environ is None else environ)
        self._wanted = ports
        self._say = say
        self._timed = timed
        self._keeper = Keeper(say, self._write)
        self._state = "starting"
        self._lock: IO[str] | None = None
        self._claims = Claims()
        self._plan: Plan | None = None
        self._parts: dict[str, Part] = {}

    def __enter__(self) -> Stack:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    @property
    def plan(self) -> Plan:
        """Addresses, keys and settings; known once the start began."""
        if self._plan is None:
            raise RuntimeError("the system was not started")
        return self._plan

    @property
    def run(self) -> dict[str, Any]:
        """What `romashka status --json` prints."""
        return self.plan.describe(self.pids)

    @property
    def pids(self) -> dict[str, int]:
        """The process ids by name."""
        return {"up": os.getpid(), **self._keeper.pids()}

    def start(self) -> dict[str, Any]:
        """Start everything and wait until it is ready; gives what `run` gives.

        Raises AlreadyUp, BadConfiguration, ChildFailed, a PostgresError, MigrationFailed…; what
        had started is ended again.
        """
        self._lock = take_lock(self.directory / STATE)
        try:
            plan = make_plan(self.directory, self._environ, self._wanted)
            check_settings(plan.environ)
            self._plan = replace(plan, ports=self._claims.choose(self._wanted, self._say))
            self._keeper.begin()
            self._start_all()
        except BaseException:
            self.stop()
            raise
        self._keeper.revive()
        self._state = "ready"
        self._write()
        return self.run

    def stop(self) -> None:
        """End everything, webhooks first and Postgres last; safe to repeat and from a signal."""
        self._state = "stopping"
        self._keeper.end()
        self._claims.release()
        if self._lock is not None:
            forget_run(self.directory / STATE)
            self._lock.close()
            self._lock = None

    def restart(self, name: str) -> None:
        """End a process cleanly, start it again and wait until it is ready."""
        self._keeper.order(lambda: self._keeper.restart(name))
        self.wait_until_ready(name)

    def kill(self, name: str) -> int:
        """Kill a process; it is started again by itself. Gives the old process id."""
        kept = self._keeper.find(name)
        pid = kept.pid or 0
        kept.kill()
        return pid

    def wait_until_ready(self, name: str, timeout_s: float = READY_WITHIN_S) -> None:
        """Wait until a process answers (again); raises ChildFailed when it does not in time."""
        deadline = time.monotonic() + timeout_s
        while not self._is_ready(name):
            if time.monotonic() > deadline:
                raise ChildFailed(
                    f"{name} was not ready within {timeout_s:.0f} s. {self._why_not_ready(name)}"
                )
            time.sleep(POLL_S)

    def _start_all(self) -> None:
        if self.plan.project:
            with self._timing("project"):
                check_project(self.plan)
        else:
            self._start_database()
        began = time.monotonic()
        parts = parts_of(self.plan)
        for part in parts:
            self._parts[part.name] = part
            self._keep(KeptChild(part))
        for part in parts:
            self._wait_first_time(part, began)
        if not self.plan.project:
            with self._timing("demo agent"):
                ensure_demo_agent(self.plan)

    def _start_database(self) -> None:
        plan = self.plan
        passwords = plan.secrets.passwords()
        kept = KeptPostgres(configuration(plan.state, plan.ports.database, passwords))
        with self._timing("postgres"):
            self._keep(kept)
        with self._timing("database"):
            prepare(kept.postgres)

    def _keep(self, kept: Kept) -> None:
        self._keeper.order(lambda: self._keeper.keep(kept))

    def _wait_first_time(self, part: Part, began: float) -> None:
        """Wait as for any start, but a process that ends now is not worth trying again."""
        while not self._is_ready(part.name):
            for name in self._parts:
                kept = self._keeper.find(name)
                if kept.pid is None:
                    raise ChildFailed(kept.obituary())
            if time.monotonic() - began > READY_WITHIN_S:
                raise ChildFailed(
                    f"{part.name} was not ready within {READY_WITHIN_S:.0f} s."
                    f" {self._why_not_ready(part.name)}"
                )
            time.sleep(POLL_S)
        self._timed(part.name, time.monotonic() - began)

    def _is_ready(self, name: str) -> bool:
        pid = self._keeper.pids().get(name)
        if pid is None or name == "postgres":
            return pid is not None
        part = self._parts[name]
        # Another system's process may answer on the address that ours did not get.
        return part.is_ready(pid) and (part.port is None or listens(pid, part.port))

    def _why_not_ready(self, name: str) -> str:
        if name == "worker":
            return f"webhooks says: {reasons(f'{self.plan.webhooks_url}/readyz')}"
        return self._keeper.find(name).obituary()

    @contextmanager
    def _timing(self, name: str) -> Iterator[None]:
        began = time.monotonic()
        yield
        self._timed(name, time.monotonic() - began)

    def _write(self) -> None:
        """Keep the file of pids true; called by whoever starts or ends a process."""
        if self._plan is None:
            return
        found = {name: Process.of(pid) for name, pid in self._keeper.pids().items()}
        keeper = Process.of(os.getpid())
        assert keeper is not None  # noqa: S101 - this very process
        run = Run(
            keeper=keeper,
            state=self._state,
            ports=self._plan.ports,
            parts=self._keeper.names(),
            processes={name: process for name, process in found.items() if process},
        )
        write_run(self._plan.state, run)
