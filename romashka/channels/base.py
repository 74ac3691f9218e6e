"""What every channel has in common: what it can do, and the message it is given to send."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from romashka.channels.events import InboundEvent


@dataclass(frozen=True, slots=True, kw_only=True)
class OutboundMessage:
    """One claimed delivery: whom to send what, and on which try."""

    delivery_id: str
    message_id: str
    account: str
    identities: Mapping[str, str]
    content: str
    message_type: str = "text"
    media_url: str | None = None
    reply_to: str | None = None
    window_open: bool = True
    attempt: int = 1


class Channel(Protocol):
    """How one channel speaks; what it may do is a row in public.channels.

    `accounts` are the names under which the platform addresses us.
    """

    type: str
    accounts: Sequence[str]

    def verify(self, headers: Mapping[str, str], body: bytes) -> bool:
        """Whether these exact bytes were signed by the platform; header names in lower case."""
        ...

    def parse(self, body: bytes) -> Sequence[InboundEvent]:
        """The events of a body, in order; raises ParseError when there is nothing to read."""
        ...

    async def send(self, message: OutboundMessage) -> str:
        """Send it and give the platform's id for it; raises a SendError."""
        ...

    async def close(self) -> None:
        """Close what `send` has opened; the next `send` opens it again."""
        ...
