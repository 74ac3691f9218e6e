"""Turns and passages as tests need them: a small shop, one customer."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import Any

from worker.deadline import Deadline
from worker.knowledge import Passage
from worker.turn import Turn

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
