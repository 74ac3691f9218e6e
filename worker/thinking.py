"""What becomes of a turn before the database hears of it: the same for customers' turns, for turns
in shadow and for those of the past that are tried again.
"""

from __future__ import annotations

from contextlib import AbstractAsyncContextManager, nullcontext
from dataclasses import replace

import structlog

from worker.deadline import MODEL_NEEDS_S, Deadline
from worker.decision import decide, settle_early
from worker.faults import fault
from worker.model import Model, Reply
from worker.model.embedded import extract
from worker.shared import Shared
from worker.signals import typing_meanwhile
from worker.streaming import Bubble
from worker.turn import Turn

log = structlog.get_logger(__name__)


async def think(
    shared: Shared, model: Model, turn: Turn, deadline: Deadline, bubble: Bubble
) -> Reply:
    """The reply to a turn: settled early, or the model's, with a prepared answer behind it."""
    if early := settle_early(turn):
        return early
    prepared = extract(turn)
    if refusal := _refusal(turn, deadline):
        late = Reply(outcome="hand_over", reason=refusal[0], error=refusal[1])
        return decide(turn, late, prepared)
    await shared.pass_point("during_model")
    try:
        async with _typing(shared, turn):
            reply = bubble.checked(await model.reply(turn, deadline, bubble))
    except Exception as error:
        log.error("a model raised", job_id=turn.job_id, model=model.name, **fault(error))
        reply = Reply(outcome="hand_over", reason="model_error", error=type(error).__name__)
    await shared.pass_point("after_model")
    return replace(decide(turn, reply, prepared), calls=tuple(bubble.calls))


def _refusal(turn: Turn, deadline: Deadline) -> tuple[str, str] | None:
    """Why no model is asked, as a word and as what went wrong; None where one is."""
    if not turn.model_allowed:
        return "budget", "the day's budget for models is spent"
    if deadline.model_left() < MODEL_NEEDS_S:
        return "deadline", "no time for the model"
    return None


def _typing(shared: Shared, turn: Turn) -> AbstractAsyncContextManager[None]:
    """Shows that we type, unless people answer and the AI only follows along."""
    return nullcontext() if turn.is_shadow else typing_meanwhile(shared, turn.conversation_id)
