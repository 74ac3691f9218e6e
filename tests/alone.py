"""Tests marked `alone` have the machine to themselves: they promise seconds of the real clock.

While one runs, no other test process of this checkout runs a test; all others run beside each
other. Whoever waits for the machine closes the door, so that it is not overtaken for ever.
"""

from __future__ import annotations

import fcntl
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest


def pytest_configure(config: pytest.Config) -> None:
    """Makes the marker known."""
    config.addinivalue_line("markers", "alone: no other test runs at the same time")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Generator[None, object, object]:
    """Every test holds the machine, most of them together."""
    assert item.config.cache is not None
    is_alone = item.get_closest_marker("alone") is not None
    with holding(item.config.cache.mkdir("alone"), is_alone):
        return (yield)


@contextmanager
def holding(locks: Path, is_alone: bool) -> Iterator[None]:
    """Holds the machine, alone or with all who do not want it alone."""
    with (locks / "machine").open("w") as machine:
        with (locks / "door").open("w") as door:
            fcntl.flock(door, fcntl.LOCK_EX)
            fcntl.flock(machine, fcntl.LOCK_EX if is_alone else fcntl.LOCK_SH)
        yield
