"""A turn as the database gives it: what was set holds, zero too."""

from __future__ import annotations

import pytest

from worker.turn import MAX_WRONG_RATE, THRESHOLD, read_turn

ROW = {"job_id": "j", "attempt": 1, "conversation_id": "c", "channel_type": "website"}


@pytest.mark.parametrize(("given", "held"), [(0, 0.0), (0.4, 0.4), (1, 1.0), (None, THRESHOLD)])
def test_a_threshold_of_zero_is_one_that_was_set(given: float | None, held: float) -> None:
    assert read_turn({**ROW, "threshold": given}).threshold == held


@pytest.mark.parametrize(("given", "held"), [(0, 0.0), (1, 1.0), (None, MAX_WRONG_RATE)])
def test_who_accepts_no_wrong_answer_is_not_given_the_usual_share(
    given: float | None, held: float
) -> None:
    assert read_turn({**ROW, "max_wrong_rate": given}).max_wrong_rate == held
