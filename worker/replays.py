"""Kept requests that replay_inbound wants parsed anew: parsers are Python, so a worker does it."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from itertools import groupby
from typing import Any

import structlog

from romashka.channels.base import Channel
from romashka.database import DatabaseError, acall_all
from romashka.replaying import replay_arguments
from worker.faults import fault
from worker.shared import Shared

EVERY_S = 2.0
AT_ONCE = 10
STATEMENT_S = 60.0

log = structlog.get_logger(__name__)


class Replays:
    """Looks for requests to replay every two seconds, until cancelled."""

    def __init__(self, shared: Shared, channels: Mapping[str, Channel]) -> None:
        self._shared = shared
        self._channels = channels

    async def run(self) -> None:
        """Replays whatever is asked for; one request that fails is tried again in a minute."""
        while True:
            try:
                found = await self.step()
            except DatabaseError as error:
                await self._shared.outage.wait(error)
            except Exception as error:
                log.error("a replay failed", **fault(error))
                await asyncio.sleep(EVERY_S)
            else:
                self._shared.outage.over()
                if not found:
                    await asyncio.sleep(EVERY_S)

    async def step(self) -> int:
        """Claim some requests, take in what they say today; gives how many there were."""
        items = await acall_all(
            self._shared.pool, "private.claim_replays", list(self._channels), AT_ONCE
        )
        items.sort(key=kind_of)
        for (channel_type, is_dry), group in groupby(items, key=kind_of):
            arguments = replay_arguments(self._channels[channel_type], list(group))
            reports = await acall_all(
                self._shared.pool,
                "private.replay_events",
                *arguments,
                is_dry,
                timeout_s=STATEMENT_S,
            )
            for report in reports:
                log.info(
                    "request replayed",
                    is_dry=is_dry,
                    inbound_id=report["inbound_id"],
                    channel=channel_type,
                    state=report["becomes"],
                    messages=len(report["messages"]),
                    rejected=len(report["rejected"]),
                )
        return len(items)


def kind_of(item: Mapping[str, Any]) -> tuple[str, bool]:
    """What can be replayed in one call: requests of a channel, all of them dry or none."""
    return str(item["channel_type"]), bool(item["is_dry"])
