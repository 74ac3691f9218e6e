"""How sure of a worded answer we are."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.worker.turns import DELIVERY, make_turn
from worker.confidence import grounded_confidence, is_foreign

ANSWER = "Standard delivery takes 2 to 4 working days."


@pytest.mark.parametrize("language", ["en-GB", "EN", "en_US"])
def test_a_region_is_no_other_language(language: str) -> None:
    plain = grounded_confidence(make_turn(), ANSWER, (DELIVERY,))
    assert grounded_confidence(make_turn(language=language), ANSWER, (DELIVERY,)) == plain
    british = replace(DELIVERY, language=language)
    assert not is_foreign(make_turn(), (british,))


def test_another_language_is_foreign() -> None:
    assert is_foreign(make_turn(language="pt-BR"), (DELIVERY,))
    assert not is_foreign(make_turn(language=None), (DELIVERY,))
