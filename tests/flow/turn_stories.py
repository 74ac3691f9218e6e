"""Customers in bursts and agents who meddle, by a seed: what a fuzz of turns has happen."""

from __future__ import annotations

import asyncio
import random
import string
import uuid
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

from psycopg import ProgrammingError
from psycopg.types.json import Jsonb
from psycopg_pool import AsyncConnectionPool

QUESTIONS = (
    "How long does delivery take?",
    "How do I return something?",
    "Which payment methods do you accept?",
    "Where is my order?",
    "Do you have vegan restaurants nearby?",
)
BURSTS = (1, 1, 2, 2, 3, 4, 5)
INGEST = "select private.ingest_events('whatsapp', %s::bytea[], %s, %s, array[null]::text[])"
OPEN = "select conversation_id from private.reply_jobs where state in ('waiting', 'running')"
LOOK_S = 0.15
GIVE_UP_S = 15.0


class Watch:
    """Which conversations have an open turn, read for all customers at once."""

    def __init__(self, pool: AsyncConnectionPool) -> None:
        self._pool = pool
        self._open: set[uuid.UUID] = set()
        self._looks = 0

    async def run(self) -> None:
        """Looks until cancelled."""
        while True:
            async with self._pool.connection() as connection:
                found = await (await connection.execute(OPEN)).fetchall()
            self._open, self._looks = {row[0] for row in found}, self._looks + 1
            await asyncio.sleep(LOOK_S)

    async def ended(self, conversation: uuid.UUID) -> bool:
        """Waits until a conversation has no open turn; False when it keeps one for too long."""
        first = self._looks + 2
        loop = asyncio.get_running_loop()
        give_up = loop.time() + GIVE_UP_S
        while self._looks < first or conversation in self._open:
            if loop.time() > give_up:
                return False
            await asyncio.sleep(LOOK_S)
        return True


