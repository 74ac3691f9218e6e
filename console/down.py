"""`romashka down`: ends a running system and returns when its last process is gone."""

from __future__ import annotations

import os
import signal
import time

from console.output import say
from console.place import directory
from local.plan import STATE
from local.run_file import Process, Run, forget_run, is_held, read_run

CLEAN_END_S = 60.0
KILLED_S = 10.0
POLL_S = 0.05


def run() -> None:
    """End what runs; what does not end by itself is killed, never a process that is not ours."""
    state = directory() / STATE
    current = read_run(state)
    if not is_held(state) and not (current and current.living()):
        forget_run(state)
        say("nothing was running")
        return
    began = time.monotonic()
    if current is not None:
        ask_to_end(current)
        wait_until_gone(current, began + CLEAN_END_S)
        kill_the_rest(current)
    wait_until_released(began + CLEAN_END_S)
    forget_run(state)
    say(f"everything ended in {time.monotonic() - began:.1f} s")


def ask_to_end(current: Run) -> None:
    """Ask the keeping process, which ends its parts in order; without it, ask each part."""
    targets = [current.keeper] if current.keeper.is_alive() else current.living().values()
    for process in targets:
        send(process, signal.SIGTERM)


def wait_until_gone(current: Run, deadline: float) -> bool:
    """Wait for the last process of the run."""
    while current.living():
        if time.monotonic() > deadline:
            return False
        time.sleep(POLL_S)
    return True


def wait_until_released(deadline: float) -> None:
    """Wait until nobody holds the checkout, so that `up` works at once."""
    while is_held(directory() / STATE) and time.monotonic() < deadline:
        time.sleep(POLL_S)


def kill_the_rest(current: Run) -> None:
    """Kill what is left; Postgres is asked to end at once, because it can do that safely."""
    for name, process in current.living().items():
        say(f"{name} (process {process.pid}) does not end and is killed")
        send(process, signal.SIGQUIT if name == "postgres" else signal.SIGKILL)
    wait_until_gone(current, time.monotonic() + KILLED_S)


def send(process: Process, number: signal.Signals) -> None:
    """Send a signal to exactly this process, if it still lives."""
    if process.is_alive():
        try:
            os.kill(process.pid, number)
        except ProcessLookupError:
            return
