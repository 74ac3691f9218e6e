"""The parts of one web process, made together and closed together."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from romashka.channels import build_channels
from romashka.pools import open_pool
from romashka.settings import BadSetting, Settings
from webhooks import metrics
from webhooks.door import Door
from webhooks.guard import Guard
from webhooks.intake import Intake
from webhooks.pulse import Pulse

if TYPE_CHECKING:
    from psycopg_pool import ConnectionPool

# One connection for the flusher, one for the pulse, two for /readyz and /metrics.
POOL_SIZE = 4
# A restart of Postgres takes half a second; longer than this a sender should not be kept.
WAIT_FOR_CONNECTION_S = 2.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Web:
    """What the routes use."""

    pool: ConnectionPool
    guard: Guard
    door: Door
    intake: Intake
    pulse: Pulse
    owns_pool: bool

    def close(self) -> None:
        """Store what still waits, stop the background work, close the connections."""
        self.intake.close()
        self.pulse.close()
        if self.owns_pool:
            self.pool.close()


def start_web(settings: Settings, pool: ConnectionPool | None) -> Web:
    """Start everything; a pool that is given stays the caller's. Raises BadSetting."""
    channels = build_channels(settings)
    guard = Guard(settings)
    owns_pool = pool is None
    pool = pool or _open_pool(settings)
    intake = Intake(pool, metrics.count_stored)
    return Web(
        pool=pool,
        guard=guard,
        door=Door(channels, guard, intake),
        intake=intake,
        pulse=Pulse(pool, channels.values(), lambda: {"waiting": intake.waiting()}),
        owns_pool=owns_pool,
    )


def _open_pool(settings: Settings) -> ConnectionPool:
    if not settings.database_url:
        raise BadSetting("DATABASE_URL is missing")
    return open_pool(
        settings.database_url,
        name="webhooks",
        size=POOL_SIZE,
        timeout_s=settings.database_timeout_s,
        wait_s=WAIT_FOR_CONNECTION_S,
    )
