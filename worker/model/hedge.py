"""A second provider beside the first: started when the first is late or fails.

Whoever has a valid reply first wins, and the other one is cancelled. What people see comes from
one of them at a time: the first that has something to show, or who is left.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine

from worker.deadline import MODEL_NEEDS_S, Deadline
from worker.knowledge import Passage
from worker.model import Reply, Watcher
from worker.patience import end

HEDGE_AFTER_S = 2.0

Ask = Callable[[Watcher], Coroutine[None, None, Reply]]


class Lane(Watcher):
    """One of two providers on the way to the same watcher; the calls of both are counted."""

    def __init__(self, shared: Leader) -> None:
        super().__init__()
        self.calls = shared.watcher.calls
        self.heard = asyncio.Event()
        self._shared = shared
        self._looked_up: tuple[Passage, ...] = ()

    def found(self, looked_up: tuple[Passage, ...]) -> None:
        """Keeps what this lane may cite: the other one's ids stand for other results."""
        self._looked_up = looked_up
        if self._shared.lane is self:
            self._shared.watcher.found(looked_up)

    def wrote(self, text: str) -> None:
        """Passes the text on while this lane leads; raises Blocked."""
        self.heard.set()
        if self._shared.lane is None:
            self._shared.lane = self
            self._shared.watcher.found(self._looked_up)
        if self._shared.lane is self:
            self._shared.watcher.wrote(text)

    def leave(self) -> None:
        """Lets the other one lead."""
        if self._shared.lane is self:
            self._shared.lane = None


class Leader:
    """Which lane is shown."""

    def __init__(self, watcher: Watcher) -> None:
        self.watcher = watcher
        self.lane: Lane | None = None


async def hedged(
    first: Ask, second: Ask, deadline: Deadline, watcher: Watcher, after_s: float = HEDGE_AFTER_S
) -> Reply:
    """The first valid reply of two providers, the second one asked only where it is needed.

    Gives the first one's failure when both failed.
    """
    leader = Leader(watcher)
    lane = Lane(leader)
    running = [asyncio.create_task(_asked(first, lane))]
    try:
        await _first_sign(running[0], lane, after_s)
        if lane.heard.is_set() or running[0].done():
            reply = await asyncio.shield(running[0])
            if not _needs_another(reply, deadline):
                return reply
        running.append(asyncio.create_task(_asked(second, Lane(leader))))
        return await _first_valid(running)
    finally:
        await end(running)


async def _asked(ask: Ask, lane: Lane) -> Reply:
    reply = await ask(lane)
    if reply.error is not None:
        lane.leave()
    return reply


async def _first_sign(task: asyncio.Task[Reply], lane: Lane, seconds: float) -> None:
    """Waits until a provider writes or ends, at most this long."""
    heard = asyncio.create_task(lane.heard.wait())
    try:
        await asyncio.wait({task, heard}, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
    finally:
        heard.cancel()


def _needs_another(reply: Reply, deadline: Deadline) -> bool:
    failed = reply.error is not None and reply.reason != "blocked"
    return failed and deadline.model_left() > MODEL_NEEDS_S


async def _first_valid(tasks: list[asyncio.Task[Reply]]) -> Reply:
    waiting = set(tasks)
    while waiting:
        done, waiting = await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
        for task in done:
            if task.result().error is None:
                return task.result()
    return tasks[0].result()
