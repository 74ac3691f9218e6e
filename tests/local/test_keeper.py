"""The keeper of a run's processes."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from local.child import Part
from local.keeper import Keeper
from local.kept import KeptChild
from tests.waiting import wait_until


@pytest.fixture
def keeper() -> Iterator[Keeper]:
    """A keeper that keeps nothing yet; it ends what it was given."""
    keeper = Keeper(lambda _: None, lambda: None)
    keeper.begin()
    yield keeper
    keeper.end()


def test_what_is_dead_at_the_moment_is_still_kept_by_name(keeper: Keeper, tmp_path: Path) -> None:
    part = Part(
        name="short",
        command=(sys.executable, "-c", ""),
        environment=dict(os.environ),
        directory=tmp_path,
        log=tmp_path / "log" / "short.log",
        is_ready=lambda _: True,
    )
    keeper.order(lambda: keeper.keep(KeptChild(part)))
    wait_until(lambda: keeper.pids() == {})
    assert keeper.names() == ["short"]
