"""What every channel has in common: what it can do, and the message it is given to send."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol, runtime_checkable

from romashka.channels.accounts import Account
from romashka.channels.events import InboundEvent, Media

# WhatsApp sends up to 3 MB, and no other chat platform more.
LONGEST_BODY = 4 * 1024 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class OutboundFile:
    """A file that goes out with a message; `url` is signed and works for some minutes.

    `path` is where it lies in our bucket; empty for one that lies elsewhere.
    """

    kind: str
    url: str
    path: str | None = None
    mime_type: str | None = None
    filename: str | None = None
    size: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """Something the customer may tap instead of writing; its title comes back as their message."""

    id: str
    title: str
    description: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class OutboundMessage:
    """One claimed delivery: whom to send what, and on which try.

    `language` is the customer's, as a BCP 47 tag, once it is known. `template` is the approved
    template to use where the service window is closed, `mail` what only
    e-mail needs (subject, thread), `parts_sent` the platform's ids of the parts that earlier tries
    have brought out, `via` the connection by which the customer's newest message came, where
    somebody's own account is connected to ours.
    """

    delivery_id: str
    message_id: str
    account: str
    identities: Mapping[str, str]
    content: str
    conversation_id: str = ""
    sender_type: str = "ai"
    message_type: str = "text"
    files: tuple[OutboundFile, ...] = ()
    choices: tuple[Choice, ...] = ()
    template: Mapping[str, Any] | None = None
    mail: Mapping[str, Any] = field(default_factory=dict)
    language: str | None = None
    reply_to: str | None = None
    via: str | None = None
    window_open: bool = True
    is_reachable: bool = True
    parts_sent: tuple[str, ...] = ()
    attempt: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Fetched:
    """The bytes of a file that a platform held for us."""

    content: bytes
    mime_type: str | None = None
    filename: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """What a platform tells of a customer; `locale` as it writes it, such as de_DE."""

    name: str | None = None
    username: str | None = None
    picture_url: str | None = None
    locale: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Signal:
    """Something passing that a customer may see: we are typing, or we have read their message."""

    kind: Literal["typing", "read"]
    account: str
    identities: Mapping[str, str]
    external_id: str | None = None


class Inlet(Protocol):
    """One door through which a platform's requests come in: what is signed how, what it says."""

    longest_body: int

    def verify(self, headers: Mapping[str, str], body: bytes) -> Mapping[str, str] | None:
        """What is to be kept beside the bytes (may be empty), or None when they are not authentic.

        Header names come in lower case; nothing that could open a door may be kept. Raises
        Unproven when the proof needs something that cannot be had now.
        """
        ...

    def parse(self, body: bytes, kept: Mapping[str, str]) -> Sequence[InboundEvent]:
        """The events of a body, in order; raises ParseError when there is nothing to read.

        `kept` is what was kept beside the bytes: verify's words and the request's content-type.
        """
        ...


@runtime_checkable
class Replying(Protocol):
    """An inlet whose platform takes a call to its own API as the answer to a webhook."""

    def reply(self, body: bytes) -> bytes | None:
        """The JSON to answer with once the request is stored, None where nothing is to be said."""
        ...


class Channel(Protocol):
    """How one channel speaks; what it may do is a row in public.channels.

    `accounts` are the names under which the platform addresses us. `inlets` are its doors by the
    rest of the path: "" is /webhooks/<type>, "postmark" is /webhooks/<type>/postmark.
    """

    type: str
    accounts: Sequence[str]
    inlets: Mapping[str, Inlet]

    async def send(self, message: OutboundMessage) -> tuple[str, ...]:
        """Send it and give the platform's ids, one a part, in order; raises a SendError."""
        ...

    async def close(self) -> None:
        """Close what `send` has opened; the next `send` opens it again."""
        ...


@runtime_checkable
class Fetching(Protocol):
    """A channel whose platform holds customers' files for us."""

    async def fetch(self, account: str, media: Media, limit: int) -> Fetched:
        """A file of at most `limit` bytes.

        Raises a SendError: Rejected for one that cannot be had any more, too large or not what it
        should be, Unavailable for one that may be had later.
        """
        ...


@runtime_checkable
class Signalling(Protocol):
    """A channel on which customers see that we type or have read."""

    async def signal(self, signal: Signal) -> None:
        """Show it, once and without repeating; raises a SendError."""
        ...


@runtime_checkable
class Templated(Protocol):
    """A channel on which texts must be approved before they may be said out of the blue."""

    async def templates(self, account: str) -> Sequence[Mapping[str, Any]] | None:
        """All templates of an account, as store_templates takes them; None where none can be read.

        Raises a SendError.
        """
        ...


@runtime_checkable
class Rotating(Protocol):
    """A channel that renews secrets of its accounts itself while it is in use."""

    def holds(self, account: Account) -> bool:
        """Whether it works with this newest secret already."""
        ...


@runtime_checkable
class Checkable(Protocol):
    """A channel whose platform can be asked about our account."""

    async def check(self, account: str) -> str:
        """What the platform says of our account, in one line; raises a SendError."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Hook:
    """What a platform tells of the address that it sends our webhooks to; empty where it has none.

    `waiting` are those that it could not bring yet, `error` says why, `error_at` since the epoch.
    """

    url: str
    waiting: int = 0
    error: str | None = None
    error_at: int | None = None


@runtime_checkable
class Hooked(Protocol):
    """A channel whose platform takes the address of our webhooks by a call, and tells it."""

    async def hook(self, account: str) -> Hook:
        """Where the platform sends webhooks of an account now; raises a SendError."""
        ...

    async def register(self, account: str, url: str) -> None:
        """Have the platform send them to an address; raises a SendError."""
        ...


@runtime_checkable
class Profiling(Protocol):
    """A channel whose webhooks do not name the customer, while its platform can be asked."""

    async def profile(self, account: str, identities: Mapping[str, str]) -> Profile | None:
        """Who the customer is, or None where the platform will not say; raises a SendError."""
        ...
