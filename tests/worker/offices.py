"""A database with a small shop's articles, and the loops of a worker on it."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any
from uuid import UUID

import psycopg
from psycopg.rows import dict_row

from romashka.channels.base import Channel
from romashka.pools import async_pool
from romashka.settings import LANGUAGES
from tests.waiting import wait_until_async
from worker.deliveries import DeliveryLoop
from worker.guard import Guard
from worker.language import load
from worker.media import MediaLoop
from worker.model import Model
from worker.model.embedded import EmbeddedModel
from worker.patience import end
from worker.replies import ReplyLoop
from worker.shared import Shared
from worker.storage import Storage
from worker.turn import Turn
from worker.upkeep import Upkeep

SHOP = Path(__file__).parent / "fixtures" / "shop.json"
ACCOUNT = "100200300400500"
ARTICLE = """
insert into public.knowledge_articles (title, body, language, phrasings, source_url)
values (%(title)s, %(body)s, %(language)s, %(phrasings)s, %(id)s)
"""
CONVERSATION = "select public.create_conversation(%s, 'whatsapp', %s)"
ENDED = "select count(*) = 0 from private.reply_jobs where state in ('waiting', 'running')"


class Office:
    """What customers and agents do, and what came of it, by the database."""

    def __init__(self, url: str) -> None:
        self.url = url
        self._connection = psycopg.connect(url, autocommit=True, row_factory=dict_row)
        self.rows("select private.register_channel('whatsapp', %s, 'Shop')", ACCOUNT)

    def close(self) -> None:
        """Closes the connection."""
        self._connection.close()

    def stock(self) -> None:
        """Puts the shop's articles in."""
        for article in json.loads(SHOP.read_text())["articles"]:
            self._connection.execute(ARTICLE, article)
        self.rows("select private.fold_terms()")

    def rows(self, query: str, *parameters: object) -> list[dict[str, Any]]:
        """The rows of a query."""
        cursor = self._connection.execute(query.encode(), parameters)
        return cursor.fetchall() if cursor.description else []

    def value(self, query: str, *parameters: object) -> Any:
        """The one value of a query."""
        (row,) = self.rows(query, *parameters)
        return next(iter(row.values()))

    def ask(self, question: str, phone: str = "4915100000001") -> UUID:
        """A customer writes; gives the conversation."""
        return self.value(CONVERSATION, f"+{phone}", question)

    def said(self, conversation: UUID, sender: str) -> list[dict[str, Any]]:
        """What somebody said in a conversation, oldest first."""
        query = (
            "select * from messages where conversation_id = %s and sender_type = %s order by seq"
        )
        return self.rows(query, conversation, sender)

    def job(self, conversation: UUID) -> dict[str, Any]:
        """The newest turn of a conversation."""
        query = "select * from private.reply_jobs where conversation_id = %s order by created_at"
        return self.rows(query, conversation)[-1]

    def hurry(self, conversation: UUID, seconds: float) -> None:
        """Moves the deadline of the open turn nearer, as if the customer had asked earlier."""
        self.rows(
            "update private.reply_jobs set deadline = deadline - %s * interval '1 second'"
            " where conversation_id = %s",
            seconds,
            conversation,
        )

    async def all_turns_ended(self, timeout: float = 8.0) -> None:
        """Waits until no turn is open."""
        await wait_until_async(lambda: self.value(ENDED), timeout)


@asynccontextmanager
async def shared_of(office: Office, *, failpoint: str = "") -> AsyncIterator[Shared]:
    """What the loops of a living worker share: its heartbeat beats and its sweeps run."""
    async with async_pool(office.url, name="worker", size=4, timeout_s=5) as pool:
        shared = Shared(pool=pool, name="test:1", failpoint=failpoint)
        upkeep = Upkeep(shared, dict)
        await upkeep.beat()
        beating = asyncio.create_task(upkeep.run())
        yield shared
        await end([beating])


@asynccontextmanager
async def answering(
    office: Office,
    model: Model | None = None,
    *,
    failpoint: str = "",
    concurrency: int = 64,
    guard_for: Callable[[Turn], Guard] = Guard,
) -> AsyncIterator[ReplyLoop]:
    """A reply loop that runs for the length of a block."""
    # As a worker does before it claims: the first turn has no time for it.
    load(LANGUAGES)
    async with shared_of(office, failpoint=failpoint) as shared:
        loop = ReplyLoop(
            shared, model or EmbeddedModel(), concurrency=concurrency, guard_for=guard_for
        )
        running = asyncio.create_task(loop.run())
        yield loop
        loop.stop()
        await loop.drain(0.1)
        await end([running])


@asynccontextmanager
async def sending(
    office: Office,
    channels: Mapping[str, Channel],
    *,
    failpoint: str = "",
    send_timeout_s: float = 10.0,
) -> AsyncIterator[DeliveryLoop]:
    """A delivery loop that runs for the length of a block."""
    async with shared_of(office, failpoint=failpoint) as shared:
        loop = DeliveryLoop(shared, channels, send_timeout_s=send_timeout_s)
        running = asyncio.create_task(loop.run())
        yield loop
        loop.stop()
        await loop.drain(0.1)
        await end([running])


@asynccontextmanager
async def fetching(
    office: Office, channels: Mapping[str, Channel], storage: Storage
) -> AsyncIterator[MediaLoop]:
    """A media loop that runs for the length of a block."""
    async with shared_of(office) as shared:
        loop = MediaLoop(shared, channels, storage, longest_bytes=25 * 1024 * 1024)
        running = asyncio.create_task(loop.run())
        yield loop
        loop.stop()
        await loop.drain(0.1)
        await end([running])
