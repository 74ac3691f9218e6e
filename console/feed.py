"""Follows a private Realtime topic as a signed-in user, and misses nothing.

Realtime delivers at most once, so it only rings: after each (re)subscription and every few seconds
the rows are read, and whatever the doorbell did not bring is handed on then. Each message and each
of its states is handed on once.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING, Any

from worker.doorbell import close, params

if TYPE_CHECKING:
    from supabase import AsyncClient

SWEEP_S = 10.0
REBUILD_AFTER_S = 1.0
JOIN_WITHIN_S = 10.0
OVERLAP = timedelta(seconds=5)
CLOCKS_DIFFER = timedelta(seconds=60)
LOOK_BACK = timedelta(minutes=10)
EVENTS = ("message_created", "message_updated", "conversation_updated")


@dataclass(frozen=True, slots=True, kw_only=True)
class Happening:
    """Something that happened: the event's name, its rows, when it was here, and how it came."""

    event: str
    message: Mapping[str, Any]
    conversation: Mapping[str, Any]
    heard_at: datetime
    live: bool


class Deaf(Exception):
    """A message is stored that Realtime should have told of: the connection is built anew."""


SignIn = Callable[["AsyncClient"], Awaitable[None]]


class Feed:
    """One follower of `inbox`; `handle` is called for everything, in the order it became known."""

    def __init__(
        self, url: str, key: str, sign_in: SignIn, handle: Callable[[Happening], None]
    ) -> None:
        self.ready = asyncio.Event()
        self._url, self._key, self._sign_in, self._handle = url, key, sign_in, handle
        self._rung: asyncio.Queue[tuple[str, Any]] = asyncio.Queue()
        self._subscribed = asyncio.Event()
        self._lost = asyncio.Event()
        self._since = datetime.now(UTC) - CLOCKS_DIFFER
        self._seen: dict[Any, float] = {}
        self._silent = True
        self.last_error: Exception | None = None

    async def run(self) -> None:
        """Follow until cancelled, with a new connection whenever the old one fails."""
        while True:
            try:
                await self._follow_once()
            except asyncio.CancelledError:
                raise
            except Exception as error:
                self.last_error = error
            await asyncio.sleep(REBUILD_AFTER_S)

    async def _follow_once(self) -> None:
        from supabase import AsyncClientOptions, acreate_client

        # The client's own retries end for good after a while; ours do not.
        options = AsyncClientOptions(realtime={"max_retries": 3})
        client = await acreate_client(self._url, self._key, options)
        try:
            await self._sign_in(client)
            self._lost.clear()
            self._subscribed.clear()
            await self._read_rows(client)
            self._silent = False
            await self._subscribe(client)
            await self._serve(client)
        finally:
            await close(client.realtime)
            await client.auth.close()

    async def _subscribe(self, client: AsyncClient) -> None:
        channel = client.channel("inbox", params(hear_itself=False))
        for event in EVENTS:
            # A callback that raises would end the library's own task: it only queues.
            channel.on_broadcast(event, partial(self._ring, event))
        await channel.subscribe(self._on_state)
        await asyncio.wait_for(self._subscribed.wait(), JOIN_WITHIN_S)

    def _ring(self, event: str, payload: Any) -> None:
        self._rung.put_nowait((event, payload))

    def _on_state(self, state: Any, _: Exception | None = None) -> None:
        if str(getattr(state, "value", state)) == "SUBSCRIBED":
            self._subscribed.set()
            self._rung.put_nowait(("read_rows", None))
        else:
            self._lost.set()

    async def _serve(self, client: AsyncClient) -> None:
        """Hand on what rings and what the sweep finds until the connection is lost."""
        swept = time.monotonic()
        while not self._lost.is_set():
            pause = max(0.0, swept + SWEEP_S - time.monotonic())
            try:
                event, payload = await asyncio.wait_for(self._rung.get(), min(pause, 0.5) or 0.01)
            except TimeoutError:
                event, payload = "", None
            if event in EVENTS:
                self._heard(event, payload)
            if event == "read_rows":
                await self._read_rows(client)
                self.ready.set()
            elif time.monotonic() - swept >= SWEEP_S:
                swept = time.monotonic()
                if await self._read_rows(client):
                    raise Deaf

    def _heard(self, event: str, payload: Any) -> None:
        body = payload.get("payload") if isinstance(payload, dict) else None
        if isinstance(body, dict):
            self._hand_on(event, body.get("message") or {}, body.get("conversation") or {}, True)

    async def _read_rows(self, client: AsyncClient) -> bool:
        """Read what changed since the last look; what was not heard is handed on now.

        Tells whether a message was found that should have been heard some time ago.
        """
        overdue = False
        query = client.table("messages").select("*").gte("updated_at", _iso(self._since))
        query = query.gte("created_at", _iso(self._since - LOOK_BACK)).order("created_at")
        messages: Any = (await query.limit(1000).execute()).data
        conversations = await self._conversations(client, messages)
        for message in messages:
            card = conversations.get(message["conversation_id"], {})
            known = ("message", message["id"]) in self._seen
            self._hand_on(EVENTS[1 if known else 0], message, card, False)
            late = datetime.now(UTC) - _moment(message["created_at"]) > OVERLAP
            overdue = overdue or (late and not known)
            self._since = max(self._since, _moment(message["updated_at"]) - OVERLAP)
        self._forget(before=time.monotonic() - 2 * LOOK_BACK.total_seconds())
        return overdue

    async def _conversations(
        self, client: AsyncClient, messages: list[dict[str, Any]]
    ) -> dict[str, dict[str, Any]]:
        unheard = [m for m in messages if ("message", m["id"]) not in self._seen]
        ids = sorted({message["conversation_id"] for message in unheard})
        if not ids:
            return {}
        query = client.table("conversations").select("*").in_("id", ids)
        rows: Any = (await query.execute()).data
        return {row["id"]: row for row in rows}

    def _hand_on(
        self, event: str, message: Mapping[str, Any], card: Mapping[str, Any], live: bool
    ) -> None:
        mark = _mark(event, message, card)
        if mark in self._seen:
            return
        now = time.monotonic()
        self._seen[mark] = now
        if message:
            self._seen[("message", message.get("id"))] = now
        if not self._silent:
            heard_at = datetime.now(UTC)
            self._handle(
                Happening(
                    event=event, message=message, conversation=card, heard_at=heard_at, live=live
                )
            )

    def _forget(self, before: float) -> None:
        self._seen = {mark: at for mark, at in self._seen.items() if at >= before}


def as_user(email: str, password: str) -> SignIn:
    """A sign-in by e-mail and password."""

    async def sign_in(client: AsyncClient) -> None:
        await client.auth.sign_in_with_password({"email": email, "password": password})

    return sign_in


def _mark(event: str, message: Mapping[str, Any], card: Mapping[str, Any]) -> tuple[Any, ...]:
    """What makes two happenings the same one, however they came."""
    if event == "conversation_updated":
        return ("conversation", card.get("id"), card.get("updated_at"))
    parts = ("id", "delivery_status", "edited_at", "deleted_at")
    return ("state", *(message.get(part) for part in parts))


def _moment(text: str) -> datetime:
    return datetime.fromisoformat(text.replace("Z", "+00:00"))


def _iso(moment: datetime) -> str:
    return moment.isoformat()
