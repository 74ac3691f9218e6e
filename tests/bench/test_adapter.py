"""The map that sets intents apart: its slopes are true, and what it learns holds for others too."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import pytest

from bench.adapter import (
    CALM,
    SHARPNESS,
    Episode,
    Texts,
    calming,
    draw,
    fit_adapter,
    slope_of,
    texts_of,
    unit,
)
from bench.faq import Article, Faq, Question
from worker.embedding import DIMENSIONS, Vector
from worker.embedding.weights import Array

INTENTS, TEXTS = 6, 12
CHANCE = np.random.default_rng(4)
TELLING = unit(CHANCE.normal(size=(3, DIMENSIONS)))[0]
# A small step, in whose double precision a slope shows.
STEP = 1e-5


def business(seed: int) -> list[Array]:
    """Intents whose texts differ most in how they are told: along three directions, the same in
    every business."""
    chance = np.random.default_rng(seed)
    found = []
    for _ in range(INTENTS):
        told = chance.normal(size=(TEXTS, len(TELLING))) * 40 @ TELLING
        noise = chance.normal(size=(TEXTS, DIMENSIONS))
        found.append(
            unit((chance.normal(size=DIMENSIONS) * 0.5 + told + noise).astype(np.float32))[0]
        )
    return found


def surprise(adapter: Array, episode: Episode) -> float:
    """What slope_of says the change of."""
    questions, known = (unit(rows @ adapter.T)[0] for rows in (episode.questions, episode.known))
    scores = SHARPNESS * (questions @ known.T) @ episode.members
    picked = scores[np.arange(len(scores)), episode.which]
    return float(np.mean(np.log(np.exp(scores).sum(1)) - picked))


def test_what_businesses_teach_holds_for_those_that_they_have_never_seen() -> None:
    known = [Texts(intents=tuple(business(seed)), far=ANYWHERE) for seed in range(4)]
    adapter = fit_adapter(known, steps=60, maps=1)
    unseen = [draw(CHANCE, business(seed)) for seed in range(20, 26)]
    plain = np.mean([surprise(np.eye(DIMENSIONS), one) for one in unseen])
    mapped = np.mean([surprise(adapter, one) for one in unseen])
    assert mapped < 0.9 * plain


def unrest(adapter: Array) -> float:
    """What calming says the change of."""
    mapped = unit(ANYWHERE @ adapter.T)[0]
    return float(CALM * ((mapped @ mapped.T - ANYWHERE @ ANYWHERE.T) ** 2).mean())


EPISODE = draw(CHANCE, [texts.astype(np.float64) for texts in business(1)])
ANYWHERE = unit(CHANCE.normal(size=(5, DIMENSIONS)))[0]
MAP = np.eye(DIMENSIONS) + CHANCE.normal(size=(DIMENSIONS, DIMENSIONS)) * 0.02


@pytest.mark.parametrize(
    ("height", "slope"),
    [
        (lambda adapter: surprise(adapter, EPISODE), slope_of(MAP, EPISODE)),
        (unrest, calming(MAP, ANYWHERE)),
    ],
    ids=["surprise", "unrest"],
)
def test_a_slope_is_what_a_small_step_changes(
    height: Callable[[Array], float], slope: Array
) -> None:
    way = CHANCE.normal(size=MAP.shape)
    changed = (height(MAP + STEP * way) - height(MAP - STEP * way)) / (2 * STEP)
    assert changed == pytest.approx(float((slope * way).sum()), rel=1e-4)


class Known:
    """An embedder whose vectors say how long a text is."""

    name, dimensions, languages = "known", DIMENSIONS, ("en",)

    async def embed(self, texts: Sequence[str]) -> list[Vector]:
        return [[float(len(text))] * DIMENSIONS for text in texts]

    async def close(self) -> None: ...


def question(text: str, gold: str | None, split: str = "dev") -> Question:
    kind = "in" if gold else "far_oos"
    return Question(key=text, text=text, gold=gold, kind=kind, split=split)


def test_an_intent_is_its_phrasings_questions_and_examples_but_nothing_to_be_tested(
    tmp_path: Path,
) -> None:
    article = Article(key="a", title="T", body="B", language="en", phrasings=("1", "22"))
    asked = (question("333", "a"), question("4444", "a", "test"), question("55555", None))
    (tmp_path / "examples.jsonl").write_text(json.dumps({"article": "a", "q": "666666"}) + "\n")
    faq = Faq(name="x", articles=(article,), questions=asked)
    texts = texts_of(tmp_path, faq, Known())
    [intent] = texts.intents
    assert sorted(intent[:, 0]) == [1, 2, 3, 6]
    assert texts.far[:, 0].tolist() == [5]
