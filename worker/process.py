"""One worker from its start to its clean stop: the parts, in the order in which they depend."""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import Awaitable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

import structlog

from romashka.channels.roster import Roster
from romashka.database import DatabaseError
from romashka.pools import async_pool
from romashka.settings import Settings
from worker.accounts import Accounts, mailboxes_of, tokens_of
from worker.backtests import BacktestLoop
from worker.broadcasts import BroadcastLoop
from worker.checks import CheckLoop
from worker.claiming import ClaimLoop
from worker.deliveries import DeliveryLoop
from worker.doorbell import Doorbell
from worker.drafts import DraftLoop
from worker.language import load
from worker.mail import MailLoop
from worker.mailboxes import Mailboxes
from worker.meaning import Meaning
from worker.media import MediaLoop
from worker.memory import settle
from worker.model import Model
from worker.model.choice import choose_model, models_of
from worker.model_faults import ModelFaults
from worker.patience import all_of, end
from worker.profiles import ProfileLoop
from worker.replays import Replays
from worker.replies import ReplyLoop
from worker.shared import Shared
from worker.signals import SignalLoop
from worker.storage import Storage
from worker.templates import TemplateLoop
from worker.upkeep import Upkeep
from worker.vectors import VectorLoop

if TYPE_CHECKING:
    from psycopg_pool import AsyncConnectionPool

POOL_SIZE = 8
# A clean stop takes ten seconds at most: for a claim under way, then for turns (they end within
# their six seconds) and sends, then for giving back what is left.
LAST_CLAIM_S = 1.5
DRAIN_S = 7.0
# Past turns wait while more live ones than these are under way.
BUSY_TURNS = 8

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Parts:
    """Everything that runs in a worker."""

    shared: Shared
    doorbell: Doorbell
    replies: ReplyLoop
    deliveries: DeliveryLoop
    mail: MailLoop
    mailboxes: Mailboxes
    media: MediaLoop
    signals: SignalLoop
    spare: tuple[ClaimLoop, ...]
    storage: Storage
    upkeep: Upkeep
    accounts: Accounts
    sides: Sequence[Side]
    model: Model
    meaning: Meaning
    roster: Roster


class Side(Protocol):
    """Something that runs beside the loops until it is cancelled."""

    async def run(self) -> None:
        """Works until cancelled."""
        ...


class Loop(Protocol):
    """Something that runs until it is told to stop."""

    async def run(self) -> None:
        """Works until `stop`."""
        ...

    def stop(self) -> None:
        """Begins nothing more."""
        ...


async def run_worker(settings: Settings, name: str, stop: asyncio.Event) -> None:
    """Works until `stop` is set, then ends cleanly within ten seconds.

    Raises BadSetting for a language that nothing can tell.
    """
    # Before the first claim: a turn has no second to spare for it.
    await asyncio.to_thread(load, settings.ai_languages)
    pool = async_pool(
        settings.database_url, name="worker", size=POOL_SIZE, timeout_s=settings.database_timeout_s
    )
    async with pool:
        parts = build_parts(settings, name, pool)
        settle()
        log.info("worker starts", worker=name, model=parts.model.name, channels=list(parts.roster))
        background = [asyncio.create_task(parts.doorbell.run())]
        try:
            await unless(stop, introduce(parts))
            background += [asyncio.create_task(one.run()) for one in parts.sides]
            if not stop.is_set():
                await work(parts, stop)
        finally:
            await end(background)
            await parts.model.close()
            await parts.meaning.close()
            await parts.storage.close()
            await parts.roster.close()
    log.info("worker stopped", worker=name)


