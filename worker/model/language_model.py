"""A language model as the reply loop knows it: a provider, asked for one turn after the other."""

from __future__ import annotations

from dataclasses import replace

from worker.deadline import Deadline
from worker.model import Reply, Watcher
from worker.model.provider import Provider
from worker.prompt import build_prompt
from worker.turn import Turn


class LanguageModel:
    """Answers turns through a provider."""

    def __init__(self, provider: Provider) -> None:
        self.name = provider.name
        self._provider = provider

    async def reply(self, turn: Turn, deadline: Deadline, watcher: Watcher | None = None) -> Reply:
        """The model's reply, or a hand-over with the error; nothing that a provider does raises."""
        watcher = watcher or Watcher()
        reply = await self._provider.ask(turn, build_prompt(turn), deadline, watcher)
        return replace(reply, calls=tuple(watcher.calls))

    async def close(self) -> None:
        """Closes the connections to the provider."""
        await self._provider.close()
