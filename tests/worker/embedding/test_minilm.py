"""The packaged MiniLM in numpy: its vectors, its limits, and files that are not its own."""

from __future__ import annotations

import math
import shutil
from pathlib import Path

import numpy as np
import pytest

from worker.embedding import DIMENSIONS, EmbeddingFailed
from worker.embedding.blas import use_one_thread
from worker.embedding.encoder import erf
from worker.embedding.minilm import MiniLM, check_files, find_model, load
from worker.embedding.weights import BadWeights

TEXTS = ["How do I change my PIN?", "I want to set a new pin code", "The weather is nice"]
ODD = ["", " ", "\x00", "😀" * 300, "word " * 20_000, "مرحبا", "x" * 100_000]


async def test_texts_that_mean_the_same_are_near(minilm: MiniLM):
    pin, code, weather = np.array(await minilm.embed(TEXTS))
    assert pin @ code > 0.7
    assert pin @ weather < 0.1


def test_without_our_map_the_vectors_are_the_published_ones(minilm: MiniLM):
    model = find_model()
    assert model
    plain = load(model, np.eye(DIMENSIONS, dtype=np.float32))
    pin, code, _ = np.array(plain.vectors_of(TEXTS))
    assert pin @ code == pytest.approx(0.80, abs=0.01)


async def test_every_text_has_a_unit_vector(minilm: MiniLM):
    vectors = await minilm.embed([*TEXTS, *ODD])
    assert [len(vector) for vector in vectors] == [DIMENSIONS] * len(TEXTS + ODD)
    assert [math.hypot(*vector) for vector in vectors] == pytest.approx([1] * len(vectors))
    assert await minilm.embed([]) == []


async def test_a_text_has_the_same_vector_in_any_company(minilm: MiniLM):
    [alone] = await minilm.embed(TEXTS[:1])
    [among, *_] = await minilm.embed([TEXTS[0], "word " * 200, "no"])
    assert among == pytest.approx(alone, abs=1e-5)


def test_the_error_function_is_exact_enough():
    values = np.linspace(-6, 6, 10_001, dtype=np.float32)
    exact = np.array([math.erf(value) for value in values])
    assert np.abs(erf(values) - exact).max() < 5e-7


def test_one_thread_is_what_numpy_uses():
    assert use_one_thread()


async def test_a_closed_model_says_so(minilm: MiniLM):
    model = find_model()
    assert model is not None
    own = load(model)
    await own.close()
    with pytest.raises(EmbeddingFailed):
        await own.embed(TEXTS)


def test_another_file_is_refused(minilm: MiniLM, tmp_path: Path):
    model = find_model()
    assert model is not None
    shutil.copytree(model, tmp_path / "model")
    (tmp_path / "model" / "tokenizer.json").write_text("{}")
    with pytest.raises(BadWeights, match=r"tokenizer\.json"):
        check_files(tmp_path / "model")


def test_a_folder_without_the_model_is_none(tmp_path: Path):
    assert find_model(tmp_path) is None
