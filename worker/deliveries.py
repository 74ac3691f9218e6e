"""The delivery loop: claims what is due to go out, sends it, records what became of it.

The database gives out one open delivery per conversation at a time, so order is kept without a lock
here. A claim that is lost with this process becomes `unknown` when its lease runs out.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping
from typing import Any

import structlog

from romashka.channels.base import Channel
from romashka.database import DatabaseAway, DatabaseError, TooSlow, acall, acall_all
from worker.bells import wait_for_ring
from worker.faults import fault
from worker.patience import all_of, first_of
from worker.sending import Result, read_outbound, send
from worker.shared import Shared

SWEEP_S = 1.0
CONCURRENCY = 32
BATCH = 16
# The channel's own limits end a send first; this one is for what they do not cover.
SEND_SLACK_S = 2.0
# What became of a send is worth keeping through an outage; after this, its lease has long run out.
RECORD_FOR_S = 120.0

log = structlog.get_logger(__name__)


class DeliveryLoop:
    """Sends until told to stop; `active` counts the sends under way."""

    def __init__(
        self,
        shared: Shared,
        channels: Mapping[str, Channel],
        *,
        send_timeout_s: float,
    ) -> None:
        self._shared = shared
        self._bells = shared.bells
        self._outage = shared.outage
        self._channels = channels
        self._limit_s = send_timeout_s + SEND_SLACK_S
        self._tasks: set[asyncio.Task[None]] = set()
        self._stopping = False

    @property
    def active(self) -> int:
        """How many sends are under way."""
        return len(self._tasks)

    async def run(self) -> None:
        """Claims and sends until `stop`; one failed step never ends it."""
        while not self._stopping:
            try:
                await self._step()
            except DatabaseError as error:
                await self._outage.wait(error)
            except Exception as error:
                log.error("a step of the delivery loop failed", **fault(error))
                await asyncio.sleep(SWEEP_S)

    def stop(self) -> None:
        """Claims nothing more; sends under way go on."""
        self._stopping = True
        self._bells.deliveries.set()

    async def drain(self, seconds: float) -> None:
        """Waits for the sends under way; what is left then becomes unknown with its lease."""
        await all_of(self._tasks, seconds)
        for task in self._tasks:
            task.cancel()

    async def _step(self) -> None:
        room = min(CONCURRENCY - len(self._tasks), BATCH)
        if room <= 0:
            await first_of(self._tasks, SWEEP_S)
            return
        # Another worker may send for other accounts of the same kind.
        accounts = [account for one in self._channels.values() for account in one.accounts]
        rows = await acall_all(
            self._shared.pool,
            "private.claim_deliveries",
            self._shared.name,
            list(self._channels),
            room,
            accounts,
        )
        self._outage.over()
        for row in rows:
            task = asyncio.create_task(self._deliver(row), name=f"delivery {row['delivery_id']}")
            self._tasks.add(task)
            task.add_done_callback(self._ended)
        if len(rows) < room and not self._stopping:
            await wait_for_ring(self._bells.deliveries, SWEEP_S)

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        # The conversation's next message could not be claimed before this one had ended.
        self._bells.deliveries.set()
        if not task.cancelled() and (error := task.exception()) is not None:
            log.error("a delivery failed", delivery=task.get_name(), **fault(error))

    async def _deliver(self, row: Mapping[str, Any]) -> None:
        message, started = read_outbound(row), time.monotonic()
        await self._shared.pass_point("before_send")
        result = await send(self._channels[row["channel_type"]], message, self._limit_s)
        sent_ms = round((time.monotonic() - started) * 1000)
        await self._shared.pass_point("after_send")
        state = await self._record(message.delivery_id, message.attempt, result)
        log.info(
            "delivery ended",
            delivery_id=message.delivery_id,
            message_id=message.message_id,
            conversation_id=row["conversation_id"],
            channel=row["channel_type"],
            attempt=message.attempt,
            result=result.result,
            state=state,
            code=result.code,
            send_ms=sent_ms,
        )

    async def _record(self, delivery_id: str, attempt: int, result: Result) -> str:
        """Tells the database, through an outage if need be; gives the new state."""
        give_up_at = time.monotonic() + RECORD_FOR_S
        while True:
            try:
                state: str = await acall(
                    self._shared.pool,
                    "private.record_delivery",
                    delivery_id,
                    self._shared.name,
                    attempt,
                    result.as_json(),
                )
            except (DatabaseAway, TooSlow) as error:
                if time.monotonic() > give_up_at:
                    raise
                await self._outage.wait(error)
            else:
                self._outage.over()
                return state
