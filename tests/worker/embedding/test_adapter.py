"""The map of MiniLM's vectors: unit vectors, a name of its own, and intents further apart."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from bench.faq import read_faq
from worker.embedding import DIMENSIONS
from worker.embedding.adapter import ADAPTER, adapted, name_of, read_adapter
from worker.embedding.minilm import BATCH, MiniLM, find_model, load
from worker.embedding.weights import Array, BadWeights

BUSINESSES = Path(__file__).parents[3] / "bench" / "faq"
UNSEEN = ("bank", "gym")
PHRASINGS = 5
PLAIN = np.eye(DIMENSIONS, dtype=np.float32)


def test_mapped_vectors_have_the_length_of_one():
    vectors = np.random.default_rng(1).normal(size=(4, DIMENSIONS)).astype(np.float32)
    assert np.allclose(np.linalg.norm(adapted(vectors, read_adapter()), axis=1), 1, atol=1e-5)


def test_another_map_has_another_name():
    assert name_of(read_adapter()) == name_of(read_adapter(ADAPTER))
    assert name_of(read_adapter()) != name_of(PLAIN)


@pytest.mark.parametrize("content", [b"", b"no map", None], ids=["empty", "text", "too small"])
def test_what_is_no_map_is_refused(tmp_path: Path, content: bytes | None):
    path = tmp_path / "adapter.npy"
    if content is None:
        np.save(path, np.eye(3))
    else:
        path.write_bytes(content)
    with pytest.raises(BadWeights, match=r"adapter\.npy"):
        read_adapter(path)


def test_vectors_are_kept_by_the_name_of_model_and_map(minilm: MiniLM):
    assert minilm.name == f"all-MiniLM-L6-v2+{name_of(read_adapter())}"


def lead(minilm: MiniLM, business: str) -> float:
    """By how much the right article's middle is nearer to a question than the best other one, in
    spreads of that lead; the larger it is, the rarer are wrong answers."""
    faq = read_faq(BUSINESSES / business, PHRASINGS)
    keys = [article.key for article in faq.articles]
    middles = np.array([middle_of(minilm, list(article.phrasings)) for article in faq.articles])
    asked = [one for one in faq.questions if one.gold is not None]
    near = vectors(minilm, [one.text for one in asked]) @ middles.T
    gold = np.array([keys.index(str(one.gold)) for one in asked])
    rows = np.arange(len(asked))
    of_gold = near[rows, gold].copy()
    near[rows, gold] = -1
    leads = of_gold - near.max(1)
    return float(leads.mean() / leads.std())


def vectors(minilm: MiniLM, texts: list[str]) -> Array:
    batches = [texts[start : start + BATCH] for start in range(0, len(texts), BATCH)]
    return np.vstack([minilm.vectors_of(batch) for batch in batches]).astype(np.float32)


def middle_of(minilm: MiniLM, texts: list[str]) -> Array:
    middle: Array = vectors(minilm, texts).mean(0)
    return middle / np.float32(np.linalg.norm(middle))


def test_articles_that_the_map_has_never_seen_stand_further_apart_on_the_whole(minilm: MiniLM):
    model = find_model()
    assert model
    plain = load(model, PLAIN)
    assert np.mean([lead(minilm, name) for name in UNSEEN]) > 1.05 * np.mean(
        [lead(plain, name) for name in UNSEEN]
    )
