"""One system started by `romashka up` for all tests of the command, and folders without one."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.system import System


@pytest.fixture(scope="session")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[System]:
    """A running system that the tests share: none may end it."""
    system = System(tmp_path_factory.mktemp("running"))
    system.up()
    yield system
    system.end()


@pytest.fixture
def stopped(tmp_path: Path) -> System:
    """A folder in which nothing runs."""
    return System(tmp_path)


@pytest.fixture(scope="session")
def used(tmp_path_factory: pytest.TempPathFactory) -> Iterator[System]:
    """A folder in which systems run one after the other: the database is made only once."""
    system = System(tmp_path_factory.mktemp("used folder with spaces in its name"))
    yield system
    system.end()


@pytest.fixture
def ended(used: System) -> Iterator[System]:
    """The used folder, with nothing running before the test and after it."""
    used.end()
    yield used
    used.end()
