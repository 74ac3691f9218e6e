"""Broadcasts on their way in: from the database's log, from clients and over HTTP."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from local.gateway.channels import PREFIX
from local.gateway.pgoutput import Change
from local.gateway.protocol import BroadcastFrame, SharedFrame, UserBroadcast, dumps, loads

SCHEMA, TABLE = "realtime", "messages"


@dataclass(frozen=True, slots=True, kw_only=True)
class Broadcast:
    """A broadcast for everybody on a topic (without prefix), public or private."""

    name: str
    is_private: bool
    frame: SharedFrame
    id: str | None = None

    @property
    def place(self) -> tuple[str, bool]:
        """Where it is heard."""
        return self.name, self.is_private


def is_message(change: Change) -> bool:
    """Whether this row is a broadcast; a partition may go by a name of its own."""
    relation = change.relation
    return relation.schema == SCHEMA and relation.table.startswith(TABLE)


def from_log(change: Change, largest: int) -> Broadcast | None:
    """The broadcast in a row of realtime.messages; None for a row that is none, or too large."""
    row, _ = change.rows()
    if row is None or row.get("extension") != b"broadcast":
        return None
    payload, binary = _bytes(row.get("payload")), _bytes(row.get("binary_payload"))
    if payload is None and binary is not None:
        binary = bytes.fromhex(binary.decode().removeprefix("\\x"))
    body = payload if payload is not None else binary
    if body is None or len(body) > largest:
        return None
    name, identifier = _text(row["topic"]), _text(row["id"])
    frame = BroadcastFrame(
        PREFIX + name,
        _text(row.get("event")),
        body,
        meta=dumps({"id": identifier}),
        is_json=payload is not None,
    )
    return Broadcast(name=name, is_private=row["private"] == b"t", frame=frame, id=identifier)


def _bytes(value: object) -> bytes | None:
    return value if isinstance(value, bytes) else None


def _text(value: object) -> str:
    return value.decode() if isinstance(value, bytes) else ""


def from_client(topic: str, payload: object) -> tuple[SharedFrame, int]:
    """The frame of a client's broadcast and the size of its payload in bytes.

    Raises FrameError when a binary frame says JSON and is not: passed on it would break readers.
    """
    if isinstance(payload, UserBroadcast):
        if payload.is_json:
            loads(payload.payload)
        frame = BroadcastFrame(topic, payload.event, payload.payload, is_json=payload.is_json)
        return frame, len(payload.payload)
    text = dumps(payload if isinstance(payload, dict) else {})
    return SharedFrame(topic, "broadcast", text), len(text)


class Unacceptable(Exception):
    """A request to broadcast is refused; `errors` is what its sender is told."""

    def __init__(self, errors: dict[str, Any]) -> None:
        super().__init__(json.dumps(errors))
        self.errors = errors


def from_batch(body: object, largest: int) -> list[Broadcast]:
    """The broadcasts of a batch request. Raises Unacceptable."""
    messages = body.get("messages") if isinstance(body, dict) else None
    if not isinstance(messages, list) or not messages:
        raise Unacceptable({"messages": ["can't be blank"]})
    errors = [_problems(message, largest) for message in messages]
    if any(errors):
        raise Unacceptable({"messages": errors})
    return [_from_message(message) for message in messages]


def _problems(message: object, largest: int) -> dict[str, list[str]]:
    if not isinstance(message, dict):
        return {"base": ["is invalid"]}
    found = {}
    for name in ("topic", "event"):
        if problem := _name_problem(message.get(name)):
            found[name] = [problem]
    if problem := _payload_problem(message.get("payload"), largest):
        found["payload"] = [problem]
    if not isinstance(message.get("private", False), bool):
        found["private"] = ["is invalid"]
    return found


def _name_problem(name: object) -> str | None:
    if name is None or name == "":
        return "can't be blank"
    return None if isinstance(name, str) else "is invalid"


def _payload_problem(payload: object, largest: int) -> str | None:
    if payload is None:
        return "can't be blank"
    if not isinstance(payload, dict):
        return "is invalid"
    return "Payload size exceeds tenant limit" if len(dumps(payload)) > largest else None


def _from_message(message: dict[str, Any]) -> Broadcast:
    payload = {"event": message["event"], "payload": message["payload"], "type": "broadcast"}
    frame = SharedFrame(PREFIX + message["topic"], "broadcast", dumps(payload))
    return Broadcast(name=message["topic"], is_private=message.get("private", False), frame=frame)


def from_single(
    name: str, event: str, body: bytes, *, is_json: bool, is_private: bool, largest: int
) -> Broadcast:
    """The broadcast of a request about one event. Raises Unacceptable or FrameError."""
    if len(body) > largest:
        raise Unacceptable({"payload": ["Payload size exceeds tenant limit"]})
    if is_json:
        value = loads(body)
        body = dumps(value if isinstance(value, dict) else {"_json": value}).encode()
    frame = BroadcastFrame(PREFIX + name, event, body, is_json=is_json)
    return Broadcast(name=name, is_private=is_private, frame=frame)
