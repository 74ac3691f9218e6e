"""Realtime subscribers: the real Python client for one, lean sockets for the rest."""

from __future__ import annotations

import asyncio
import json
import re
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from realtime import AsyncRealtimeClient, RealtimePostgresChangesListenEvent
from websockets.asyncio.client import ClientConnection, connect

JOINED_WITHIN_S = 20.0
QUIET: dict[str, Any] = {
    "broadcast": {"self": False, "ack": False},
    "presence": {"key": "", "enabled": False},
}
# A message's own id is the first "id" with a uuid in either kind of event.
MESSAGE_ID = re.compile(r'"id" ?: ?"([0-9a-f]{8}-[0-9a-f-]{27})"')
CHANGE = {"event": "INSERT", "schema": "public", "table": "messages"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Gate:
    """Where Realtime is: its address without the scheme, and the key that opens the socket."""

    address: str
    key: str = field(repr=False)


@dataclass(slots=True, kw_only=True)
class Heard:
    """When one subscriber heard of which message: perf_counter by message id."""

    at: dict[str, float] = field(default_factory=dict)

    def note(self, message_id: str) -> None:
        """The first time counts."""
        self.at.setdefault(message_id, time.perf_counter())


class Subscriber(Protocol):
    """Somebody who listens from `start` to `stop`."""

    heard: Heard

    async def start(self) -> None:
        """Return once the server said that it is subscribed."""

    async def stop(self) -> None:
        """Close the socket."""


class RealClient:
    """The unchanged `realtime` client, as the worker and front-ends use it."""

    def __init__(self, gate: Gate, token: str, *, changes: bool, topic: str = "inbox") -> None:
        self.heard = Heard()
        self._changes = changes
        self._topic = "changes" if changes else topic
        self._token = token
        self._client = AsyncRealtimeClient(f"ws://{gate.address}/realtime/v1", gate.key)
        self._subscribed = asyncio.Event()

    async def start(self) -> None:
        """Subscribe to the topic, or to the table."""
        await self._client.set_auth(self._token)
        await self._client.connect()
        options: Any = {"config": {**QUIET, "private": not self._changes}}
        channel = self._client.channel(self._topic, options)
        if self._changes:
            channel.on_postgres_changes(
                RealtimePostgresChangesListenEvent.Insert,
                self._change,
                table="messages",
                schema="public",
            )
            channel.on_system(self._told)
            await channel.subscribe()
        else:
            channel.on_broadcast("message_created", self._broadcast)
            await channel.subscribe(self._state)
        async with asyncio.timeout(JOINED_WITHIN_S):
            await self._subscribed.wait()

    async def stop(self) -> None:
        """Close the client."""
        await self._client.close()

    def _state(self, state: Any, _error: Exception | None) -> None:
        if state.value == "SUBSCRIBED":
            self._subscribed.set()

    def _told(self, _payload: Any) -> None:
        self._subscribed.set()

    def _broadcast(self, what: Mapping[str, Any]) -> None:
        self.heard.note(what["payload"]["message"]["id"])

    def _change(self, what: Mapping[str, Any]) -> None:
        self.heard.note(what["data"]["record"]["id"])


class LeanSocket:
    """A bare websocket that joins one topic and looks for message ids in what comes."""

    def __init__(self, gate: Gate, token: str, *, changes: bool) -> None:
        self.heard = Heard()
        self._url = f"ws://{gate.address}/realtime/v1/websocket?apikey={gate.key}&vsn=1.0.0"
        self._token = token
        self._changes = changes
        self._socket: ClientConnection | None = None
        self._reader: asyncio.Task[None] | None = None
        self._subscribed = asyncio.Event()

    async def start(self) -> None:
        """Join the inbox, or subscribe to the table."""
        self._socket = await connect(self._url, compression=None, ping_interval=None)
        self._reader = asyncio.create_task(self._read(self._socket))
        await self._socket.send(json.dumps(self._join()))
        async with asyncio.timeout(JOINED_WITHIN_S):
            await self._subscribed.wait()

    async def stop(self) -> None:
        """Close the socket."""
        if self._socket is not None:
            await self._socket.close()
        if self._reader is not None:
            await self._reader

    def _join(self) -> dict[str, Any]:
        config = {**QUIET, "private": not self._changes}
        if self._changes:
            config["postgres_changes"] = [CHANGE]
        return {
            "topic": "realtime:changes" if self._changes else "realtime:inbox",
            "event": "phx_join",
            "payload": {"config": config, "access_token": self._token},
            "ref": "1",
            "join_ref": "1",
        }

    async def _read(self, socket: ClientConnection) -> None:
        async for frame in socket:
            text = frame if isinstance(frame, str) else frame.decode()
            if not self._subscribed.is_set():
                self._look_for_welcome(json.loads(text))
            elif '"message_created"' in text or '"INSERT"' in text:
                self._look_for_message(text)

    def _look_for_welcome(self, frame: Mapping[str, Any]) -> None:
        awaited = "system" if self._changes else "phx_reply"
        if frame["event"] == awaited and frame["payload"].get("status") == "ok":
            self._subscribed.set()

    def _look_for_message(self, text: str) -> None:
        found = MESSAGE_ID.search(text)
        if found is not None:
            self.heard.note(found[1])
