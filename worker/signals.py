"""Shows customers on their platform that we type or have read: at once, once, or not at all."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager

import structlog

from romashka.channels.base import Channel, Signal, Signalling
from romashka.channels.errors import SendError
from romashka.channels.roster import accounts_among, having
from romashka.database import DatabaseError, acall, acall_all
from worker.claiming import ClaimLoop, Row
from worker.shared import Shared

# Without a ring nobody waits for a signal; this look clears away what a missed one left.
SWEEP_S = 10.0
CONCURRENCY = 16
SHOW_S = 5.0
# A quick answer is there before anybody could see that it is being written.
TYPING_AFTER_S = 0.4

log = structlog.get_logger(__name__)


class SignalLoop(ClaimLoop):
    """Shows signals until told to stop; what goes wrong is logged and never repeated."""

    name = "signals"

    def __init__(self, shared: Shared, channels: Mapping[str, Channel]) -> None:
        super().__init__(
            shared,
            shared.bells.signals,
            concurrency=CONCURRENCY,
            batch=CONCURRENCY,
            sweep_s=SWEEP_S,
        )
        self._channels = channels

    async def claim(self, room: int) -> Sequence[Row]:
        """What is to be shown now; gone for everybody else."""
        rows: Sequence[Row] = await acall_all(
            self._shared.pool,
            "private.claim_signals",
            list(having(self._channels, Signalling)),
            accounts_among(self._channels, Signalling),
            room,
        )
        return rows

    async def work(self, row: Row) -> None:
        """Show one signal."""
        signal = Signal(
            kind=row["kind"],
            account=str(row["account"]),
            identities=row.get("identities") or {},
            external_id=row.get("external_id"),
        )
        code: str | None = None
        try:
            async with asyncio.timeout(SHOW_S):
                await having(self._channels, Signalling)[row["channel_type"]].signal(signal)
        except TimeoutError:
            code = "timeout"
        except SendError as error:
            code = error.code or type(error).__name__
        log.info(
            "signal ended",
            conversation_id=row["conversation_id"],
            channel=row["channel_type"],
            kind=row["kind"],
            code=code,
        )


@asynccontextmanager
async def typing_meanwhile(shared: Shared, conversation_id: str) -> AsyncIterator[None]:
    """Lets the customer see that an answer is being written, if it takes longer than a moment.

    The block never waits for it.
    """
    asking = asyncio.create_task(_ask_for_typing(shared, conversation_id))
    try:
        yield
    finally:
        asking.cancel()


async def _ask_for_typing(shared: Shared, conversation_id: str) -> None:
    await asyncio.sleep(TYPING_AFTER_S)
    try:
        await acall(shared.pool, "private.request_signals", [conversation_id], "typing")
    except DatabaseError as error:
        log.info("typing was not shown", conversation_id=conversation_id, code=error.code)
