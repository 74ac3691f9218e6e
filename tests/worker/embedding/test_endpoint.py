"""Embeddings of a server: what it is asked, what is taken from it, and every fault it shows."""

from __future__ import annotations

import math
import time
from collections.abc import Callable

import pytest

from worker.embedding import DIMENSIONS, EmbeddingFailed
from worker.embedding import endpoint as module
from worker.embedding.endpoint import BATCH, Endpoint

Play = Callable[[str], None]
Asked = Callable[[], list[dict[str, object]]]


async def test_vectors_come_in_the_order_of_the_texts(endpoint: Endpoint):
    texts = [f"text number {number}" for number in range(BATCH + 6)]
    vectors = await endpoint.embed(texts)
    assert [math.hypot(*vector) for vector in vectors] == pytest.approx([1] * len(texts))
    for number in (0, 5, BATCH + 5):
        [alone] = await endpoint.embed([texts[number]])
        assert vectors[number] == pytest.approx(alone)


async def test_numbers_are_asked_for_as_numbers_and_in_our_size(endpoint: Endpoint, asked: Asked):
    await endpoint.embed(["one", ""])
    assert asked() == [
        {
            "model": "stand-in",
            "input": ["one", " "],
            "encoding_format": "float",
            "dimensions": DIMENSIONS,
        }
    ]


async def test_a_server_that_knows_no_dimensions_is_asked_without(
    endpoint: Endpoint, playing: Play, asked: Asked
):
    playing("no_dimensions")
    await endpoint.embed(["one"])
    await endpoint.embed(["two"])
    assert ["dimensions" in body for body in asked()] == [True, False, False]


@pytest.mark.parametrize(
    ("mode", "reason"),
    [
        ("large", "the model gives 1024 numbers, 384 are needed"),
        ("error", "status 503"),
        ("malformed", "out of shape"),
        ("fewer", "out of shape"),
        ("zero", "a vector has no direction"),
    ],
)
async def test_what_cannot_be_used_is_a_failure(
    endpoint: Endpoint, playing: Play, mode: str, reason: str
):
    playing(mode)
    with pytest.raises(EmbeddingFailed, match=reason):
        await endpoint.embed(["one", "two"])


async def test_a_server_that_hangs_is_left(
    endpoint: Endpoint, playing: Play, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(module, "TIMEOUT_S", 0.3)
    playing("hang")
    began = time.monotonic()
    with pytest.raises(EmbeddingFailed, match="in time"):
        await endpoint.embed(["one"])
    assert time.monotonic() - began < 3


async def test_a_server_that_is_not_there_is_a_failure():
    gone = Endpoint(model="none", api_key="", base_url="http://127.0.0.1:9/v1")
    with pytest.raises(EmbeddingFailed, match="APIConnectionError"):
        await gone.embed(["one"])
    await gone.close()
