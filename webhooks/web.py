"""The parts of one web process, made together and closed together."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

from romashka.channels.roster import Roster
from romashka.pools import open_pool
from romashka.settings import BadSetting, Settings
from romashka.vault import Vault
from webhooks import health, metrics
from webhooks.door import Door
from webhooks.fresh import Fresh
from webhooks.guard import Guard
from webhooks.intake import Intake
from webhooks.pulse import Pulse

if TYPE_CHECKING:
    from psycopg_pool import ConnectionPool

# One connection for the pulse, two for /readyz and /metrics.
WATCHERS = 3
# One call of a flusher; the limit of the other statements is the operator's.
INGEST_TIMEOUT_S = 5.0
# A restart of Postgres takes half a second; longer than this a sender should not be kept.
WAIT_FOR_CONNECTION_S = 2.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Web:
    """What the routes use."""

    guard: Guard
    door: Door
    intakes: tuple[Intake, ...]
    pulse: Pulse
    readiness: Fresh[dict[str, Any]]
    queues: Fresh[dict[str, Any] | None]
    pools: tuple[ConnectionPool, ...]

    def close(self) -> None:
        """Store what still waits, stop the background work, close the connections."""
        for intake in self.intakes:
            intake.close()
        self.pulse.close()
        for pool in self.pools:
            pool.close()


def start_web(settings: Settings) -> Web:
    """Start everything; raises BadSetting."""
    roster, vault = Roster(settings), Vault(settings.romashka_secret_keys)
    guard = Guard(settings)
    # Apart, so that nobody who looks at the figures can take the flushers' connections.
    storing, carrying = (_open_pool(settings, 1, INGEST_TIMEOUT_S) for _ in range(2))
    watching = _open_pool(settings, WATCHERS, settings.database_timeout_s)
    intake, bulk = (Intake(pool, metrics.count_stored) for pool in (storing, carrying))
    return Web(
        guard=guard,
        door=Door(roster, guard, intake, bulk),
        intakes=(intake, bulk),
        pulse=Pulse(
            watching,
            roster,
            vault,
            lambda: {"waiting": intake.waiting() + bulk.waiting()},
            guard.channels.learn,
        ),
        readiness=Fresh(partial(health.readiness, watching), health.lasts),
        queues=Fresh(partial(metrics.queues, watching)),
        pools=(storing, carrying, watching),
    )


def _open_pool(settings: Settings, size: int, timeout_s: float) -> ConnectionPool:
    if not settings.database_url:
        raise BadSetting("DATABASE_URL is missing")
    return open_pool(
        settings.database_url,
        name="webhooks",
        size=size,
        timeout_s=timeout_s,
        wait_s=WAIT_FOR_CONNECTION_S,
    )
