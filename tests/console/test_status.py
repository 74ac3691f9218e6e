"""`romashka status` ends with 4 until every started part is there and answers."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator

import pytest

from tests.system import System
from tests.waiting import wait_until


@pytest.fixture
def ready_again(running: System) -> Iterator[System]:
    """The shared system, for a test that hurts it; it is ready again afterwards."""
    yield running
    wait_until(lambda: running.run("status").returncode == 0, timeout=60)


def pid_of(system: System, name: str) -> int:
    """The process id of a part."""
    return int(system.json("status")["pids"][name])


@pytest.mark.parametrize("name", ["gateway", "standins", "postgres"])
def test_a_frozen_part_is_not_ready_and_is_named(ready_again: System, name: str) -> None:
    pid = pid_of(ready_again, name)
    os.kill(pid, signal.SIGSTOP)
    try:
        done = ready_again.run("status")
    finally:
        os.kill(pid, signal.SIGCONT)
    assert done.returncode == 4
    assert "not ready: " in done.stderr
    assert f"{name}: " in done.stderr


def test_a_dead_part_is_not_ready_and_is_named(ready_again: System) -> None:
    pid = pid_of(ready_again, "standins")
    # Whoever keeps the processes is held, so that the part stays away.
    ready_again.process.send_signal(signal.SIGSTOP)
    try:
        os.kill(pid, signal.SIGKILL)
        wait_until(lambda: "standins ended" in ready_again.run("status").stderr, timeout=20)
        assert ready_again.run("status").returncode == 4
    finally:
        ready_again.process.send_signal(signal.SIGCONT)
