"""Which model answers: the settings decide."""

from __future__ import annotations

from romashka.settings import Settings
from worker.model import Model
from worker.model.embedded import EmbeddedModel


def choose_model(settings: Settings) -> Model:
    """A language model where a key or a server is set, else the embedded answerer."""
    if not (settings.openai_api_key or settings.openai_base_url):
        return EmbeddedModel()
    # Imported only here: without a key, nothing of the openai library is needed.
    from worker.model.chat import CHAT
    from worker.model.language_model import LanguageModel
    from worker.model.provider import Provider
    from worker.model.responses import RESPONSES

    return LanguageModel(
        Provider(
            RESPONSES if settings.ai_wire == "responses" else CHAT,
            model=settings.openai_model,
            api_key=settings.openai_api_key,
            base_url=settings.openai_base_url,
        )
    )
