"""Fits worker/embedding/adapter.npy: a linear map by which intents of a business stand apart.

By prototypes (Snell, Swersky and Zemel, 2017): of some intents of a business, a question should be
nearest to the mean of other texts of its own intent. The map begins as no change at all, and what
is far from every business keeps its distances, so that what is no intent is found as before.
bench.calibrate says how it is used, and leaves out the business that it tests.
"""

from __future__ import annotations

import asyncio
import json
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from bench.faq import Faq
from worker.embedding import DIMENSIONS, Embedder
from worker.embedding.weights import Array

STEPS = 1000
PACE = 1e-3
# How many times the cosine is taken as the score of an intent, and how much the rest must stay.
SHARPNESS, CALM = 20.0, 300.0
AT_ONCE, ASKED, KNOWN, ANYWHERE = 32, 2, 5, 96
# Chance decides which texts are drawn: the mean of some maps depends less on it.
MAPS = 2
# An intent with fewer texts has nothing to be asked with.
LEAST = 3
EXAMPLES = "examples.jsonl"


@dataclass(frozen=True, slots=True, kw_only=True)
class Texts:
    """Unit vectors of a business's texts, a row each: of every intent, and what is far from all."""

    intents: tuple[Array, ...]
    far: Array


@dataclass(frozen=True, slots=True, kw_only=True)
class Episode:
    """Some intents of a business: questions, whose intent is which, and texts known for them.

    `members` has a row for each known text and a column for each intent, which holds its share in
    the intent's mean.
    """

    questions: Array
    which: npt.NDArray[np.int64]
    known: Array
    members: Array


def texts_of(folder: Path, faq: Faq, embedder: Embedder) -> Texts:
    """What is known of each intent: phrasings, questions to fit on, and the lines of examples.jsonl
    (article, q), where the folder has it; and the questions that are far from all."""
    known: dict[str, list[str]] = defaultdict(list)
    for article in faq.articles:
        known[article.key] += article.phrasings
    asked = [one for one in faq.questions if one.split == "dev"]
    for question in asked:
        if question.gold is not None and question.kind == "in":
            known[question.gold].append(question.text)
    if (folder / EXAMPLES).exists():
        for line in (folder / EXAMPLES).read_text(encoding="utf-8").splitlines():
            row = json.loads(line)
            known[row["article"]].append(row["q"])
    groups = [sorted(set(texts)) for texts in known.values()]
    return Texts(
        intents=tuple(vectors(embedder, texts) for texts in groups if len(texts) >= LEAST),
        far=vectors(embedder, [one.text for one in asked if one.kind == "far_oos"]),
    )


def vectors(embedder: Embedder, texts: Sequence[str]) -> Array:
    """The texts' vectors, a row each."""
    return np.array(asyncio.run(embedder.embed(texts)), np.float32).reshape(-1, DIMENSIONS)


def fit_adapter(businesses: Sequence[Texts], steps: int = STEPS, maps: int = MAPS) -> Array:
    """The map that these businesses teach; each counts the root of its intents."""
    found: Array = np.mean([fit_once(businesses, steps, seed) for seed in range(maps)], axis=0)
    return found


def fit_once(businesses: Sequence[Texts], steps: int, seed: int) -> Array:
    """One map, by Adam; the seed decides which texts are drawn."""
    chance = np.random.default_rng(seed)
    weights = np.sqrt([len(one.intents) for one in businesses])
    far = np.vstack([one.far for one in businesses])
    adapter = np.eye(DIMENSIONS, dtype=np.float32)
    mean, square = np.zeros_like(adapter), np.zeros_like(adapter)
    for step in range(steps):
        business = businesses[chance.choice(len(businesses), p=weights / weights.sum())]
        slope = slope_of(adapter, draw(chance, business.intents))
        slope += calming(adapter, far[chance.integers(len(far), size=ANYWHERE)])
        mean = 0.9 * mean + 0.1 * slope
        square = 0.999 * square + 0.001 * slope**2
        length = mean / (1 - 0.9 ** (step + 1))
        length /= np.sqrt(square / (1 - 0.999 ** (step + 1))) + 1e-8
        adapter = adapter - PACE * max(0.02, 1 - step / steps) * length
    return adapter


def draw(chance: np.random.Generator, intents: Sequence[Array]) -> Episode:
    """Some intents with some of their texts, each either asked or known."""
    asked, known = [], []
    for place in chance.permutation(len(intents))[:AT_ONCE]:
        texts = chance.permutation(intents[place])[: ASKED + KNOWN]
        count = ASKED if len(texts) > ASKED + LEAST - 1 else 1
        asked.append(texts[:count])
        known.append(texts[count:])
    member = np.repeat(np.arange(len(known)), [len(texts) for texts in known])
    shares = (member[:, None] == np.arange(len(known))).astype(np.float32)
    return Episode(
        questions=np.vstack(asked),
        which=np.repeat(np.arange(len(asked)), [len(texts) for texts in asked]),
        known=np.vstack(known),
        members=shares / shares.sum(0),
    )


def slope_of(adapter: Array, episode: Episode) -> Array:
    """How the surprise at the right intents changes with the map."""
    questions, question_lengths = unit(episode.questions @ adapter.T)
    known, known_lengths = unit(episode.known @ adapter.T)
    scores = SHARPNESS * (questions @ known.T) @ episode.members
    shares = np.exp(scores - scores.max(1, keepdims=True))
    shares /= shares.sum(1, keepdims=True)
    shares[np.arange(len(questions)), episode.which] -= 1
    pull = SHARPNESS / len(questions) * shares @ episode.members.T
    return through(pull @ known, questions, question_lengths, episode.questions) + through(
        pull.T @ questions, known, known_lengths, episode.known
    )


def calming(adapter: Array, texts: Array) -> Array:
    """How the change of the texts' distances to each other changes with the map."""
    mapped, lengths = unit(texts @ adapter.T)
    change = mapped @ mapped.T - texts @ texts.T
    pull: Array = np.float32(4 * CALM / change.size) * change @ mapped
    return through(pull, mapped, lengths, texts)


def unit(rows: Array) -> tuple[Array, Array]:
    """The rows with length 1, and the lengths they had."""
    lengths: Array = np.linalg.norm(rows, axis=1, keepdims=True)
    return rows / lengths, lengths


def through(slope: Array, mapped: Array, lengths: Array, texts: Array) -> Array:
    """The slope by the map, given that by the mapped unit vectors of these texts."""
    across = (slope - (slope * mapped).sum(1, keepdims=True) * mapped) / lengths
    found: Array = across.T @ texts
    return found
