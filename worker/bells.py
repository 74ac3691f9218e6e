"""What the doorbell rings: asyncio objects that the loops wait on, and nothing else.

A ring is a hint. Whoever waits here claims rows afterwards, and looks again on a timer anyway.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

MAX_DELAY_S = 10.0
# Events that ring the bell of their name and say nothing else.
PLAIN = frozenset({"deliveries", "mail", "media", "templates", "signals", "drafts"})


@dataclass(frozen=True, slots=True)
class Cancel:
    """Claims of this job up to and including `attempt` are void (None: not said which)."""

    job_id: str
    attempt: int | None


@dataclass(slots=True)
class Bells:
    """One set per process; `rung_at` is the monotonic second of the last ring, None before it."""

    reply_jobs: asyncio.Event = field(default_factory=asyncio.Event)
    deliveries: asyncio.Event = field(default_factory=asyncio.Event)
    mail: asyncio.Event = field(default_factory=asyncio.Event)
    media: asyncio.Event = field(default_factory=asyncio.Event)
    templates: asyncio.Event = field(default_factory=asyncio.Event)
    signals: asyncio.Event = field(default_factory=asyncio.Event)
    drafts: asyncio.Event = field(default_factory=asyncio.Event)
    cancels: asyncio.Queue[Cancel] = field(default_factory=asyncio.Queue)
    rung_at: float | None = None

    def ring(self, event: str, payload: Mapping[str, Any]) -> None:
        """Takes one event of the topic `worker`; what it does not know it leaves alone."""
        self.rung_at = time.monotonic()
        if event == "reply_jobs":
            ring_after(self.reply_jobs, payload.get("delay_ms"))
        elif event in PLAIN:
            getattr(self, event).set()
        elif event == "cancel" and isinstance(job_id := payload.get("job_id"), str):
            attempt = payload.get("attempt")
            self.cancels.put_nowait(Cancel(job_id, attempt if isinstance(attempt, int) else None))

    def catch_up(self) -> None:
        """Wakes every loop, because rings may have been missed."""
        self.reply_jobs.set()
        self.deliveries.set()
        self.mail.set()
        self.media.set()
        self.drafts.set()


def ring_after(bell: asyncio.Event, delay_ms: object) -> None:
    """Rings when the work is due: turns wait a moment for more messages of the same burst."""
    delay_s = delay_ms / 1000 if isinstance(delay_ms, (int, float)) else 0.0
    if 0 < delay_s <= MAX_DELAY_S:
        asyncio.get_running_loop().call_later(delay_s, bell.set)
    else:
        bell.set()


async def wait_for_ring(bell: asyncio.Event, seconds: float) -> None:
    """Waits for a ring, at most this long, and takes it."""
    try:
        async with asyncio.timeout(seconds):
            await bell.wait()
    except TimeoutError:
        return
    bell.clear()
