"""Which embedder the settings choose."""

from __future__ import annotations

import pytest

from romashka.settings import Settings
from worker.embedding.choice import choose_embedder
from worker.embedding.minilm import MiniLM


@pytest.mark.parametrize("model", ["", "a-model"])
def test_off_is_off(minilm: MiniLM, model: str):
    values = {"AI_EMBEDDINGS": "off", "AI_EMBEDDING_MODEL": model}
    assert choose_embedder(Settings.from_env(values)) is None


def test_what_was_fetched_is_taken(minilm: MiniLM):
    assert isinstance(choose_embedder(Settings()), MiniLM)


def test_a_key_is_shown_to_its_own_server_alone():
    ours = {"OPENAI_API_KEY": "sk-ours", "AI_EMBEDDING_MODEL": "m"}
    for values, key in (
        (ours, "sk-ours"),
        ({**ours, "AI_EMBEDDING_BASE_URL": "http://127.0.0.1:9/v1"}, "none"),
        ({**ours, "AI_EMBEDDING_API_KEY": "sk-other"}, "sk-other"),
    ):
        chosen = choose_embedder(Settings.from_env(values))
        assert chosen is not None
        assert chosen._client.api_key == key
