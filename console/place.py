"""Which checkout a command speaks about, and what runs there."""

from __future__ import annotations

import os
from pathlib import Path

from console.problems import not_running
from local.plan import ROOT, STATE, Plan, Ports, make_plan
from local.run_file import Run, is_held, read_run


def directory() -> Path:
    """The folder with .env and .romashka: ROMASHKA_DIRECTORY, or the checkout."""
    return Path(os.environ.get("ROMASHKA_DIRECTORY") or ROOT).resolve()


def running() -> tuple[Plan, Run]:
    """The plan and the processes of the system that runs here; raises the problem that none does.

    Settings come from the environment and .env of this terminal, ports from the running system.
    """
    run = find_run()
    if run is None:
        raise not_running()
    return make_plan(directory(), os.environ, run.ports), run


def find_run() -> Run | None:
    """The run of this checkout while somebody keeps it."""
    state = directory() / STATE
    return read_run(state) if is_held(state) else None


def plan_here() -> Plan:
    """The plan as it would be if everything were started now, or as it is running."""
    run = find_run()
    return make_plan(directory(), os.environ, run.ports if run else Ports())


def reachable() -> Plan:
    """The plan of a database that can be asked: a project's, or a running embedded one's."""
    plan = plan_here()
    return plan if plan.project else running()[0]
