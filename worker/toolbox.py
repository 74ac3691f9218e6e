"""Runs what a model looks up: in the database, as the customer of the turn and nobody else (R119).

The database says what may run and who the customer is; nothing that a model writes can change
that. What comes back is data: without personal data, cut, and withheld where it gives orders.
"""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Mapping, Sequence
from typing import Any

import structlog

from romashka.database import DatabaseError, TooSlow, acall
from worker.deadline import Deadline
from worker.guard import Guard
from worker.guard.attacks import gives_orders
from worker.knowledge import Passage
from worker.language import primary
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
        if seconds <= 0:
            return Finding(call=call, error="no_time")
        arguments, started = self._guard.restored_in(arguments), time.monotonic()
        try:
            given = await self._given(call.name, arguments, seconds)
        except TimeoutError:
            self._guard.note_cut(call.name, arguments, round((time.monotonic() - started) * 1000))
            return Finding(call=call, error="timeout")
        except (DatabaseError, ValueError) as error:
            log.info("a tool failed", job_id=self._guard.turn.job_id, error=type(error).__name__)
            return Finding(call=call, error="failed")
        if given["outcome"] != "done":
            word = FENCED if given["outcome"] == FENCED else str(given["reason"])
            return Finding(call=call, error=word)
        return self._finding(call, given["result"])

    async def _given(
        self, tool: str, arguments: Mapping[str, Any], seconds: float
    ) -> Mapping[str, Any]:
        """What a tool gives for this turn; raises TimeoutError, DatabaseError, ValueError."""
        turn = self._guard.turn
        try:
            async with asyncio.timeout(seconds):
                given: Mapping[str, Any] = await acall(
                    self._shared.pool, "private.run_tool",
                    turn.job_id, turn.attempt, tool, arguments, timeout_s=seconds,
                )  # fmt: skip
                return given
        except TooSlow as error:
            raise TimeoutError from error

    def _finding(self, call: ToolCall, given: object) -> Finding:
        given, articles = apart(given)
        text = json.dumps(given, ensure_ascii=False)
        if gives_orders(text):
            return Finding(call=call, error="withheld")
        text = text[:MOST_CHARACTERS]
        result = Passage(
            article_id="", chunk_id=None, title=call.name, content=text, article=text,
            language=language_of(given, self._guard.turn.language), tool=call.name,
            rests_on=articles,
        )  # fmt: skip
        return Finding(call=call, passage=self._guard.looked_up(result))


def apart(result: object) -> tuple[object, tuple[Mapping[str, Any], ...]]:
    """A result without the `article` that its rows name, {article_id, title, version}, and these.

    No model is shown them: their digits would count as numbers that a source holds.
    """
    rows = result if isinstance(result, list) else []
    named = [row for row in rows if _names_article(row)]
    bare = [_without_article(row) if row in named else row for row in rows]
    return (bare if named else result), tuple(row["article"] for row in named)


def _names_article(row: object) -> bool:
    article = row.get("article") if isinstance(row, dict) else None
    return isinstance(article, dict) and "article_id" in article


def _without_article(row: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in row.items() if key != "article"}


def language_of(result: object, spoken: str | None) -> str:
    """The language that the rows of a result say they are in: the spoken one where one of them is,
    else the first's; empty where none says any."""
    rows = result if isinstance(result, list) else [result]
    said = [str(row["language"]) for row in rows if isinstance(row, dict) and row.get("language")]
    own = (one for one in said if primary(one) == primary(spoken or ""))
    return next(own, said[0] if said else "")
