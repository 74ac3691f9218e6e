"""Asks the platforms about our accounts every few minutes, though nobody writes (R70, R76)."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any

import structlog

from romashka.channels.base import Channel, Checkable, Hooked
from romashka.channels.checking import ask
from romashka.channels.errors import SendError
from romashka.channels.roster import accounts_among, having
from romashka.database import DatabaseError, acall, acall_all
from worker.faults import fault
from worker.shared import Shared

LOOK_EVERY_S = 5.0

log = structlog.get_logger(__name__)


class CheckLoop:
    """Checks until cancelled; which account is due when, and what follows, the database says."""

    def __init__(self, shared: Shared, channels: Mapping[str, Channel]) -> None:
        self._shared = shared
        self._channels = channels
        self._is_first = True

    async def run(self) -> None:
        """Checks every account at once, as tokens may be new, and then those that are due."""
        while True:
            try:
                await self.look()
            except DatabaseError as error:
                await self._shared.outage.wait(error)
            except Exception as error:
                log.error("accounts could not be checked", **fault(error))
            await asyncio.sleep(LOOK_EVERY_S)

    async def look(self) -> None:
        """Checks the accounts that are due; raises DatabaseError."""
        due = await acall_all(
            self._shared.pool,
            "private.claim_checks",
            list(having(self._channels, Checkable)),
            accounts_among(self._channels, Checkable),
            self._is_first,
        )
        self._is_first = False
        await asyncio.gather(*(self._check_carefully(one) for one in due))

    async def _check_carefully(self, due: Mapping[str, Any]) -> None:
        """One account that cannot be checked leaves the others their turn."""
        try:
            await self._check(due["channel_id"], self._channels[due["type"]], due["account"])
        except DatabaseError as error:
            await self._shared.outage.wait(error)
        except Exception as error:
            log.error("account not checked", channel_id=due["channel_id"], **fault(error))

    async def _check(self, channel_id: str, channel: Channel, account: str) -> None:
        found = await self._record(channel_id, await ask(channel, account))
        if found["register"] is None or not isinstance(channel, Hooked):
            return
        try:
            await channel.register(account, found["register"])
        except SendError as error:
            log.warning("webhook not registered again", channel_id=channel_id, code=error.code)
            return
        log.info("webhook registered again", channel_id=channel_id)
        await self._record(channel_id, await ask(channel, account))

    async def _record(self, channel_id: str, found: Mapping[str, Any]) -> Mapping[str, Any]:
        """Keeps what was found: {fault, register}, as record_check gives it."""
        kept: Mapping[str, Any] = await acall(
            self._shared.pool, "private.record_check", channel_id, dict(found)
        )
        if kept["fault"] is not None:
            log.warning("account at fault", channel_id=channel_id, state=found["state"])
        return kept
