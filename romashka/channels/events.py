"""What a channel can tell us: one class per kind of event, and the form that SQL takes."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, fields, is_dataclass
from datetime import datetime
from math import isfinite
from typing import Any, Literal

# Deeper than any platform nests, and far from where a reader of JSON runs out of stack.
MAX_DEPTH = 40
# Postgres stores neither of these in text: U+0000, and halves of a UTF-16 pair on their own.
_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")


def clean_text(text: str) -> str:
    """The text with everything Postgres cannot store replaced by U+FFFD."""
    return text if text.isascii() and "\x00" not in text else _UNSTORABLE.sub("\ufffd", text)


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """One name a customer has on a channel; kinds: phone, bsuid, email, visitor, external.

    phone is E.164 digits without the plus; bsuid is WhatsApp's business-scoped user id.
    """

    kind: str
    value: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Media:
    """A file the platform holds for us; `size` in bytes, `sha256` as the platform wrote it."""

    kind: str
    id: str | None = None
    url: str | None = None
    mime_type: str | None = None
    filename: str | None = None
    sha256: str | None = None
    size: int | None = None
    caption: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class InboundMessage:
    """A customer's message, or (sender agent) the echo of one our side wrote on the platform.

    `thread` says which conversation a mail belongs to; what may not open a conversation is kept
    only where one is found. `tracker` is our delivery's id, where an echo brings it back.
    """

    account: str
    external_id: str
    identities: tuple[Identity, ...]
    customer_name: str | None = None
    content: str = ""
    message_type: str = "text"
    media: tuple[Media, ...] = ()
    occurred_at: datetime | None = None
    reply_to: str | None = None
    sender: Literal["customer", "agent"] = "customer"
    calls_for_answer: bool = True
    language: str | None = None
    metadata: Mapping[str, Any] = field(default_factory=dict)
    thread: Mapping[str, Any] | None = None
    may_open: bool = True
    tracker: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliveryReceipt:
    """What became of a message we sent; `tracker` is our delivery's id, where it came back."""

    account: str
    external_id: str
    status: Literal["sent", "delivered", "read", "failed"]
    occurred_at: datetime | None = None
    tracker: str | None = None
    error_code: str | None = None
    error: str | None = None
    identities: tuple[Identity, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Watermark:
    """Everything sent to this customer before `until`, or up to `external_id`, has come so far."""

    account: str
    identities: tuple[Identity, ...]
    status: Literal["delivered", "read"]
    until: datetime | None = None
    external_id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Reaction:
    """An emoji put on the message `target_id`; None takes it away."""

    account: str
    external_id: str
    target_id: str
    emoji: str | None
    identities: tuple[Identity, ...] = ()
    occurred_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageEdit:
    """The message `target_id` now reads `content`."""

    account: str
    target_id: str
    content: str
    occurred_at: datetime | None = None
    identities: tuple[Identity, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageRevoke:
    """The message `target_id` was taken back."""

    account: str
    target_id: str
    occurred_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class IdentityChange:
    """A customer known by `old` is now known by `new`."""

    account: str
    old: Identity
    new: Identity
    occurred_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Reachability:
    """The customer has stopped us from writing to them here, or lets us again."""

    account: str
    identities: tuple[Identity, ...]
    is_reachable: bool
    occurred_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountEvent:
    """News about our account on the platform, not about a message."""

    account: str
    name: str
    data: Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class RawMail:
    """A mail that waits in its kept request for the worker to read it."""

    account: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Unhandled:
    """An item we do not read, kept as a dead letter with the reason."""

    account: str | None
    reason: str
    item: Any


InboundEvent = (
    InboundMessage
    | DeliveryReceipt
    | Watermark
    | Reaction
    | MessageEdit
    | MessageRevoke
    | IdentityChange
    | Reachability
    | AccountEvent
    | RawMail
    | Unhandled
)

KINDS: Mapping[type, str] = {
    InboundMessage: "message",
    DeliveryReceipt: "receipt",
    Watermark: "watermark",
    Reaction: "reaction",
    MessageEdit: "edit",
    MessageRevoke: "revoke",
    IdentityChange: "identity_change",
    Reachability: "reachability",
    AccountEvent: "account_event",
    RawMail: "mail",
    Unhandled: "unhandled",
}
_FIELDS = {kind: tuple(item.name for item in fields(kind)) for kind in (*KINDS, Identity, Media)}


def as_json(event: InboundEvent) -> dict[str, Any]:
    """The event as the SQL function takes it: its kind, and each field under its own name."""
    found: dict[str, Any] = {"kind": KINDS[type(event)]}
    for name in _FIELDS[type(event)]:
        found[name] = _plain(getattr(event, name))
    return found


def _plain(value: Any, room: int = MAX_DEPTH) -> Any:
    """The value in JSON's own types, every text storable; what lies deeper than `room` is cut.

    Any: what a platform puts into metadata and unread items has no fixed shape.
    """
    if isinstance(value, str):
        return clean_text(value)
    if value is None or isinstance(value, (bool, int)):
        return value
    if room == 0:
        return "\N{HORIZONTAL ELLIPSIS}"
    if isinstance(value, (list, tuple)):
        return [_plain(item, room - 1) for item in value]
    if isinstance(value, Mapping):
        return {clean_text(str(key)): _plain(item, room - 1) for key, item in value.items()}
    return _plain_leaf(value)


def _plain_leaf(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.isoformat()
    if is_dataclass(value):
        return {name: _plain(getattr(value, name)) for name in _FIELDS[type(value)]}
    # jsonb knows neither NaN nor the infinities, and Python's JSON reader makes both.
    return value if isinstance(value, float) and isfinite(value) else clean_text(str(value))
