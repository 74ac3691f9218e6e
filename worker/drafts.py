"""Drafts and summaries that agents ask for (R124): made like a reply, and shown to agents alone."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import replace

import structlog

from romashka.database import acall, acall_all
from romashka.settings import LANGUAGES
from worker.broadcasts import Broadcasts
from worker.claiming import ClaimLoop, Row
from worker.deadline import MODEL_NEEDS_S, Deadline
from worker.faults import fault
from worker.guard import Guard
from worker.guard.attacks import gives_orders
from worker.language import hear
from worker.meaning import Meaning
from worker.model import Model, Reply
from worker.model.embedded import CLARIFY_FROM, NAME, extract_for_agents
from worker.shared import Shared
from worker.streaming import Bubble
from worker.summary import Summarising, instead, summarise, summary_prompt
from worker.turn import read_turn

AT_ONCE = 4
SWEEP_S = 1.0
SUMMARY = "summary"
NO_ARTICLE = "no article answers this"

log = structlog.get_logger(__name__)


class DraftLoop(ClaimLoop):
    """Writes what agents asked for, a few at a time; a draft that is late fails by the database."""

    name = "drafts"

    def __init__(
        self,
        shared: Shared,
        model: Model,
        *,
        languages: tuple[str, ...] = LANGUAGES,
        meaning: Meaning | None = None,
    ) -> None:
        super().__init__(
            shared, shared.bells.drafts, concurrency=AT_ONCE, batch=AT_ONCE, sweep_s=SWEEP_S
        )
        self._model = model
        self._languages = languages
        self._meaning = meaning

    async def claim(self, room: int) -> Sequence[Row]:
        """Drafts and summaries that wait."""
        return await acall_all(self._shared.pool, "private.claim_drafts", self._shared.name, room)

    async def work(self, row: Row) -> None:
        """Writes one and records it, or why it could not be written."""
        claimed_at = asyncio.get_running_loop().time()
        # An agent reads a draft before anybody else does, and sees how sure it is: doubt is no
        # reason to keep it back, as long as it is more than a guess.
        turn = replace(hear(read_turn(row["turn"]), self._languages), threshold=0, max_wrong_rate=1)
        deadline = Deadline.after_claim(claimed_at, float(row["remaining_ms"]))
        if self._meaning is not None:
            turn = await self._meaning.enrich(turn, deadline, for_agents=True)
        guard = Guard(turn)
        bubble = Bubble(guard.turn, guard.screen, Broadcasts())
        reply = await self._write(str(row["kind"]), guard, deadline, bubble)
        reply = replace(reply, calls=tuple(bubble.calls))
        state = await acall(
            self._shared.pool,
            "private.record_draft",
            turn.job_id,
            self._shared.name,
            turn.attempt,
            reply.as_json() | {"error": reply.error or (None if reply.content else reply.reason)},
        )
        log.info("draft written", draft_id=turn.job_id, kind=row["kind"], state=state)

    async def _write(self, kind: str, guard: Guard, deadline: Deadline, bubble: Bubble) -> Reply:
        turn = guard.turn
        prepared = summarise(turn) if kind == SUMMARY else _extracted(guard)
        if not turn.model_allowed or self._model.name == NAME:
            return prepared
        if _is_attacked(kind, guard):
            return replace(prepared, error="attack: not put to the model")
        if deadline.model_left() < MODEL_NEEDS_S:
            return replace(prepared, error="no time for the model")
        try:
            reply = await self._ask(kind, guard, deadline, bubble)
        except Exception as error:
            log.error("a model raised", draft_id=turn.job_id, **fault(error))
            reply = Reply(outcome="hand_over", error=type(error).__name__)
        return reply if reply.content else instead(reply, prepared)

    async def _ask(self, kind: str, guard: Guard, deadline: Deadline, bubble: Bubble) -> Reply:
        outgoing = guard.outgoing
        if kind != SUMMARY:
            return guard.judged(await self._model.reply(outgoing, deadline, bubble))
        if not isinstance(self._model, Summarising):
            return summarise(guard.turn)
        prompt = summary_prompt(outgoing)
        return guard.restored(await self._model.summarise(outgoing, prompt, deadline, bubble))


def _extracted(guard: Guard) -> Reply:
    """The articles' own words, unless the right article is hardly among those found."""
    found = guard.judged(extract_for_agents(guard.turn))
    if found.content and found.confidence >= CLARIFY_FROM:
        return found
    return replace(
        found, outcome="hand_over", content="", sources=(), error=found.error or NO_ARTICLE
    )


def _is_attacked(kind: str, guard: Guard) -> bool:
    """Whether the customer gives a model orders: in the question, or in what is to be summed up."""
    said = [line.content for line in guard.turn.history if line.role == "customer"]
    return any(map(gives_orders, said)) if kind == SUMMARY else guard.is_attacked
