"""How what a worker found reaches the database, which decides what becomes of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import structlog

from romashka.database import DatabaseAway, DatabaseError, TooSlow, acall
from worker.deadline import RECORD_GRACE_S, Deadline
from worker.decision import RULES
from worker.model import Call, Reply
from worker.shared import Shared
from worker.turn import Turn

COUNT_S = 1.0

log = structlog.get_logger(__name__)


async def record(shared: Shared, turn: Turn, reply: Reply, deadline: Deadline) -> Mapping[str, Any]:
    """Offers the reply until the database has taken or refused it, or it is far too late.

    Gives what the database made of it: {state, message_id}. Raises DatabaseError.
    """
    known = _known(turn, reply)
    if reply.wire == RULES:
        del known["seen"]
    while True:
        try:
            result: Mapping[str, Any] = await acall(
                shared.pool,
                "private.record_ai_reply",
                turn.job_id,
                shared.name,
                turn.attempt,
                known,
            )
            break
        except (DatabaseAway, TooSlow) as error:
            if deadline.overdue() > RECORD_GRACE_S:
                raise
            await shared.outage.wait(error)
    shared.outage.over()
    _log(turn, reply, deadline, result)
    return result


async def count_calls(shared: Shared, turn: Turn, model: str, calls: Sequence[Call]) -> None:
    """Has the calls of a turn that was taken from us counted and kept with what they were shown.

    They cost what they cost, and what tools gave has left for a model. It is told under a name that
    holds no turn, so the database keeps the run as fenced and does nothing else. Never raises:
    figures are not worth a turn.
    """
    lost = Reply(
        outcome="hand_over",
        reason="cancelled",
        model=model,
        wire=calls[-1].wire,
        usage=calls[-1].usage,
        calls=tuple(calls),
    )
    try:
        await acall(
            shared.pool,
            "private.record_ai_reply",
            turn.job_id,
            f"{shared.name} (cancelled)",
            turn.attempt,
            _known(turn, lost),
            timeout_s=COUNT_S,
        )
    except DatabaseError as error:
        log.info("calls were not counted", job_id=turn.job_id, code=error.code)


def _known(turn: Turn, reply: Reply) -> dict[str, Any]:
    """A reply as record_ai_reply takes it, with what it was asked and shown, and what was cut."""
    about = {"question": turn.question, "seen": turn.seen(), "cut_calls": turn.cut_calls}
    return {**about, **reply.as_json()}


def _log(turn: Turn, reply: Reply, deadline: Deadline, result: Mapping[str, Any]) -> None:
    log.info(
        "turn ended",
        job_id=turn.job_id,
        conversation_id=turn.conversation_id,
        attempt=turn.attempt,
        state=result["state"],
        message_id=result["message_id"],
        reason=reply.reason,
        error=reply.error,
        confidence=reply.confidence,
        model=reply.model,
        model_ms=reply.latency_ms,
        calls=len(reply.calls),
        left_ms=round(-1000 * deadline.overdue()),
    )
