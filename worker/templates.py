"""Keeps the templates of every account as their platform lists them: hourly, and when told to."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping

import structlog

from romashka.channels.base import Channel, Templated
from romashka.channels.errors import SendError
from romashka.channels.roster import having
from romashka.database import DatabaseError, acall, to_json
from worker.bells import wait_for_ring
from worker.faults import fault
from worker.shared import Shared

EVERY_S = 3600.0
# News comes in bursts; one reading serves them all.
REST_S = 5.0

log = structlog.get_logger(__name__)


class TemplateLoop:
    """Reads until cancelled; an account that cannot be read keeps what it had."""

    def __init__(self, shared: Shared, channels: Mapping[str, Channel]) -> None:
        self._shared = shared
        self._channels = channels

    async def run(self) -> None:
        """Reads at once, every hour, and when the bell rings."""
        while True:
            for name, channel in having(self._channels, Templated).items():
                for account in self._channels[name].accounts:
                    await self._read(name, channel, account)
            await asyncio.sleep(REST_S)
            await wait_for_ring(self._shared.bells.templates, EVERY_S)

    async def _read(self, name: str, channel: Templated, account: str) -> None:
        try:
            found = await channel.templates(account)
            if found is None:
                return
            count = await acall(
                self._shared.pool, "private.store_templates", name, account, to_json(found)
            )
        except SendError as error:
            log.warning("templates could not be read", channel=name, code=error.code)
        except DatabaseError as error:
            await self._shared.outage.wait(error)
        except Exception as error:
            log.error("templates could not be kept", channel=name, **fault(error))
        else:
            log.info("templates read", channel=name, templates=count)
