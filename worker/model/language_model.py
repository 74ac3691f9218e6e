"""A language model as the reply loop knows it: one provider, or two where a second one is set."""

from __future__ import annotations

from dataclasses import replace

from worker.deadline import Deadline
from worker.model import Reply, Watcher
from worker.model.hedge import hedged
from worker.model.provider import Provider
from worker.model.rounds import Asking
from worker.prompt import Prompt, build_prompt
from worker.tools import Toolbox
from worker.turn import Turn


class LanguageModel:
    """Answers turns through a provider, and a second one where the first is late or fails."""

    def __init__(self, first: Provider, second: Provider | None = None) -> None:
        self.name = first.name
        self._first = first
        self._second = second

    async def reply(
        self,
        turn: Turn,
        deadline: Deadline,
        watcher: Watcher | None = None,
        toolbox: Toolbox | None = None,
    ) -> Reply:
        """The model's reply, or a hand-over with the error; nothing that a provider does raises."""
        watcher = watcher or Watcher()
        asking = Asking(
            turn=turn,
            prompt=build_prompt(turn),
            deadline=deadline,
            watcher=watcher,
            toolbox=toolbox,
            retries=self._second is None,
        )
        return replace(await self._ask(asking), calls=tuple(watcher.calls))

    async def summarise(self, turn: Turn, prompt: Prompt, deadline: Deadline, w: Watcher) -> Reply:
        """What the first provider makes of a prompt that asks for a summary."""
        return await self._first.ask(Asking(turn=turn, prompt=prompt, deadline=deadline, watcher=w))

    async def close(self) -> None:
        """Closes the connections to the providers."""
        await self._first.close()
        if self._second is not None:
            await self._second.close()

    async def _ask(self, asking: Asking) -> Reply:
        second = self._second
        if second is None:
            return await self._first.ask(asking)
        return await hedged(
            lambda lane: self._first.ask(replace(asking, watcher=lane)),
            lambda lane: second.ask(replace(asking, watcher=lane)),
            asking.deadline,
            asking.watcher,
        )
