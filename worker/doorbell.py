"""Listens on Supabase Realtime, so that work is noticed within milliseconds.

Nothing depends on it: a lost ring costs the time until the next sweep. The client reconnects by
itself, but it can also die or go deaf without a word (a callback that raises ends its listening; a
server that lost its database says nothing), so this supervisor proves every few seconds that a
message still comes through, and otherwise builds a new client.

Two private topics on one socket: `worker`, and `worker:<name>` for our own echo. Our key may read
both, so no join is ever refused; a refused one would stall the socket for seconds.
"""

from __future__ import annotations

import asyncio
import math
import random
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Any

import structlog
from realtime import AsyncRealtimeChannel, AsyncRealtimeClient, RealtimeSubscribeStates

from worker.bells import PLAIN, Bells
from worker.faults import fault

TOPIC = "worker"
TOPICS = 2
EVENTS = ("reply_jobs", "cancel", *sorted(PLAIN))
ECHO = "echo"
JOIN_LIMIT_S = 5.0
# The client's own attempts begin at once and then double their pause; ours take over from there.
REJOIN_GRACE_S = 3.0
CLIENT_BACKOFF_S = 0.2
FOR_EVER = 1_000_000_000
ECHO_EVERY_S = 3.0
DEAF_AFTER_S = 8.0
LOOK_EVERY_S = 0.25
PAUSES_S = (0.1, 0.25, 0.5, 1.0, 2.0)

log = structlog.get_logger(__name__)


class Away(Exception):
    """The doorbell is not joined, or joined and deaf; the text says which."""


class Doorbell:
    """Keeps one Realtime client joined; `state` is joined or away, for the heartbeat."""

    def __init__(self, url: str, key: str, name: str, bells: Bells) -> None:
        self.state = "away"
        self._url = f"{url.rstrip('/')}/realtime/v1"
        self._key = key
        self._name = name
        self._bells = bells
        self._joined: set[str] = set()
        self._heard_at = 0.0
        self._lost_at = 0.0

    async def run(self) -> None:
        """Joins and joins again until cancelled; never raises for what Realtime does."""
        failures = 0
        while True:
            joined_at = time.monotonic()
            try:
                await self._live()
            except Exception as error:  # a doorbell may fail in any way; the sweeps go on
                lived = time.monotonic() - joined_at > JOIN_LIMIT_S + REJOIN_GRACE_S
                failures = 0 if lived else failures + 1
                if failures <= 1:
                    # Only our own text: the library's may hold the address with the key in it.
                    reason = str(error) if isinstance(error, Away) else type(error).__name__
                    log.warning("doorbell is away", reason=reason)
            self._set_state("away")
            pause = PAUSES_S[min(failures, len(PAUSES_S)) - 1]
            await asyncio.sleep(pause * random.uniform(0.5, 1.0))  # noqa: S311 - spreads a herd

    async def _live(self) -> None:
        """One client from its birth to its end; raises Away."""
        client = AsyncRealtimeClient(
            self._url, token=self._key, max_retries=FOR_EVER, initial_backoff=CLIENT_BACKOFF_S
        )
        self._joined.clear()
        try:
            async with asyncio.timeout(JOIN_LIMIT_S):
                echo = await self._join(client)
            await self._watch(client, echo)
        finally:
            await close(client)

    async def _join(self, client: AsyncRealtimeClient) -> AsyncRealtimeChannel:
        """Subscribes both topics; gives the channel of our echo."""
        self._heard_at = self._lost_at = time.monotonic()
        worker = client.channel(TOPIC, params(hear_itself=False))
        for event in EVENTS:
            worker.on_broadcast(event, self._safely(event, self._rung))
        echo = client.channel(f"{TOPIC}:{self._name}", params(hear_itself=True))
        echo.on_broadcast(ECHO, self._safely(ECHO, self._echoed))
        await echo.subscribe(self._follow(echo.topic))
        await worker.subscribe(self._follow(worker.topic))
        return echo

    async def _watch(self, client: AsyncRealtimeClient, echo: AsyncRealtimeChannel) -> None:
        """Looks after a joined client; raises Away when it has to be replaced."""
        next_echo = 0.0
        while True:
            now = time.monotonic()
            if self.state == "joined" and now >= next_echo:
                next_echo = now + ECHO_EVERY_S
                await echo.send_broadcast(ECHO, {"at": now})
            self._raise_if_lost(client, now)
            await asyncio.sleep(LOOK_EVERY_S)

    def _raise_if_lost(self, client: AsyncRealtimeClient, now: float) -> None:
        # The client has no public sign of its listening task; nothing else tells of its death.
        listening = client._listen_task
        if self.state == "joined" and (listening is None or listening.done()):
            raise Away("the listening task has ended")
        if self.state == "joined" and now - self._heard_at > DEAF_AFTER_S:
            raise Away("our own echo does not come back")
        if self.state != "joined" and now - self._lost_at > REJOIN_GRACE_S:
            raise Away("the channel did not come back by itself")

    def _safely(
        self, event: str, take: Callable[[str, Mapping[str, Any]], None]
    ) -> Callable[[Any], None]:
        """A callback that cannot raise: one that does ends the client's listening for good."""

        def callback(message: Any) -> None:  # Any: whatever the server sent
            try:
                take(event, message["payload"])
            except Exception as error:
                log.error("a ring could not be read", ring=event, **fault(error))

        return callback

    def _rung(self, event: str, payload: Mapping[str, Any]) -> None:
        self._bells.ring(event, payload)

    def _echoed(self, event: str, payload: Mapping[str, Any]) -> None:
        self._heard_at = time.monotonic()

    def _follow(self, topic: str) -> Callable[[RealtimeSubscribeStates, Exception | None], None]:
        """Follows the state of one channel; joined is when both are."""

        def callback(status: RealtimeSubscribeStates, error: Exception | None) -> None:
            if status is RealtimeSubscribeStates.SUBSCRIBED:
                self._joined.add(topic)
            else:
                self._joined.discard(topic)
            self._set_state("joined" if len(self._joined) == TOPICS else "away")
            if status is RealtimeSubscribeStates.CLOSED:
                # A channel that the server closed is never joined again by the client.
                self._lost_at = -math.inf

        return callback

    def _set_state(self, state: str) -> None:
        if state == self.state:
            return
        self.state = state
        if state == "joined":
            self._heard_at = time.monotonic()
            log.info("doorbell joined")
            self._bells.catch_up()
        else:
            self._lost_at = time.monotonic()


def params(*, hear_itself: bool) -> Any:  # Any: the library's TypedDict wants every key
    """A private channel without presence."""
    return {
        "config": {
            "broadcast": {"ack": False, "self": hear_itself},
            "presence": {"key": "", "enabled": False},
            "private": True,
        }
    }


async def close(client: AsyncRealtimeClient) -> None:
    """Ends a client with all that it started, also one that is in the middle of reconnecting."""
    for channel in client.get_channels():
        channel.rejoin_timer.reset()
        channel.join_push.destroy()
    with suppress(Exception):  # it is given up, whatever it still has to say
        async with asyncio.timeout(1):
            await client.close()
