"""The company's own servers, handing over what visitors wrote; signed by Standard Webhooks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from standardwebhooks.webhooks import EmptyWebhookSecretError, Webhook, WebhookVerificationError

from romashka.channels.accounts import Account, account_names, secrets_named
from romashka.channels.base import LONGEST_BODY, Inlet, OutboundMessage
from romashka.channels.errors import ParseError, Rejected
from romashka.channels.events import Identity, InboundEvent, InboundMessage, Unhandled
from romashka.channels.fields import (
    BadItem,
    id_in,
    iso_moment_in,
    language_in,
    list_in,
    load_object,
    moment_in,
    text_in,
)
from romashka.channels.reading import events_or_unhandled
from romashka.settings import BadSetting, Settings

ACCOUNT = "default"


class Website:
    """The website's server-to-server door; the widget itself speaks to the database."""

    type = "website"
    longest_body = LONGEST_BODY

    def __init__(self, settings: Settings, accounts: Sequence[Account]) -> None:
        self.accounts: Sequence[str] = account_names(accounts)
        self.inlets: Mapping[str, Inlet] = {"": self}
        self._doors = [_door(secret) for secret in secrets_named("webhook_secret", accounts)]

    def verify(self, headers: Mapping[str, str], body: bytes) -> Mapping[str, str] | None:
        """Nothing to keep, when the bytes were signed within five minutes; else None."""
        return {} if any(_opens(door, headers, body) for door in self._doors) else None

    def parse(self, body: bytes, kept: Mapping[str, str]) -> list[InboundEvent]:
        """One event for each of the body's `messages`; raises ParseError without that list."""
        payload = load_object(body)
        if not isinstance(payload.get("messages"), list):
            raise ParseError("no list of messages")
        return [event for item in list_in(payload, "messages") for event in _events(item)]

    async def send(self, message: OutboundMessage) -> tuple[str, ...]:
        """Never sends: on the website a stored message is a delivered one, so none is claimed."""
        raise Rejected("not_sendable", f"{message.message_id}: storing it was its delivery")

    async def close(self) -> None:
        """Nothing is open."""


def _door(secret: str) -> Webhook:
    try:
        return Webhook(secret)
    except (ValueError, EmptyWebhookSecretError):
        raise BadSetting("WEBSITE_WEBHOOK_SECRET must be whsec_ and base64") from None


def _opens(door: Webhook, headers: Mapping[str, str], body: bytes) -> bool:
    try:
        door.verify(body, dict(headers), json_parse=False)
    except (WebhookVerificationError, ValueError, TypeError):
        # Beside its own error the library lets through what its decoders raise on odd headers.
        return False
    return True


def _events(item: Any) -> list[InboundEvent]:
    # Any: whatever stands in the list of messages.
    if not isinstance(item, dict):
        return [Unhandled(account=ACCOUNT, reason="item is no object", item=item)]
    return events_or_unhandled(lambda: [_message(item)], ACCOUNT, item)


def _message(item: Mapping[str, Any]) -> InboundMessage:
    content = text_in(item, "text")
    if content is None:
        raise BadItem("no text")
    return InboundMessage(
        account=_account(item),
        external_id=id_in(item, "id"),
        identities=_visitor(item),
        customer_name=text_in(item, "name"),
        content=content,
        occurred_at=iso_moment_in(item, "sent_at") or moment_in(item, "sent_at"),
        language=language_in(item, "language"),
    )


def _account(item: Mapping[str, Any]) -> str:
    """The widget that is meant, by its channel's account; the first one unless one is named."""
    return id_in(item, "account") if item.get("account") is not None else ACCOUNT


def _visitor(item: Mapping[str, Any]) -> tuple[Identity, ...]:
    kinds = {"visitor": "visitor_id", "email": "email"}
    found = [
        Identity(kind=kind, value=id_in(item, name))
        for kind, name in kinds.items()
        if text_in(item, name)
    ]
    if not found:
        raise BadItem("neither visitor_id nor email")
    return tuple(found)
