"""How often a worker looks for what nobody refers to any more."""

from __future__ import annotations

import gc
from collections.abc import Iterator

import pytest

from worker.memory import settle


@pytest.fixture
def looks() -> Iterator[list[str]]:
    """What Python says of each look from now on; afterwards it looks as often as before."""
    seen: list[str] = []

    def note(phase: str, _: dict[str, int]) -> None:
        seen.append(phase)

    often = gc.get_threshold()
    gc.callbacks.append(note)
    yield seen
    gc.callbacks.remove(note)
    gc.set_threshold(*often)
    gc.unfreeze()


def test_what_some_calls_keep_while_they_wait_is_not_looked_through(looks: list[str]) -> None:
    settle()
    looks.clear()
    kept = [[number] for number in range(5000)]
    assert (len(kept), looks) == (5000, [])


def test_what_nobody_refers_to_any_more_goes(looks: list[str]) -> None:
    settle()
    for _ in range(50_000):
        circle: list[object] = []
        circle.append(circle)
    assert "stop" in looks


def test_what_is_loaded_is_never_looked_through_again(looks: list[str]) -> None:
    settle()
    assert gc.get_freeze_count() > 10_000
