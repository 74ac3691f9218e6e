"""Asks a model until it answers: what it looks up meanwhile is given back to it as data."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace

from worker.deadline import ROUND_NEEDS_S, Deadline
from worker.model import Reply, Watcher
from worker.model.reading import BadReply
from worker.prompt import Prompt, with_findings
from worker.tools import Toolbox, ToolCall
from worker.turn import Turn

MOST_ROUNDS = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Asking:
    """One turn on its way to a model; without a toolbox, no tool is offered."""

    turn: Turn
    prompt: Prompt
    deadline: Deadline
    watcher: Watcher
    toolbox: Toolbox | None = None
    retries: bool = True

    def offering(self, number: int) -> Asking:
        """The same for round `number`: tools only while there is time for what they give."""
        if self.toolbox is None and not self.prompt.tools:
            return self
        has_time = self.deadline.model_left() >= ROUND_NEEDS_S
        if self.toolbox is None or not (has_time or self.prompt.rounds):
            return replace(self, prompt=replace(self.prompt, tools=()))
        may_call = has_time and number < MOST_ROUNDS
        return replace(self, prompt=replace(self.prompt, may_call=may_call))


Said = Reply | tuple[ToolCall, ...]


async def in_rounds(asking: Asking, say: Callable[[Asking], Awaitable[Said]]) -> Reply:
    """The reply after at most two rounds of tools.

    Raises what `say` and the toolbox raise, and BadReply for a model that only calls tools.
    """
    for number in range(MOST_ROUNDS + 1):
        said = await say(asking.offering(number))
        if isinstance(said, Reply):
            return said
        if asking.toolbox is None:
            break
        findings = await asking.toolbox.use(said, asking.deadline)
        turn, prompt = with_findings(asking.turn, asking.prompt, findings)
        asking.watcher.found(turn.looked_up)
        asking = replace(asking, turn=turn, prompt=prompt)
    raise BadReply("the model calls tools that it was not offered")
