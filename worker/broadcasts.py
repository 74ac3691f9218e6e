"""Sends broadcasts that no row stands for: the text of replies while they are written.

They go over Realtime's HTTP endpoint, all that is due in one request, so that a delta costs the
database no row. Nobody waits for them: what Realtime does not take in time is dropped, because the
message's own row follows anyway. The service may send at most so many a second (its plan's
limit), so only the newest text of a turn is kept while a request is under way.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import structlog

if TYPE_CHECKING:
    import httpx

PATH = "/realtime/v1/api/broadcast"
TICK_S = 0.04
POST_LIMIT_S = 1.0
PAUSE_S = 1.0
MOST_TURNS = 500
MOST_OF_A_TURN = 8
MOST_IN_A_POST = 100

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Broadcast:
    """One event for everybody on a private topic.

    A `passing` one is void as soon as the next of its turn is there; others get a second try.
    """

    topic: str
    event: str
    payload: Mapping[str, Any]
    passing: bool = False
    is_second_try: bool = False

    def as_json(self) -> dict[str, Any]:
        """The form that the endpoint takes."""
        return {
            "topic": self.topic,
            "event": self.event,
            "payload": dict(self.payload),
            "private": True,
        }


class Broadcasts:
    """What waits to be sent, by turn and bounded; `add` never waits and never raises."""

    def __init__(self) -> None:
        self.bell = asyncio.Event()
        self._waiting: dict[str, list[Broadcast]] = {}

    def add(self, turn: str, broadcast: Broadcast) -> None:
        """Queues a broadcast behind those of the same turn; drops it where there is no room."""
        if turn not in self._waiting and len(self._waiting) >= MOST_TURNS:
            return
        queue = self._waiting.setdefault(turn, [])
        if broadcast.passing and queue and queue[-1].passing:
            queue[-1] = broadcast
        elif len(queue) < MOST_OF_A_TURN:
            queue.append(broadcast)
        self.bell.set()

    def take(self) -> list[tuple[str, Broadcast]]:
        """The oldest turns' broadcasts that fit into one request; they are gone from here."""
        due: list[tuple[str, Broadcast]] = []
        for turn in list(self._waiting):
            if due and len(due) + len(self._waiting[turn]) > MOST_IN_A_POST:
                break
            due += [(turn, one) for one in self._waiting.pop(turn)]
        if not self._waiting:
            self.bell.clear()
        return due

    def offer_again(self, due: list[tuple[str, Broadcast]]) -> None:
        """Puts back what ends a bubble, once, before what has come meanwhile."""
        for turn, one in reversed(due):
            if not one.passing and not one.is_second_try:
                queue = self._waiting.setdefault(turn, [])
                queue.insert(0, replace(one, is_second_try=True))
        if self._waiting:
            self.bell.set()


class BroadcastLoop:
    """Empties the queue into Realtime, one request at a time."""

    def __init__(self, broadcasts: Broadcasts, url: str, key: str) -> None:
        self._broadcasts = broadcasts
        self._url = f"{url.rstrip('/')}{PATH}"
        # Both headers: the gate in front of a project reads one or the other.
        self._headers = {"apikey": key, "authorization": f"Bearer {key}"}
        self._away = False

    async def run(self) -> None:
        """Sends until cancelled; never raises for what Realtime does."""
        import httpx

        loop = asyncio.get_running_loop()
        async with httpx.AsyncClient(headers=self._headers, timeout=POST_LIMIT_S) as http:
            while True:
                await self._broadcasts.bell.wait()
                began, due = loop.time(), self._broadcasts.take()
                if await self._post(http, due):
                    # Half of the time is left to others: each topic costs the server a check.
                    await asyncio.sleep(max(TICK_S, loop.time() - began))
                else:
                    self._broadcasts.offer_again(due)
                    await asyncio.sleep(PAUSE_S)

    async def _post(self, http: httpx.AsyncClient, due: list[tuple[str, Broadcast]]) -> bool:
        import httpx

        body = {"messages": [one.as_json() for _, one in due]}
        try:
            async with asyncio.timeout(POST_LIMIT_S):
                answer = await http.post(self._url, json=body)
        except (httpx.HTTPError, TimeoutError, OSError) as error:
            self._note(type(error).__name__)
            return False
        self._note(None if answer.is_success else f"status {answer.status_code}")
        return answer.is_success

    def _note(self, fault: str | None) -> None:
        """Says once that Realtime takes nothing, and once that it does again."""
        if fault is not None and not self._away:
            log.warning("realtime takes no broadcasts", reason=fault)
        elif fault is None and self._away:
            log.info("realtime takes broadcasts again")
        self._away = fault is not None
