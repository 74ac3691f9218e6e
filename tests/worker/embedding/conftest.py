"""MiniLM as `romashka up` fetches it; fetched into the environment by the first test in need."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable

import pytest

from console.minilm import fetch
from romashka.settings import Settings
from tests.web import WEB
from tests.worker.conftest import StandIn
from worker.embedding.choice import choose_embedder
from worker.embedding.endpoint import Endpoint
from worker.embedding.minilm import MiniLM, find_model, load


@pytest.fixture(scope="session")
def minilm() -> MiniLM:
    """The packaged model in memory."""
    fetch()
    model = find_model()
    assert model is not None
    return load(model)


@pytest.fixture
def playing(standin: StandIn) -> Callable[[str], None]:
    """Lets the stand-in's embeddings play a mode."""

    def play(mode: str) -> None:
        url = f"{standin.url}/_standin/embeddings"
        WEB.post(url, json={"mode": mode}).raise_for_status()

    play("normal")
    return play


@pytest.fixture
def asked(standin: StandIn) -> Callable[[], list[dict[str, object]]]:
    """Gives the bodies of the requests for embeddings."""
    return lambda: WEB.get(f"{standin.url}/_standin/embeddings").json()


@pytest.fixture
async def endpoint(standin: StandIn, playing: Callable[[str], None]) -> AsyncIterator[Endpoint]:
    """An embedder whose server is the stand-in."""
    values = {"AI_EMBEDDING_MODEL": "stand-in", "AI_EMBEDDING_BASE_URL": f"{standin.url}/v1"}
    chosen = choose_embedder(Settings.from_env(values))
    assert isinstance(chosen, Endpoint)
    yield chosen
    await chosen.close()