def build_parts(settings: Settings, name: str, pool: AsyncConnectionPool) -> Parts:
    """The parts, wired together and not yet running."""
    shared = Shared(pool=pool, name=name, failpoint=settings.romashka_failpoint)
    bells = shared.bells
    doorbell = Doorbell(settings.supabase_url, settings.supabase_secret_key, name, bells)
    faults = ModelFaults(shared)
    model, roster = choose_model(settings, faults.tell), Roster(settings)
    meaning = Meaning(shared, settings)
    replies = ReplyLoop(
        shared,
        model,
        concurrency=settings.worker_concurrency,
        languages=settings.ai_languages,
        meaning=meaning,
    )
    storage = Storage(settings.supabase_url, settings.supabase_secret_key)
    deliveries = DeliveryLoop(
        shared, roster, storage=storage, send_timeout_s=settings.send_timeout_s
    )
    media = MediaLoop(shared, roster, storage, longest_bytes=settings.media_longest_bytes)
    accounts = Accounts(shared, roster, settings)

    def state() -> dict[str, Any]:
        return {
            "pid": os.getpid(),
            "realtime": doorbell.state,
            "active_turns": replies.active,
            "active_sends": deliveries.active,
            "active_files": media.active,
            "last_ring_age_s": seconds_since(bells.rung_at),
            "model": model.name,
            "models": models_of(settings),
            "embeddings": meaning.name,
        }

    upkeep = Upkeep(shared, state)
    return Parts(
        shared=shared,
        doorbell=doorbell,
        replies=replies,
        deliveries=deliveries,
        mail=MailLoop(shared, lambda: mailboxes_of(roster)),
        mailboxes=Mailboxes(shared, lambda: mailboxes_of(roster), lambda: tokens_of(roster)),
        media=media,
        signals=SignalLoop(shared, roster),
        spare=(
            BacktestLoop(shared, settings, lambda: replies.active > BUSY_TURNS, meaning=meaning),
            DraftLoop(shared, model, languages=settings.ai_languages, meaning=meaning),
        ),
        storage=storage,
        upkeep=upkeep,
        accounts=accounts,
        sides=(
            upkeep,
            accounts,
            CheckLoop(shared, roster),
            BroadcastLoop(shared.broadcasts, settings.supabase_url, settings.supabase_secret_key),
            faults,
            ProfileLoop(shared, roster),
            Replays(shared, roster),
            TemplateLoop(shared, roster),
            VectorLoop(shared, meaning),
        ),
        model=model,
        meaning=meaning,
        roster=roster,
    )


async def introduce(parts: Parts) -> None:
    """Makes worker and channels known, as soon as there is a database.

    The heartbeat comes before the first claim: without it, others would take our turns for a dead
    worker's.
    """
    while True:
        try:
            await parts.upkeep.beat()
            await parts.accounts.look()
        except DatabaseError as error:
            await parts.shared.outage.wait(error)
        else:
            parts.shared.outage.over()
            return


async def work(parts: Parts, stop: asyncio.Event) -> None:
    """Runs the loops until `stop`, then lets what is under way end."""
    draining: Sequence[ReplyLoop | ClaimLoop]
    draining = (parts.replies, parts.deliveries, parts.media, parts.signals, *parts.spare)
    running: Sequence[Loop] = (*draining, parts.mail, parts.mailboxes)
    loops = [asyncio.create_task(one.run()) for one in running]
    stopped = asyncio.create_task(stop.wait())
    await asyncio.wait([stopped, *loops], return_when=asyncio.FIRST_COMPLETED)
    stopped.cancel()
    for one in running:
        one.stop()
    await all_of(loops, LAST_CLAIM_S)
    await asyncio.gather(*(one.drain(DRAIN_S) for one in draining), parts.mailboxes.drain())
    await end(loops)


async def unless(stop: asyncio.Event, work: Awaitable[None]) -> None:
    """Does some work, unless `stop` comes first."""
    doing, stopped = asyncio.ensure_future(work), asyncio.create_task(stop.wait())
    await asyncio.wait([doing, stopped], return_when=asyncio.FIRST_COMPLETED)
    stopped.cancel()
    if doing.done():
        doing.result()
    await end([doing])


def seconds_since(moment: float | None) -> float | None:
    """The age of a monotonic moment in seconds; None stays None."""
    return None if moment is None else round(time.monotonic() - moment, 1)
