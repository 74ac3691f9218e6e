"""A small Realtime client that shows every frame as it came, in either protocol version."""

from __future__ import annotations

import asyncio
import json
import struct
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

from tests.waiting import wait_until_async

T = TypeVar("T")
NOT_IN_VERSION_1 = "not in version 1"


@dataclass(frozen=True, slots=True, kw_only=True)
class Frame:
    """One frame from the server. In a binary one `payload` is bytes, or JSON if it says so."""

    topic: str
    event: str
    payload: Any
    ref: str | None = None
    join_ref: str | None = None
    is_binary: bool = False
    meta: Any = None


def read_frame(version: int, data: str | bytes) -> Frame:
    """Take a frame apart; fails on anything that is not exactly of its version."""
    if isinstance(data, bytes):
        assert version == 2, "binary frames are for version 2"
        return read_binary(data)
    parsed = json.loads(data, parse_constant=lambda word: [].index(word))
    if version == 2:
        join_ref, ref, topic, event, payload = parsed
        return Frame(topic=topic, event=event, payload=payload, ref=ref, join_ref=join_ref)
    assert set(parsed) == {"topic", "event", "payload", "ref"}, parsed
    return Frame(
        topic=parsed["topic"],
        event=parsed["event"],
        payload=parsed["payload"],
        ref=parsed["ref"],
        join_ref=NOT_IN_VERSION_1,
    )


def read_binary(data: bytes) -> Frame:
    """Take a server's binary broadcast apart."""
    kind, *sizes, is_json = struct.unpack_from("5B", data)
    assert kind == 4
    parts, at = [], 5
    for size in sizes:
        parts.append(data[at : at + size].decode())
        at += size
    topic, event, meta = parts
    return Frame(
        topic=topic,
        event=event,
        payload=json.loads(data[at:]) if is_json else data[at:],
        is_binary=True,
        meta=json.loads(meta) if meta else None,
    )


class Client:
    """One connection. `frames` holds all that came; `end` is set with the code of its end."""

    def __init__(self, socket: ClientConnection, version: int) -> None:
        self.version = version
        self.frames: list[Frame] = []
        self.close_code: int | None = None
        self.refs = 0
        self.settled = 0
        self.join_refs: dict[str, str] = {}
        self._socket = socket
        self._news = asyncio.Event()
        self._reading = asyncio.create_task(self._read())

    @classmethod
    async def open(cls, url: str, key: str, version: int = 1, **options: Any) -> Client:
        """Connect to the websocket below `url` (http) with an API key."""
        address = url.replace("http", "ws", 1) + "/realtime/v1/websocket"
        query = f"?apikey={key}&vsn={version}.0.0"
        socket = await connect(address + query, max_size=None, proxy=None, **options)
        return cls(socket, version)

    async def _read(self) -> None:
        try:
            async for data in self._socket:
                self.frames.append(read_frame(self.version, data))
                self._news.set()
        except ConnectionClosed:
            pass
        self.close_code = self._socket.close_code

    async def send(self, data: str | bytes) -> None:
        """Send anything at all."""
        await self._socket.send(data)

    async def push(self, topic: str, event: str, payload: Any, **refs: Any) -> str | None:
        """Send a message of this version; gives its ref."""
        self.refs += 1
        ref = refs.get("ref", str(self.refs))
        join_ref = refs.get("join_ref", self.join_refs.get(topic))
        message: Any = {"topic": topic, "event": event, "payload": payload, "ref": ref}
        if self.version == 2:
            message = [join_ref, ref, topic, event, payload]
        await self.send(json.dumps(message))
        return ref

    async def push_binary(self, topic: str, event: str, payload: bytes, is_json: bool) -> str:
        """Send a broadcast as a binary frame; gives its ref."""
        self.refs += 1
        names = [self.join_refs.get(topic, ""), str(self.refs), topic, event, ""]
        encoded = [name.encode() for name in names]
        head = struct.pack("7B", 3, *map(len, encoded), is_json)
        await self.send(head + b"".join(encoded) + payload)
        return str(self.refs)

    async def join(self, name: str, token: str | None = None, **config: Any) -> dict[str, Any]:
        """Join a topic and give the answer; `config` is that of the join."""
        ref = await self.start_join(name, token, **config)
        frame = await self.reply(ref)
        return dict(frame.payload)

    async def start_join(self, name: str, token: str | None = None, **config: Any) -> str:
        """Ask to join a topic; gives the ref."""
        topic = f"realtime:{name}"
        self.join_refs[topic] = str(self.refs + 1)
        payload = {"config": config} | ({"access_token": token} if token else {})
        await self.push(topic, "phx_join", payload)
        return self.join_refs[topic]

    async def reply(self, ref: str | None, timeout: float = 10.0) -> Frame:
        """The answer to the message with this ref."""
        return await self.find(lambda f: f.event == "phx_reply" and f.ref == ref, timeout)

    async def find(self, wanted: Any, timeout: float = 10.0, start: int = 0) -> Frame:
        """The first frame, from `start` on, that `wanted` says yes to."""

        def look() -> Frame | None:
            return next((frame for frame in self.frames[start:] if wanted(frame)), None)

        return await self.until(look, timeout)

    async def until(self, look: Callable[[], T | None], timeout: float = 10.0) -> T:
        """What `look` finds, asked again after every frame; fails when it never does."""
        async with asyncio.timeout(timeout):
            while not (found := look()):
                self._news.clear()
                await self._news.wait()
        return found

    async def event(self, event: str, timeout: float = 10.0, start: int = 0) -> Frame:
        """The first frame of this event."""
        return await self.find(lambda frame: frame.event == event, timeout, start)

    async def system(self, text: str, timeout: float = 10.0) -> Frame:
        """The first system message with this in its text."""
        return await self.find(
            lambda f: f.event == "system" and text in f.payload["message"], timeout
        )

    async def settle(self) -> None:
        """Return when everything the server had queued for us is here."""
        self.settled += 1
        ref = f"settle {self.settled}"
        await self.push("phoenix", "heartbeat", {}, ref=ref)
        await self.reply(ref)

    async def ended(self, timeout: float = 10.0) -> int:
        """The code with which the server ended the connection."""
        await wait_until_async(lambda: self._reading.done(), timeout)
        return self.close_code or 0

    async def close(self) -> None:
        """Leave."""
        await self._socket.close()
        await self._reading
