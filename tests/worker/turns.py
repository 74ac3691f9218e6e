"""Turns and passages as tests need them: a small shop, one customer."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import Any

from worker.confidence import grounded_confidence
from worker.deadline import Deadline
from worker.guard import Guard
from worker.knowledge import Passage
from worker.model import Reply
from worker.turn import THRESHOLD, Turn

DELIVERY = Passage(
    article_id="a-delivery",
    chunk_id="c-delivery",
    title="Delivery times",
    content="Delivery times\nStandard delivery takes 2 to 4 working days. Express takes one day.",
    article="Standard delivery takes 2 to 4 working days. Express takes one day.",
    language="en",
    coverage=0.8,
    rank=1,
    phrasing="How long does delivery take?",
)
SIZES = Passage(
    article_id="a-sizes",
    chunk_id="c-sizes",
    title="Sizes",
    content="Sizes\nOur clothes follow European sizes.",
    article="Our clothes follow European sizes.",
    language="en",
    coverage=0.1,
    rank=2,
)


def make_turn(question: str = "How long does delivery take?", **changes: Any) -> Turn:
    """A first question on WhatsApp with two passages."""
    turn = Turn(
        job_id="j-1",
        attempt=1,
        conversation_id="c-1",
        channel_type="whatsapp",
        question=question,
        language="en",
        knowledge=(DELIVERY, SIZES),
    )
    return replace(turn, **changes)


def deadline_in(seconds: float) -> Deadline:
    """A deadline on the running loop's clock."""
    return Deadline(asyncio.get_running_loop().time() + seconds)


def what_is_said(turn: Turn, answer: str) -> str:
    """What a customer would read of an answer from all that was found; nothing below the gate."""
    reply = Reply(
        outcome="answer",
        content=answer,
        confidence=grounded_confidence(turn, answer, turn.knowledge),
        sources=tuple(passage.as_source() for passage in turn.knowledge),
    )
    judged = Guard(turn).judged(reply)
    return judged.content if judged.confidence > THRESHOLD else ""
