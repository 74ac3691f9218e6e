"""Which embedder there is: the settings decide, and whether the packaged MiniLM was found."""

from __future__ import annotations

from romashka.settings import Settings
from worker.embedding import Embedder


def choose_embedder(settings: Settings) -> Embedder | None:
    """An endpoint where a model is named, else MiniLM where it is installed, else None.

    Reading MiniLM takes about a second: not for the event loop. Raises BadWeights, OSError or
    ImportError when what is installed cannot be used.
    """
    if settings.ai_embeddings == "off":
        return None
    if settings.ai_embedding_model:
        return _endpoint(settings)
    # Imported only here: without it, nothing of numpy is needed.
    from worker.embedding.minilm import find_model, load

    model = find_model()
    return None if model is None else load(model)


def _endpoint(settings: Settings) -> Embedder:
    from worker.embedding.endpoint import Endpoint

    # A key belongs to its server: one of another server is not shown to this one.
    own = settings.ai_embedding_base_url
    return Endpoint(
        model=settings.ai_embedding_model,
        api_key=settings.ai_embedding_api_key or ("" if own else settings.openai_api_key),
        base_url=own or settings.openai_base_url,
    )
