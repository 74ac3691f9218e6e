"""A fail-point does something at its place only, and nothing where none is set."""

from __future__ import annotations

import pytest

from romashka.failpoint import FROZEN_S, FailPointReached, reach


@pytest.mark.parametrize("spec", ["", "other:raise", "before_send"])
def test_other_place_is_passed(spec: str) -> None:
    assert reach(spec, "here") == 0.0


def test_raise_raises() -> None:
    with pytest.raises(FailPointReached, match="here"):
        reach("here:raise", "here")


def test_sleep_gives_a_long_time() -> None:
    assert reach("here:sleep", "here") == FROZEN_S
