"""Which model answers: the settings decide."""

from __future__ import annotations

from collections.abc import Callable

from romashka.settings import Settings, default_wire
from worker.model import Model
from worker.model.embedded import EmbeddedModel


def models_of(settings: Settings) -> list[str]:
    """The names of the language models that are set: none, one, or two."""
    if not (settings.openai_api_key or settings.openai_base_url):
        return []
    return [settings.openai_model, *filter(None, [settings.ai_fallback_model])]


def choose_model(
    settings: Settings, tell: Callable[[str, str | None], None] = lambda model, fault: None
) -> Model:
    """A language model where a key or a server is set, else the embedded answerer.

    `tell` hears of faults of a model's configuration, and None when that model answers again.
    """
    if not models_of(settings):
        return EmbeddedModel()
    # Imported only here: without a key, nothing of the openai library is needed.
    from worker.model.admission import Seats
    from worker.model.chat import CHAT
    from worker.model.language_model import LanguageModel
    from worker.model.provider import Provider
    from worker.model.responses import RESPONSES

    seats = Seats(settings.ai_concurrency)

    def provider(wire: str, model: str, api_key: str, base_url: str) -> Provider:
        return Provider(
            RESPONSES if wire == "responses" else CHAT,
            model=model,
            api_key=api_key,
            base_url=base_url,
            seats=seats,
            tell=tell,
        )

    key, url = settings.openai_api_key, settings.openai_base_url
    first = provider(settings.ai_wire, settings.openai_model, key, url)
    if not settings.ai_fallback_model:
        return LanguageModel(first)
    if settings.ai_fallback_base_url or settings.ai_fallback_api_key:
        # The first one's key is no business of another server.
        key, url = settings.ai_fallback_api_key, settings.ai_fallback_base_url
    return LanguageModel(first, provider(default_wire(url), settings.ai_fallback_model, key, url))
