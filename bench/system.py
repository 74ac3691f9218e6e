"""Parts of the system, alone: Postgres and whichever processes a benchmark needs."""

from __future__ import annotations

import os
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import psutil

from bench.database import SETTINGS
from local.child import Child, ChildFailed, Part
from local.embedded import configuration, prepare
from local.plan import Plan, Ports, make_plan
from local.ports import find_free_port
from local.postgres import Postgres, PostgresConfig

KEPT = ("PATH", "HOME", "LANG", "LD_LIBRARY_PATH", "TMPDIR")
READY_WITHIN_S = 60.0
POLL_S = 0.05


@dataclass(frozen=True, slots=True, kw_only=True)
class System:
    """What runs: its plan, and the process ids by name."""

    plan: Plan
    pids: Mapping[str, int]


def bare_environment() -> dict[str, str]:
    """The machine's variables without any setting of ours."""
    return {name: os.environ[name] for name in KEPT if name in os.environ}


def own_ports() -> Ports:
    """Ports that nobody uses, whatever else runs on this machine."""
    free = [find_free_port(0) for _ in range(4)]
    return Ports(api=free[0], database=free[1], webhooks=free[2], standins=free[3])


def busy_s(pid: int) -> float:
    """Seconds of processor time that a process and its living children have used."""
    leader = psutil.Process(pid)
    spent = 0.0
    for process in (leader, *leader.children(recursive=True)):
        # Postgres starts and ends helpers as it likes.
        with suppress(psutil.NoSuchProcess):
            times = process.cpu_times()
            spent += times.user + times.system
    return spent


@contextmanager
def running_system(parts: Sequence[Callable[[Plan], Part]]) -> Iterator[System]:
    """Starts Postgres and these parts in a temporary directory; ends them in reverse order."""
    with ExitStack() as stack:
        directory = stack.enter_context(tempfile.TemporaryDirectory(prefix="romashka-bench-"))
        plan = make_plan(Path(directory), bare_environment(), own_ports())
        server = stack.enter_context(Postgres(server_of(plan)))
        prepare(server, with_seed=False)
        pids = {"postgres": server.pid or 0}
        for make in parts:
            part = make(plan)
            pids[part.name] = stack.enter_context(running(part))
        yield System(plan=plan, pids=pids)


def server_of(plan: Plan) -> PostgresConfig:
    """The configuration of the plan's Postgres, with the settings of all benchmarks."""
    usual = configuration(plan.state, plan.ports.database, plan.secrets.passwords())
    return PostgresConfig(
        directory=usual.directory, port=usual.port, passwords=usual.passwords, settings=SETTINGS
    )


@contextmanager
def running(part: Part) -> Iterator[int]:
    """Runs one process and waits until it is ready; gives its id. Raises ChildFailed."""
    child = Child(part)
    child.start()
    try:
        deadline = time.monotonic() + READY_WITHIN_S
        while (pid := child.pid) is None or not part.is_ready(pid):
            if pid is None or time.monotonic() > deadline:
                raise ChildFailed(f"{part.name} did not start. {child.last_words()}")
            time.sleep(POLL_S)
        yield pid
    finally:
        child.ask_to_stop()
        child.wait_stopped()
