"""A joined topic of one socket: what was asked for in the join, and who is asking now."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from local.gateway.limits import Limits, Window
from local.gateway.policies import EVERYTHING, Rights
from local.gateway.protocol import Message, SharedFrame, dumps, push
from local.gateway.tokens import Claims

if TYPE_CHECKING:
    from asyncio import TimerHandle

    from local.gateway.sockets import Socket
    from local.gateway.subscriptions import Subscription

PREFIX = "realtime:"


@dataclass(frozen=True, slots=True, kw_only=True)
class JoinConfig:
    """The configuration of a join, in the forms that clients send, reduced to what counts."""

    is_private: bool = False
    wants_ack: bool = False
    wants_own: bool = False
    wants_presence: bool = False
    presence_key: str = ""
    replay: object = None
    wants_replication_ready: bool = False
    postgres_changes: tuple[Mapping[str, Any], ...] = ()

    @classmethod
    def parse(cls, payload: object, name: str) -> JoinConfig:
        """What a join's payload says; what cannot be understood counts as not said."""
        config = _object(payload).get("config")
        if config is None:
            return cls(postgres_changes=(_legacy_changes(name),))
        config = _object(config)
        broadcast, presence = _object(config.get("broadcast")), _object(config.get("presence"))
        changes = config.get("postgres_changes")
        return cls(
            is_private=_truth(config.get("private")),
            wants_ack=_truth(broadcast.get("ack")),
            wants_own=_truth(broadcast.get("self")),
            wants_presence=_truth(presence.get("enabled")),
            presence_key=key if isinstance(key := presence.get("key"), str) else "",
            replay=broadcast.get("replay"),
            wants_replication_ready=_truth(broadcast.get("replication_ready")),
            postgres_changes=tuple(map(_object, changes)) if isinstance(changes, list) else (),
        )


def _object(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}


def _truth(value: object) -> bool:
    return value is True or value == "true"


def _legacy_changes(name: str) -> Mapping[str, Any]:
    """Topics once said what to subscribe to: `schema`, `schema:table`, `schema:table:filter`."""
    return dict(zip(("schema", "table", "filter"), name.split(":", 2), strict=False))


@dataclass(slots=True, kw_only=True, eq=False)
class Channel:
    """One joined topic. `claims` and `rights` follow the token the client gave last."""

    socket: Socket
    topic: str
    join_ref: str | int | None
    config: JoinConfig
    token: str
    claims: Claims
    limits: Limits
    claims_text: str = ""
    readable: Rights = EVERYTHING
    writable: Rights | None = None
    subscriptions: list[Subscription] = field(default_factory=list)
    presence_key: str = ""
    expiry: TimerHandle | None = None
    is_closed: bool = False
    held: list[SharedFrame] | None = None
    messages: Window = field(init=False)
    presence_calls: Window = field(init=False)

    def __post_init__(self) -> None:
        limits = self.limits
        self.presence_key = self.config.presence_key or str(uuid.uuid1())
        self.adopt(self.token, self.claims)
        self.messages = Window(limits.messages_per_second, 1.0)
        self.presence_calls = Window(limits.presence_calls, limits.presence_window)

    def adopt(self, token: str, claims: Claims) -> None:
        """Speak for these claims from now on; what they may write is asked again when needed."""
        self.token = token
        self.claims = claims
        self.claims_text = dumps(claims)
        self.writable = None

    @property
    def name(self) -> str:
        """The topic without the prefix that every Realtime topic has."""
        return self.topic.removeprefix(PREFIX)

    @property
    def role(self) -> str:
        """The database role that the claims name."""
        return str(self.claims["role"])

    @property
    def place(self) -> tuple[str, bool]:
        """Where it listens: public and private topics of one name are two topics."""
        return self.name, self.config.is_private

    def deliver(self, frame: SharedFrame) -> None:
        """Pass on a frame that others get too; while a replay is read it waits."""
        if self.held is not None:
            self.held.append(frame)
        else:
            self.socket.deliver(frame)

    def push(self, event: str, payload: str) -> None:
        """Send something meant for this channel alone; `payload` is JSON text."""
        version = self.socket.version
        self.socket.send(push(version, self.topic, event, payload, None, self.join_ref))

    def tell(self, message: str, *, status: str = "ok", extension: str = "system") -> None:
        """Send a `system` message, which is how the server speaks about the channel itself."""
        payload = {
            "message": message,
            "status": status,
            "extension": extension,
            "channel": self.name,
        }
        self.push("system", dumps(payload))

    def send_close(self) -> None:
        """Tell the client that this channel is over."""
        frame = push(
            self.socket.version, self.topic, "phx_close", "{}", self.join_ref, self.join_ref
        )
        self.socket.send(frame)

    def reply(self, message: Message, status: str, response: object) -> None:
        """Answer a message; the answer carries the channel's own join_ref."""
        payload = dumps({"status": status, "response": response})
        version = self.socket.version
        self.socket.send(
            push(version, self.topic, "phx_reply", payload, message.ref, self.join_ref)
        )
