"""The frames of the Realtime protocol, versions 1.0.0 (objects) and 2.0.0 (arrays and binary)."""

from __future__ import annotations

import json
import struct
from dataclasses import dataclass
from typing import Any, Literal

from local.gateway.direct import packet

Version = Literal[1, 2]
Wire = str | bytes

PUSH = 3
BROADCAST = 4
LONGEST_NAME = 255


class FrameError(Exception):
    """What a client sent is no frame of this protocol."""


@dataclass(frozen=True, slots=True, kw_only=True)
class UserBroadcast:
    """A client's broadcast as it came in a binary frame; `payload` is unparsed."""

    event: str
    payload: bytes
    is_json: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """One frame from a client. `payload` is parsed JSON, or a UserBroadcast."""

    topic: str
    event: str
    payload: Any
    ref: str | int | None = None
    join_ref: str | int | None = None


def dumps(value: object) -> str:
    """Compact JSON; raises ValueError for what JSON cannot say (NaN, infinity)."""
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False, allow_nan=False)


def loads(text: str | bytes) -> Any:
    """Parsed JSON; raises FrameError for anything that is not JSON or could not be sent on."""
    try:
        value = json.loads(text, parse_constant=_refuse)
        dumps(value).encode()
    except (ValueError, RecursionError) as error:
        raise FrameError("not JSON") from error
    return value


def _refuse(constant: str) -> None:
    raise ValueError(constant)


def parse(version: Version, data: Wire) -> Message:
    """The message in one WebSocket frame; raises FrameError for anything else."""
    if isinstance(data, bytes):
        return _parse_push(data)
    value = loads(data)
    if version == 2:
        if not isinstance(value, list) or len(value) != 5:
            raise FrameError("not an array of five")
        join_ref, ref, topic, event, payload = value
    else:
        if not isinstance(value, dict):
            raise FrameError("not an object")
        join_ref, ref = value.get("join_ref"), value.get("ref")
        topic, event, payload = value.get("topic"), value.get("event"), value.get("payload")
    if not isinstance(topic, str) or not isinstance(event, str):
        raise FrameError("no topic or no event")
    return Message(
        topic=topic, event=event, payload=payload, ref=_ref(ref), join_ref=_ref(join_ref)
    )


def _ref(value: object) -> str | int | None:
    if isinstance(value, bool) or not isinstance(value, str | int | None):
        raise FrameError("a ref is a string")
    return value


def _parse_push(data: bytes) -> Message:
    if len(data) < 7 or data[0] != PUSH:
        raise FrameError("unknown binary frame")
    parts, at = [], 7
    for size in data[1:6]:
        parts.append(data[at : at + size])
        at += size
    if at > len(data):
        raise FrameError("a binary frame that ends early")
    try:
        join_ref, ref, topic, event, _meta = (part.decode() for part in parts)
    except UnicodeDecodeError as error:
        raise FrameError("names are UTF-8") from error
    payload = UserBroadcast(event=event, payload=data[at:], is_json=data[6] == 1)
    return Message(
        topic=topic, event="broadcast", payload=payload, ref=ref or None, join_ref=join_ref or None
    )


def reply(version: Version, message: Message, status: str, response: object) -> str:
    """The answer to one message of a client."""
    payload = dumps({"status": status, "response": response})
    return push(version, message.topic, "phx_reply", payload, message.ref, message.join_ref)


def push(
    version: Version,
    topic: str,
    event: str,
    payload: str,
    ref: str | int | None = None,
    join_ref: str | int | None = None,
) -> str:
    """A text frame for one client; `payload` is JSON text. Version 1 has no place for join_ref."""
    if version == 1:
        return _object(topic, event, payload, ref)
    return f"[{dumps(join_ref)},{dumps(ref)},{dumps(topic)},{dumps(event)},{payload}]"


def _object(topic: str, event: str, payload: str, ref: str | int | None) -> str:
    return (
        f'{{"ref":{dumps(ref)},"event":{dumps(event)},"payload":{payload},"topic":{dumps(topic)}}}'
    )


class SharedFrame:
    """A message for many sockets, encoded once per protocol version and only when needed."""

    __slots__ = ("_encoded", "_packets", "event", "payload", "topic")

    def __init__(self, topic: str, event: str, payload: str) -> None:
        self.topic = topic
        self.event = event
        self.payload = payload
        self._encoded: dict[Version, Wire | None] = {}
        self._packets: dict[Version, bytes | None] = {}

    def wire(self, version: Version) -> Wire | None:
        """The frame in this version; None when this version cannot carry it."""
        try:
            return self._encoded[version]
        except KeyError:
            encoded = self._encode_1() if version == 1 else self._encode_2()
            self._encoded[version] = encoded
            return encoded

    def packet(self, version: Version) -> bytes | None:
        """The same as a whole WebSocket message; None when this version cannot carry it."""
        try:
            return self._packets[version]
        except KeyError:
            wire = self.wire(version)
            self._packets[version] = made = None if wire is None else packet(wire)
            return made

    def _encode_1(self) -> Wire | None:
        return push(1, self.topic, self.event, self.payload)

    def _encode_2(self) -> Wire | None:
        return push(2, self.topic, self.event, self.payload)


class BroadcastFrame(SharedFrame):
    """A broadcast whose payload goes out as it came: an object to version 1, binary to version 2.

    `user_event` is the name the application gave, `body` its payload, `meta` JSON text or empty.
    """

    __slots__ = ("body", "is_json", "meta", "user_event")

    def __init__(
        self, topic: str, user_event: str, body: bytes, *, meta: str = "", is_json: bool = True
    ) -> None:
        super().__init__(topic, "broadcast", "")
        self.user_event = user_event
        self.body = body
        self.meta = meta
        self.is_json = is_json

    def text_payload(self, meta: str) -> str:
        """The payload of the text form, with this meta (JSON text or empty)."""
        tail = f',"meta":{meta}' if meta else ""
        event = dumps(self.user_event)
        return f'{{"event":{event},"payload":{self.body.decode()},"type":"broadcast"{tail}}}'

    def _encode_1(self) -> Wire | None:
        if not self.is_json:
            return None
        return push(1, self.topic, "broadcast", self.text_payload(self.meta))

    def _encode_2(self) -> Wire | None:
        names = [name.encode() for name in (self.topic, self.user_event, self.meta)]
        if max(map(len, names)) <= LONGEST_NAME:
            head = struct.pack("5B", BROADCAST, *map(len, names), self.is_json)
            return head + b"".join(names) + self.body
        if not self.is_json:
            return None
        return push(2, self.topic, "broadcast", self.text_payload(self.meta))
