"""What becomes of a turn before the database hears of it: the same for customers' turns, for turns
in shadow and for those of the past that are tried again.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager, nullcontext
from dataclasses import replace

import structlog

from worker.deadline import MODEL_NEEDS_S, Deadline
from worker.decision import decide, settle_early
from worker.faults import fault
from worker.guard import Guard
from worker.meaning import Meaning
from worker.model import Model, Reply
from worker.model.embedded import NAME, extract
from worker.shared import Shared
from worker.signals import typing_meanwhile
from worker.streaming import Bubble
from worker.toolbox import TurnTools
from worker.turn import Turn

GuardFor = Callable[[Turn], Guard]

log = structlog.get_logger(__name__)


async def guarded(
    turn: Turn, deadline: Deadline, meaning: Meaning | None, guard_for: GuardFor = Guard
) -> Guard:
    """The guard of a turn, whose question is searched by its meaning too where a model can."""
    if meaning is not None and settle_early(turn) is None:
        turn = await meaning.enrich(turn, deadline)
    return guard_for(turn)


async def think(
    shared: Shared, model: Model, guard: Guard, deadline: Deadline, bubble: Bubble
) -> Reply:
    """The reply to a turn: settled early, or the model's, with a prepared answer behind it."""
    turn = guard.turn
    if early := settle_early(turn):
        return early
    prepared = guard.judged(extract(turn))
    if refusal := _refusal(guard, deadline):
        return decide(turn, refusal, prepared)
    await shared.pass_point("during_model")
    # The embedded answerer has read the turn as it is: its words leave for nobody.
    is_ready = model.name == NAME
    reply = prepared if is_ready else await _ask(shared, model, guard, deadline, bubble)
    await shared.pass_point("after_model")
    chosen = guard.refusal(reply) or decide(turn, reply, prepared)
    return replace(chosen, calls=tuple(bubble.calls))


async def _ask(
    shared: Shared, model: Model, guard: Guard, deadline: Deadline, bubble: Bubble
) -> Reply:
    """What the model says of what it may see, as far as it may be said; never raises."""
    turn = guard.turn
    toolbox = TurnTools(shared, guard) if turn.tools else None
    try:
        async with _typing(shared, turn):
            return guard.judged(await model.reply(guard.outgoing, deadline, bubble, toolbox))
    except Exception as error:
        log.error("a model raised", job_id=turn.job_id, model=model.name, **fault(error))
        return _failed("model_error", type(error).__name__)


def _refusal(guard: Guard, deadline: Deadline) -> Reply | None:
    """Why no model is asked; None where one is."""
    if guard.is_attacked:
        return _failed("attack", "attack: not put to the model")
    if not guard.turn.model_allowed:
        return _failed("budget", "the day's budget for models is spent")
    if deadline.model_left() < MODEL_NEEDS_S:
        return _failed("deadline", "no time for the model")
    return None


def _failed(reason: str, error: str) -> Reply:
    return Reply(outcome="hand_over", reason=reason, error=error)


def _typing(shared: Shared, turn: Turn) -> AbstractAsyncContextManager[None]:
    """Shows that we type, unless people answer and the AI only follows along."""
    return typing_meanwhile(shared, turn.conversation_id) if turn.is_shown else nullcontext()
