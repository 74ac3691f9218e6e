"""WhatsApp through Meta's Cloud API, both directions."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import PurePosixPath
from typing import Any
from urllib.parse import unquote, urlsplit

from romashka.channels.accounts import Account, account_names, secrets_named
from romashka.channels.base import LONGEST_BODY, Fetched, Inlet, OutboundMessage
from romashka.channels.errors import AccountBlocked, Ambiguous, Rejected
from romashka.channels.events import InboundEvent, Media
from romashka.channels.fields import objects_in, text_in
from romashka.channels.meta import Graph, is_signed
from romashka.channels.whatsapp_events import events_of
from romashka.channels.whatsapp_files import Lookups, fetch_media
from romashka.settings import Settings

LONGEST_TEXT = 4096
LONGEST_CAPTION = 1024
WITH_CAPTION = ("image", "video", "document")
WITHOUT_CAPTION = ("audio", "sticker")
PHONE_NUMBER_ID = re.compile(r"[A-Za-z0-9_-]{1,64}", re.ASCII)


class WhatsApp:
    """WhatsApp numbers. `send` needs a number's access token, `verify` the apps' secrets."""

    type = "whatsapp"
    longest_body = LONGEST_BODY

    def __init__(self, settings: Settings, accounts: Sequence[Account]) -> None:
        self.accounts: Sequence[str] = account_names(accounts)
        self.inlets: Mapping[str, Inlet] = {"": self}
        self.verify_tokens: Sequence[str] = secrets_named("verify_token", accounts)
        self._secrets = [one.encode() for one in secrets_named("app_secret", accounts)]
        url = f"{settings.whatsapp_api_url}/{settings.whatsapp_api_version}"
        self._graphs = {
            one.account: Graph(url, one.secret("access_token"), settings.send_timeout_s)
            for one in accounts
            if PHONE_NUMBER_ID.fullmatch(one.account)
        }
        self._lookups = {account: Lookups() for account in self._graphs}

    def verify(self, headers: Mapping[str, str], body: bytes) -> Mapping[str, str] | None:
        """Nothing to keep, when Meta signed exactly these bytes; else None."""
        return {} if is_signed(headers, body, self._secrets) else None

    def parse(self, body: bytes, kept: Mapping[str, str]) -> list[InboundEvent]:
        """Every event of the webhook; raises ParseError when it is none."""
        return events_of(body)

    async def send(self, message: OutboundMessage) -> tuple[str, ...]:
        """Send it; the wamid. Our delivery's id travels along and returns with every receipt."""
        graph = self._graph(message.account)
        answer = await graph.post(f"{message.account}/messages", payload_of(message))
        sent = next(iter(objects_in(answer, "messages")), {})
        external_id = text_in(sent, "id")
        if external_id is None:
            raise Ambiguous("the platform's answer has no message id")
        return (external_id,)

    async def fetch(self, account: str, media: Media, limit: int) -> Fetched:
        """A customer's file, by its id; raises a SendError."""
        graph = self._graph(account)
        return await fetch_media(graph, self._lookups[account], media, limit)

    async def close(self) -> None:
        """Close the connections to the platform."""
        for graph in self._graphs.values():
            await graph.close()

    def _graph(self, account: str) -> Graph:
        if account not in self._graphs:
            raise AccountBlocked("account_not_configured", f"no token for {account}")
        return self._graphs[account]


def payload_of(message: OutboundMessage) -> dict[str, Any]:
    """The body of the send call; raises Rejected for what the platform would refuse anyway."""
    if not message.window_open:
        raise Rejected("131047", "the customer's last message is older than 24 hours")
    payload: dict[str, Any] = {
        "messaging_product": "whatsapp",
        "recipient_type": "individual",
        **_recipient(message.identities),
        **_content(message),
        "biz_opaque_callback_data": message.delivery_id,
    }
    if message.reply_to:
        payload["context"] = {"message_id": message.reply_to}
    return payload


def _recipient(identities: Mapping[str, str]) -> dict[str, str]:
    if phone := identities.get("phone"):
        return {"to": phone}
    if bsuid := identities.get("bsuid"):
        return {"recipient": bsuid}
    raise Rejected("no_address", "the customer has neither a phone number nor a user id")


def _content(message: OutboundMessage) -> dict[str, Any]:
    if not message.files:
        return _text(message.content)
    kind = message.files[0].kind
    if kind in WITHOUT_CAPTION:
        if message.content:
            raise Rejected("caption_not_allowed", f"a message of type {kind} takes no text")
    elif kind not in WITH_CAPTION:
        raise Rejected("unknown_type", f"no file can be sent as {kind}")
    return {"type": kind, kind: _file(message, message.files[0].url)}


def _text(content: str) -> dict[str, Any]:
    if not content.strip():
        raise Rejected("empty", "there is no text to send")
    if len(content) > LONGEST_TEXT:
        raise Rejected("too_long", f"{len(content)} characters, {LONGEST_TEXT} are allowed")
    return {"type": "text", "text": {"body": content}}


def _file(message: OutboundMessage, url: str) -> dict[str, str]:
    if len(message.content) > LONGEST_CAPTION:
        raise Rejected(
            "too_long", f"{len(message.content)} characters, {LONGEST_CAPTION} are allowed"
        )
    file = {"link": url}
    if message.content:
        file["caption"] = message.content
    name = unquote(PurePosixPath(urlsplit(url).path).name)
    if message.files[0].kind == "document" and name:
        file["filename"] = name
    return file
