"""Tests marked `alone` have the machine to themselves: they promise seconds of the real clock.

While one runs, no other test process of this checkout runs a test; all others run beside each
other. Whoever waits for the machine closes the door, so that it is not overtaken for ever. Who has
it alone keeps it for a next test that wants it so: every wait lasts until all the others are done.
"""

from __future__ import annotations

import fcntl
from collections.abc import Generator
from pathlib import Path
from typing import IO

import pytest


def pytest_configure(config: pytest.Config) -> None:
    """Makes the marker known."""
    config.addinivalue_line("markers", "alone: no other test runs at the same time")
    config.pluginmanager.register(Machine())


class Machine:
    """The machine as one test process has it: alone, with the others, or not at all."""

    def __init__(self) -> None:
        self._held: IO[str] | None = None

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_protocol(
        self, item: pytest.Item, nextitem: pytest.Item | None
    ) -> Generator[None, object, object]:
        """Every test holds the machine, most of them together."""
        assert item.config.cache is not None
        if self._held is None:
            self._held = take(item.config.cache.mkdir("alone"), wants_it_alone(item))
        try:
            return (yield)
        finally:
            if not (wants_it_alone(item) and wants_it_alone(nextitem)):
                self._held.close()
                self._held = None


def wants_it_alone(item: pytest.Item | None) -> bool:
    """Whether a test is marked."""
    return item is not None and item.get_closest_marker("alone") is not None


def take(locks: Path, is_alone: bool) -> IO[str]:
    """The machine, alone or with all who do not want it alone, until the file is closed."""
    machine = (locks / "machine").open("w")
    with (locks / "door").open("w") as door:
        fcntl.flock(door, fcntl.LOCK_EX)
        fcntl.flock(machine, fcntl.LOCK_EX if is_alone else fcntl.LOCK_SH)
    return machine
