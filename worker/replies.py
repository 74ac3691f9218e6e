"""The reply loop: claims turns that are due, has each answered before its deadline, records it.

Many turns run at once, each as a task of its own; what happens in one never touches another. The
database decides what a reply becomes and refuses what is late or no longer ours.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import structlog

from romashka.database import DatabaseError, acall, acall_all
from romashka.settings import LANGUAGES
from worker.bells import Cancel, wait_for_ring
from worker.deadline import Deadline
from worker.faults import fault
from worker.guard import Guard
from worker.language import hear
from worker.meaning import Meaning
from worker.model import Call, Model
from worker.patience import all_of, end, first_of
from worker.recording import COUNT_S, count_calls, record
from worker.shared import Shared
from worker.streaming import Bubble
from worker.thinking import guarded, think
from worker.turn import Turn, read_turn

SWEEP_S = 0.25
# A claim searches the knowledge for each turn; small batches let the first one start at once.
BATCH = 8
OVERTAKEN_S = 0.3


log = structlog.get_logger(__name__)


@dataclass(slots=True)
class Running:
    """One turn under way; once it is recording, it is too late to cancel it."""

    attempt: int
    task: asyncio.Task[None]
    started_at: float = field(default_factory=time.monotonic)
    recording: bool = False

    def is_void(self, cancel: Cancel) -> bool:
        """Whether a cancellation means this claim.

        One that names no attempt may have been sent for the claim before, and overtaken.
        """
        if cancel.attempt is None:
            return time.monotonic() - self.started_at > OVERTAKEN_S
        return self.attempt <= cancel.attempt


class ReplyLoop:
    """Answers turns until told to stop; `active` counts those under way."""

    def __init__(
        self,
        shared: Shared,
        model: Model,
        *,
        concurrency: int,
        languages: tuple[str, ...] = LANGUAGES,
        meaning: Meaning | None = None,
        guard_for: Callable[[Turn], Guard] = Guard,
    ) -> None:
        self._shared = shared
        self._bells = shared.bells
        self._outage = shared.outage
        self._model = model
        self._concurrency = concurrency
        self._languages = languages
        self._meaning = meaning
        self._guard_for = guard_for
        self._running: dict[str, Running] = {}
        # What was cancelled while a claim was on its way: it may be among what the claim brings.
        self._void_before: dict[str, int] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._counting: set[asyncio.Task[None]] = set()
        self._stopping = False

    @property
    def active(self) -> int:
        """How many turns are under way."""
        return len(self._tasks)

    async def run(self) -> None:
        """Claims and answers until `stop`; one failed step never ends it."""
        cancelling = asyncio.create_task(self._cancel_as_rung())
        try:
            while not self._stopping:
                try:
                    await self._step()
                except DatabaseError as error:
                    await self._outage.wait(error)
                except Exception as error:
                    log.error("a step of the reply loop failed", **fault(error))
                    await asyncio.sleep(SWEEP_S)
        finally:
            cancelling.cancel()

    def stop(self) -> None:
        """Claims nothing more; turns under way go on."""
        self._stopping = True
        self._bells.reply_jobs.set()

    async def drain(self, seconds: float) -> None:
        """Waits for the turns under way, cancels what is left then, and gives it back."""
        await all_of(self._tasks, seconds)
        await end(list(self._tasks))
        await all_of(self._counting, COUNT_S)
        try:
            await acall(
                self._shared.pool, "private.release_reply_jobs", self._shared.name, timeout_s=1.0
            )
        except DatabaseError as error:
            log.warning("turns were not given back", code=error.code)

    async def _step(self) -> None:
        room = min(self._concurrency - len(self._tasks), BATCH)
        if room <= 0:
            await first_of(self._tasks, SWEEP_S)
            return
        claimed_at = asyncio.get_running_loop().time()
        self._void_before.clear()
        rows = await acall_all(
            self._shared.pool, "private.claim_reply_jobs", self._shared.name, room
        )
        self._outage.over()
        for row in rows:
            self._start(row, claimed_at)
        if len(rows) < room and not self._stopping:
            await wait_for_ring(self._bells.reply_jobs, SWEEP_S)

    def _start(self, row: Mapping[str, Any], claimed_at: float) -> None:
        job_id, attempt = str(row["job_id"]), int(row["attempt"])
        if attempt <= self._void_before.get(job_id, 0):
            log.info("turn cancelled before it began", job_id=job_id, attempt=attempt)
            return
        task = asyncio.create_task(self._answer(row, claimed_at), name=f"turn {job_id}")
        self._void(Cancel(job_id, attempt - 1))
        self._running[job_id] = Running(attempt, task)
        self._tasks.add(task)
        task.add_done_callback(lambda done: self._ended(job_id, done))

    def _ended(self, job_id: str, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        running = self._running.get(job_id)
        if running is not None and running.task is task:
            del self._running[job_id]
        if not task.cancelled() and (error := task.exception()) is not None:
            # The lease or the sweep takes the turn from here: it is answered or handed over.
            log.error("a turn failed", job_id=job_id, **fault(error))

    async def _cancel_as_rung(self) -> None:
        while True:
            self._void(await self._bells.cancels.get())

    def _void(self, cancel: Cancel) -> None:
        """Cancels a turn that the database no longer wants from us."""
        if cancel.attempt is not None:
            self._void_before[cancel.job_id] = cancel.attempt
        running = self._running.get(cancel.job_id)
        if running is None or running.recording:
            return
        if running.is_void(cancel):
            running.task.cancel()
            log.info("turn cancelled", job_id=cancel.job_id, attempt=running.attempt)

    async def _answer(self, row: Mapping[str, Any], claimed_at: float) -> None:
        deadline = Deadline.after_claim(claimed_at, float(row["remaining_ms"]))
        heard = hear(read_turn(row), self._languages)
        guard = await guarded(heard, deadline, self._meaning, self._guard_for)
        turn = guard.turn
        bubble = Bubble(turn, guard.screen, self._shared.broadcasts)
        try:
            reply = await think(self._shared, self._model, guard, deadline, bubble)
            await self._shared.pass_point("before_record")
            if (running := self._running.get(turn.job_id)) and running.attempt == turn.attempt:
                running.recording = True
            bubble.close(reply, await record(self._shared, _shown(guard), reply, deadline))
        except asyncio.CancelledError:
            bubble.abort("cancelled")
            self._count(_shown(guard), bubble.calls)
            raise
        except Exception:
            bubble.abort("failed")
            raise
        await self._shared.pass_point("after_record")

    def _count(self, turn: Turn, calls: Sequence[Call]) -> None:
        """Has the calls of a turn that is no longer ours counted, beside what comes next."""
        if calls:
            task = asyncio.create_task(count_calls(self._shared, turn, self._model.name, calls))
            self._counting.add(task)
            task.add_done_callback(self._counting.discard)


def _shown(guard: Guard) -> Turn:
    """A guard's turn with what it was shown, tools' results as the model saw them, and what was
    cut."""
    return replace(guard.turn, looked_up=guard.shown, cut_calls=guard.cut_calls)
