"""What the loops of one worker share."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from romashka.failpoint import reach
from worker.bells import Bells
from worker.broadcasts import Broadcasts
from worker.patience import Outage

if TYPE_CHECKING:
    from psycopg_pool import AsyncConnectionPool


@dataclass(frozen=True, slots=True, kw_only=True)
class Shared:
    """The database, this worker's name in it, the bells, what is to be broadcast, and where a test
    wants it to fail."""

    pool: AsyncConnectionPool
    name: str
    bells: Bells = field(default_factory=Bells)
    broadcasts: Broadcasts = field(default_factory=Broadcasts)
    outage: Outage = field(default_factory=Outage)
    failpoint: str = ""

    async def pass_point(self, place: str) -> None:
        """Goes on, unless the fail-point of the settings is this place."""
        await asyncio.sleep(reach(self.failpoint, place))
