"""Runs what a model looks up: in the database, as the customer of the turn and nobody else (R119).

The database says what may run and who the customer is; nothing that a model writes can change
that. What comes back is data: without personal data, cut, and withheld where it gives orders.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Sequence

import structlog

from romashka.database import DatabaseError, acall
from worker.deadline import Deadline
from worker.guard import Guard
from worker.guard.attacks import gives_orders
from worker.knowledge import Passage
from worker.model import Blocked
from worker.shared import Shared
from worker.tools import Finding, ToolCall

# The database refuses more in one claim as well.
MOST_CALLS = 8
TOOL_S = 1.0
# What a model needs afterwards to word an answer.
WORDING_S = 1.0
MOST_CHARACTERS = 4000
FENCED = "fenced"

log = structlog.get_logger(__name__)


class TurnTools:
    """The tools of one claimed turn; `guard` sees what they give before a model does."""

    def __init__(self, shared: Shared, guard: Guard) -> None:
        self._shared = shared
        self._guard = guard
        self._left = MOST_CALLS

    async def use(self, calls: Sequence[ToolCall], deadline: Deadline) -> tuple[Finding, ...]:
        """What each call gave, all at once; raises Blocked where the turn is no longer ours."""
        taken, refused = calls[: self._left], calls[self._left :]
        self._left -= len(taken)
        seconds = min(TOOL_S, deadline.model_left() - WORDING_S)
        found = await asyncio.gather(*(self._run(call, seconds) for call in taken))
        if any(finding.error == FENCED for finding in found):
            raise Blocked(FENCED)
        return (*found, *(Finding(call=call, error="too_many") for call in refused))

    async def _run(self, call: ToolCall, seconds: float) -> Finding:
        arguments = call.parsed()
        if arguments is None:
            return Finding(call=call, error="bad_arguments")
        turn = self._guard.turn
        if seconds <= 0:
            return Finding(call=call, error="no_time")
        try:
            async with asyncio.timeout(seconds):
                given = await acall(
                    self._shared.pool,
                    "private.run_tool",
                    turn.job_id,
                    turn.attempt,
                    call.name,
                    self._guard.restored_in(arguments),
                    timeout_s=seconds,
                )
        except (DatabaseError, TimeoutError, ValueError) as error:
            log.info("a tool failed", job_id=turn.job_id, error=type(error).__name__)
            return Finding(call=call, error="failed")
        if given["outcome"] != "done":
            word = FENCED if given["outcome"] == FENCED else str(given["reason"])
            return Finding(call=call, error=word)
        return self._finding(call, json.dumps(given["result"], ensure_ascii=False))

    def _finding(self, call: ToolCall, text: str) -> Finding:
        if gives_orders(text):
            return Finding(call=call, error="withheld")
        text = text[:MOST_CHARACTERS]
        result = Passage(
            article_id="", chunk_id=None, title=call.name, content=text, article=text,
            language="", tool=call.name,
        )  # fmt: skip
        return Finding(call=call, passage=self._guard.looked_up(result))
