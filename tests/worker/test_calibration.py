"""The probability of an answer: which fit is used, what raises and lowers it, where the gate is."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from tests.worker.turns import DELIVERY, SIZES
from worker.calibration import (
    CALIBRATORS,
    FITS,
    Calibrator,
    fit_for,
    judge,
    probability,
    read_calibrators,
)

QUESTION = "How long does delivery take?"
PHRASED = replace(DELIVERY, phrasings=("How long does delivery take?", "When does it arrive?"))
OTHER = replace(SIZES, phrasings=("What size do I need?", "Is it large?"))
NEAR = {"cosine": 0.9, "pair": 0.85, "centre": 0.85, "tightness": 0.7}
FAR = {"cosine": 0.2, "pair": 0.15, "centre": 0.15, "tightness": 0.7}


def chance(question, *passages):
    found = judge(question, passages)
    assert found
    return found.probability


def test_there_is_a_fit_for_every_case():
    assert set(CALIBRATORS) == {
        "words",
        "words with phrasings",
        "meaning",
        "meaning with phrasings",
    }


@pytest.mark.parametrize("name", CALIBRATORS)
def test_stricter_shares_need_more(name):
    fit = CALIBRATORS[name]
    assert fit.gate(0.02) >= fit.gate(0.05) >= fit.gate(0.1) >= fit.gate(1) == 0
    assert fit.gate(0.05) > 0.7
    assert fit.gate(0.01) == 1


def test_a_share_between_two_fitted_ones_takes_the_stricter():
    fit = Calibrator(key="fit", order={}, bias=0, weights={}, gates={0.02: 0.9, 0.05: 0.8})
    assert fit.gate(0.04) == 0.9


def test_what_was_learned_here_goes_before_what_others_taught():
    found = judge(QUESTION, (PHRASED, OTHER))
    assert found
    key, usual = found.calibrator.key, found.calibrator.gate(0.05)
    assert found.needed(0.7, 0.05) == usual
    assert found.needed(0.7, 0.05, {"another fit": 0.75}) == usual
    assert found.needed(0.7, 0.05, {key: 0.75}) == 0.75
    assert found.needed(0.7, 0.05, {key: 0.2}) == 0.7
    assert found.needed(0.7, 1, {key: 0.9}) == 0.7


def test_a_fit_of_other_numbers_has_another_key(tmp_path):
    fits = json.loads(FITS.read_text())
    fits["words"]["bias"] += 1
    changed = tmp_path / "fits.json"
    changed.write_text(json.dumps(fits))
    found = read_calibrators(changed)
    assert found["words"].key != CALIBRATORS["words"].key
    assert found["meaning"].key == CALIBRATORS["meaning"].key


@pytest.mark.parametrize(
    ("passages", "name"),
    [
        ((DELIVERY, SIZES), "words"),
        ((PHRASED, OTHER), "words with phrasings"),
        ((replace(DELIVERY, **NEAR), replace(SIZES, **FAR)), "meaning"),
        ((replace(PHRASED, **NEAR), replace(OTHER, **FAR)), "meaning with phrasings"),
        ((replace(PHRASED, **NEAR), OTHER), "words with phrasings"),
        ((replace(PHRASED, **NEAR, language="de"),), "words with phrasings"),
    ],
)
def test_the_fit_follows_from_what_is_known(passages, name):
    assert fit_for(passages) == name


def test_nothing_found_has_no_probability():
    assert judge(QUESTION, ()) is None


def test_the_nearest_by_meaning_comes_first_whatever_the_words():
    far, near = replace(PHRASED, **FAR), replace(OTHER, **NEAR)
    found = judge("Will it fit me?", (far, near))
    assert found and found.ranked[0].passage is near


def test_a_near_article_is_more_probable_than_a_far_one():
    asked = "Will it be here by Monday?"
    ours, other = replace(PHRASED, coverage=0.1), replace(OTHER, coverage=0.1, **FAR)
    assert chance(asked, replace(ours, **NEAR), other) > 0.8
    assert chance(asked, replace(ours, **FAR), other) < 0.3


@pytest.mark.parametrize("views", [({}, {}), (NEAR, NEAR)])
def test_a_rival_lowers_the_probability(views):
    ours, theirs = views
    best = replace(PHRASED, **ours)
    weak = replace(OTHER, **(FAR if theirs else {}))
    rival = replace(PHRASED, article_id="rival", **theirs)
    assert chance(QUESTION, best, rival) < chance(QUESTION, best, weak)


def test_words_that_no_article_holds_lower_the_probability():
    known = chance(QUESTION, PHRASED, OTHER)
    strange = chance("Does a zeppelin kiss the moon?", replace(PHRASED, coverage=0.1), OTHER)
    assert strange < 0.4 < 0.8 < known


def test_shares_sum_to_one():
    found = judge(QUESTION, (PHRASED, OTHER))
    assert found and sum(found.shares) == pytest.approx(1)


@pytest.mark.parametrize("question", ["", "?", "😀", "x" * 100_000, "ما هي ساعات العمل؟", "\x00"])
def test_odd_questions_have_a_probability(question):
    assert 0 <= chance(question, PHRASED, OTHER) <= 1


def test_extreme_sums_are_no_overflow():
    assert probability(-1e9, {"x": 1}, {"x": 1}) < 1e-9
