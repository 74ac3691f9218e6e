"""Turns of the past, tried again with other settings (U6): what would have been answered, how well.

By the same code as live turns, of which nothing is recorded or sent. Live turns come first: the
database gives no past turn while a customer waits, this loop takes none while many are under way,
and models are asked over seats and connections of their own.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

from romashka.database import acall, acall_all
from romashka.settings import Settings
from worker.broadcasts import Broadcasts
from worker.claiming import ClaimLoop, Row
from worker.deadline import Deadline
from worker.language import hear
from worker.meaning import Meaning
from worker.model import Model
from worker.model.choice import choose_model
from worker.model.embedded import NAME, EmbeddedModel
from worker.shared import Shared
from worker.streaming import Bubble
from worker.thinking import guarded, think
from worker.turn import Turn, read_turn

AT_ONCE = 2
SWEEP_S = 1.0
TURN_S = 6.0
THEN = "then"


class NoServer(Exception):
    """A candidate names a language model, but no server for models is set."""


class BacktestLoop(ClaimLoop):
    """Tries past turns while there are few live ones; `is_busy` says when to leave them alone."""

    name = "backtests"

    def __init__(
        self,
        shared: Shared,
        settings: Settings,
        is_busy: Callable[[], bool] = lambda: False,
        *,
        meaning: Meaning | None = None,
    ) -> None:
        super().__init__(
            shared, asyncio.Event(), concurrency=AT_ONCE, batch=AT_ONCE, sweep_s=SWEEP_S
        )
        self._settings = replace(settings, ai_concurrency=AT_ONCE)
        self._is_busy = is_busy
        self._meaning = meaning
        self._models: dict[str, Model] = {}

    async def claim(self, room: int) -> Sequence[Row]:
        """Past turns of backtests that run; none while customers keep us busy."""
        if self._is_busy():
            return ()
        return await acall_all(
            self._shared.pool, "private.claim_past_turns", self._shared.name, room
        )

    async def work(self, row: Row) -> None:
        """Tries one turn and records what would have become of it."""
        turn = hear(read_turn(row["turn"]), self._settings.ai_languages)
        try:
            model = self._model_of(row["candidate"])
        except NoServer as error:
            await self._tell("private.fail_past_turn", turn, str(error))
            return
        started = asyncio.get_running_loop().time()
        # The articles of a moment in the past are those that the database found then.
        meaning = None if row["candidate"].get("articles") == THEN else self._meaning
        deadline = Deadline(started + TURN_S)
        guard = await guarded(turn, deadline, meaning)
        # Nobody listens to these broadcasts, and a turn in shadow makes none.
        bubble = Bubble(guard.turn, guard.screen, Broadcasts())
        reply = await think(self._shared, model, guard, deadline, bubble)
        took_ms = 1000 * (asyncio.get_running_loop().time() - started)
        await self._tell("private.record_past_turn", turn, reply.as_json(), took_ms)

    async def drain(self, seconds: float) -> None:
        """Waits for what is in hand and closes the models that were tried."""
        await super().drain(seconds)
        for model in self._models.values():
            await model.close()

    async def _tell(self, function: str, turn: Turn, *findings: Any) -> None:  # Any: what it takes
        await acall(
            self._shared.pool, function, turn.job_id, self._shared.name, turn.attempt, *findings
        )

    def _model_of(self, candidate: Row) -> Model:
        """The model that a candidate names, else the one that answers today; raises NoServer."""
        name = str(candidate.get("model") or "")
        if name not in self._models:
            self._models[name] = self._make(name)
        return self._models[name]

    def _make(self, name: str) -> Model:
        if name == NAME:
            return EmbeddedModel()
        has_server = self._settings.openai_api_key or self._settings.openai_base_url
        if name and not has_server:
            raise NoServer(
                f"no server for models is set, so {name} cannot be tried: set OPENAI_API_KEY"
            )
        chosen = replace(self._settings, openai_model=name) if name else self._settings
        return choose_model(replace(chosen, ai_fallback_model=""))
