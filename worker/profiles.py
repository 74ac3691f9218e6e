"""Asks platforms who new customers are; a message never waits for it, nor fails with it (R33)."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

import structlog

from romashka.channels.base import Channel, Profile, Profiling
from romashka.channels.errors import AccountBlocked, SendError, Throttled
from romashka.channels.roster import accounts_among, having
from romashka.database import DatabaseError, acall, acall_all
from worker.faults import fault
from worker.shared import Shared

EVERY_S = 1.0
AT_ONCE = 4
ASK_WITHIN_S = 10.0
# A platform that is asked too fast, or that refuses our account, is left alone for a while.
REST_S = 60.0

log = structlog.get_logger(__name__)


class ProfileLoop:
    """Asks for a few profiles a second until cancelled; platforms that tell by themselves not."""

    def __init__(self, shared: Shared, channels: Mapping[str, Channel]) -> None:
        self._shared = shared
        self._channels = channels
        self._rests_until: dict[str, float] = {}

    async def run(self) -> None:
        """One step a second."""
        while True:
            try:
                await self.step()
            except DatabaseError as error:
                await self._shared.outage.wait(error)
            except Exception as error:
                log.error("a step of the profiles failed", **fault(error))
            await asyncio.sleep(EVERY_S)

    async def step(self) -> None:
        """Claims what is due and asks; what is not answered comes again by itself."""
        now = time.monotonic()
        awake = {
            name: self._channels[name]
            for name in having(self._channels, Profiling)
            if self._rests_until.get(name, 0.0) <= now
        }
        accounts = accounts_among(awake, Profiling)
        if not accounts:
            return
        rows = await acall_all(
            self._shared.pool, "private.claim_profiles", list(awake), accounts, AT_ONCE
        )
        await asyncio.gather(*(self._ask(row) for row in rows))

    async def _ask(self, row: Mapping[str, Any]) -> None:
        name, identity_id = str(row["channel_type"]), row["identity_id"]
        try:
            profile = await self._profile(row)
        except (SendError, TimeoutError) as error:
            self._rest(name, error)
            code = getattr(error, "code", None)
            log.info("profile not told", identity_id=identity_id, channel=name, code=code)
            return
        except Exception as error:
            log.error("a profile failed", identity_id=identity_id, **fault(error))
            return
        told = None if profile is None else asdict(profile)
        await acall(self._shared.pool, "private.record_profile", identity_id, told)

    async def _profile(self, row: Mapping[str, Any]) -> Profile | None:
        channel = having(self._channels, Profiling)[str(row["channel_type"])]
        async with asyncio.timeout(ASK_WITHIN_S):
            return await channel.profile(str(row["account"]), row["identities"])

    def _rest(self, name: str, error: Exception) -> None:
        if isinstance(error, (Throttled, AccountBlocked)):
            pause = getattr(error, "retry_after", None) or REST_S
            self._rests_until[name] = time.monotonic() + pause
