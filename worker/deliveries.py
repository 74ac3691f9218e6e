"""The delivery loop: claims what is due to go out, sends it, records what became of it.

The database gives out one open delivery per conversation at a time, so order is kept without a lock
here. A claim that is lost with this process becomes `unknown` when its lease runs out.
"""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence

import structlog

from romashka.channels.base import Channel
from romashka.database import DatabaseAway, TooSlow, acall, acall_all
from worker.claiming import ClaimLoop, Row
from worker.sending import Result, read_outbound, send
from worker.shared import Shared
from worker.storage import Storage

SWEEP_S = 1.0
CONCURRENCY = 32
BATCH = 16
# The channel's own limits end a send first; this one is for what they do not cover.
SEND_SLACK_S = 2.0
# What became of a send is worth keeping through an outage; after this, its lease has long run out.
RECORD_FOR_S = 120.0

log = structlog.get_logger(__name__)


class DeliveryLoop(ClaimLoop):
    """Sends until told to stop; `active` counts the sends under way."""

    name = "deliveries"

    def __init__(
        self,
        shared: Shared,
        channels: Mapping[str, Channel],
        *,
        send_timeout_s: float,
        storage: Storage | None = None,
    ) -> None:
        super().__init__(
            shared,
            shared.bells.deliveries,
            concurrency=CONCURRENCY,
            batch=BATCH,
            sweep_s=SWEEP_S,
        )
        self._channels = channels
        self._storage = storage
        self._limit_s = send_timeout_s + SEND_SLACK_S

    async def claim(self, room: int) -> Sequence[Row]:
        """Deliveries that are due; another worker may send for other accounts of the same kind."""
        accounts = [account for one in self._channels.values() for account in one.accounts]
        rows: Sequence[Row] = await acall_all(
            self._shared.pool,
            "private.claim_deliveries",
            self._shared.name,
            list(self._channels),
            room,
            accounts,
        )
        return rows

    async def work(self, row: Row) -> None:
        """Send one delivery and record what became of it."""
        message, started = read_outbound(row), time.monotonic()
        await self._shared.pass_point("before_send")
        result = await send(
            self._channels[row["channel_type"]], message, self._limit_s, self._storage
        )
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