@dataclass(slots=True, kw_only=True)
class Story:
    """One customer with some agents, from the first question to the last of `rounds`."""

    seed: str
    pool: AsyncConnectionPool
    watch: Watch
    account: str
    rounds: int
    told: dict[str, int]
    _random: random.Random = field(init=False)
    _phone: str = field(init=False)
    _sent: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._random = random.Random(self.seed)
        self._phone = f"49151{self._random.randrange(10**9):09d}"

    async def run(self) -> None:
        """Plays all rounds: a burst, somebody who meddles, and hands that are free again."""
        for _ in range(self.rounds):
            self._sent.clear()
            meddling = asyncio.create_task(self._meddle())
            await self._burst()
            await meddling
            if not await self.watch.ended(await self._conversation()):
                self._count("left open")
            await self._free()

    async def _burst(self) -> None:
        for number in range(self._random.choice(BURSTS)):
            if number:
                await asyncio.sleep(self._random.choice((0.0, 0.1, 0.3, 0.6, 1.1)))
            await self._say()

    async def _say(self) -> None:
        """A question with a word that no other message has."""
        word = "".join(self._random.choices(string.ascii_lowercase, k=9))
        external_id = f"wamid.{self._random.getrandbits(96):x}"
        text = f"{self._random.choice(QUESTIONS)} {word}"
        await self._ingest(
            {
                "kind": "message",
                "external_id": external_id,
                "identities": [{"kind": "phone", "value": self._phone}],
                "content": text,
                "message_type": "text",
                "media": [],
                "sender": "customer",
                "calls_for_answer": True,
                "metadata": {},
            }
        )
        self._sent.append(external_id)

    async def _meddle(self) -> None:
        """Does one thing, or nothing, somewhere in the turn's life."""
        await asyncio.sleep(0.25)
        while not self._sent:
            await asyncio.sleep(0.05)
        name = self._random.choices(list(MEDDLERS), [share for share, _ in MEDDLERS.values()])[0]
        self._count(name)
        await MEDDLERS[name][1](self)

    async def nothing(self) -> None:
        """Leaves the turn alone."""

    async def late(self) -> None:
        """One more message, anywhere within the six seconds and a little after."""
        await self._pause(6.3)
        await self._say()

    async def stream(self) -> None:
        """A message every half second for longer than a turn lasts."""
        for _ in range(14):
            await asyncio.sleep(0.5)
            await self._say()

    async def edit(self) -> None:
        """Changes the words of one message."""
        await self._pause(2.5)
        text = f"{self._random.choice(QUESTIONS)} {self._random.getrandbits(32):x}x"
        await self._change("edit", content=text)

    async def revoke(self) -> None:
        """Takes one message back."""
        await self._pause(2.5)
        await self._change("revoke")

    async def revoke_all(self) -> None:
        """Takes back whatever was asked so far."""
        await self._pause(2.5)
        for external_id in list(self._sent):
            await self._change("revoke", target_id=external_id)

    async def take_over(self) -> None:
        """An agent takes the conversation."""
        await self._pause(3.0)
        await self._act("public.take_over(%s)")

    async def take_and_give(self) -> None:
        """An agent takes it by mistake and gives it back at once."""
        await self._pause(3.0)
        await self._act("public.take_over(%s)")
        await self._act("public.give_back(%s)", unless="PT409")

    async def answer(self) -> None:
        """An agent answers."""
        await self._pause(3.0)
        await self._act("public.send_message(%s, 'I am looking into it.')")

    async def note(self) -> None:
        """An agent writes a note for colleagues."""
        await self._pause(3.0)
        await self._act("public.send_message(%s, 'A known customer.', p_private => true)")

    async def assign(self) -> None:
        """The conversation is given to nobody in particular."""
        await self._pause(3.0)
        await self._act("public.assign_conversation(%s, null)")

    async def resolve(self) -> None:
        """An agent ends the conversation."""
        await self._pause(3.0)
        await self._act("public.resolve_conversation(%s)")

    async def give_back(self) -> None:
        """An agent gives the AI what it has already."""
        await self._pause(3.0)
        await self._act("public.give_back(%s)", unless="PT409")

    async def _free(self) -> None:
        """Lets the AI have the next round."""
        way = self._random.choice(("public.give_back(%s)", "public.resolve_conversation(%s)"))
        row = await self._fetch(
            "select conversations.ai_mode from public.conversations"
            " where customer_phone = %s and status <> 'resolved'",
            self._phone,
        )
        if row is not None and row[0] == "human" and not await self._act(way, unless="PT409"):
            await self._act("public.resolve_conversation(%s)")

    async def _pause(self, longest_s: float) -> None:
        await asyncio.sleep(self._random.uniform(0.0, longest_s))

    async def _change(self, kind: str, **more: Any) -> None:
        target = self._random.choice(self._sent)
        await self._ingest({"kind": kind, "target_id": target, **more})

    async def _ingest(self, event: dict[str, Any]) -> None:
        at = "2026-11-20T12:00:00+00:00"
        whole = {"account": self.account, "occurred_at": at, **event}
        await self._fetch(INGEST, [b"{}"], Jsonb([{}]), Jsonb([[whole]]))

    async def _act(self, function: str, unless: str | None = None) -> bool:
        try:
            await self._fetch(f"select {function}", await self._conversation())
        except ProgrammingError as error:
            if error.sqlstate != unless:
                raise
            return False
        return True

    async def _conversation(self) -> uuid.UUID:
        row = await self._fetch(
            "select id from public.conversations where customer_phone = %s"
            " order by created_at desc limit 1",
            self._phone,
        )
        assert row is not None
        return uuid.UUID(str(row[0]))

    async def _fetch(self, query: str, *parameters: object) -> tuple[Any, ...] | None:
        async with self.pool.connection() as connection:
            return await (await connection.execute(query.encode(), parameters)).fetchone()

    def _count(self, what: str) -> None:
        self.told[what] = self.told.get(what, 0) + 1


Meddler = Callable[[Story], Awaitable[None]]
MEDDLERS: dict[str, tuple[float, Meddler]] = {
    "nothing": (40, Story.nothing),
    "late": (12, Story.late),
    "stream": (3, Story.stream),
    "edit": (6, Story.edit),
    "revoke": (5, Story.revoke),
    "revoke_all": (3, Story.revoke_all),
    "take_over": (9, Story.take_over),
    "take_and_give": (4, Story.take_and_give),
    "answer": (6, Story.answer),
    "note": (3, Story.note),
    "assign": (3, Story.assign),
    "resolve": (3, Story.resolve),
    "give_back": (3, Story.give_back),
}
