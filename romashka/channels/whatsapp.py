"""WhatsApp through Meta's Cloud API, both directions."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import PurePosixPath
from typing import Any
from urllib.parse import unquote, urlsplit

from romashka.channels.base import OutboundMessage
from romashka.channels.errors import AccountBlocked, Ambiguous, Rejected
from romashka.channels.events import InboundEvent
from romashka.channels.fields import objects_in, text_in
from romashka.channels.meta import Graph, is_signed
from romashka.channels.whatsapp_events import events_of
from romashka.settings import Settings

LONGEST_TEXT = 4096
LONGEST_CAPTION = 1024
WITH_CAPTION = ("image", "video", "document")
WITHOUT_CAPTION = ("audio", "sticker")
PHONE_NUMBER_ID = re.compile(r"[A-Za-z0-9_-]{1,64}", re.ASCII)


class WhatsApp:
    """One WhatsApp number. `send` needs its access token, `verify` the app's secrets."""

    type = "whatsapp"

    def __init__(self, settings: Settings) -> None:
        account = settings.whatsapp_phone_number_id
        self.accounts: Sequence[str] = (account,) if account else ()
        self.verify_token = settings.whatsapp_verify_token
        self._secrets = [secret.encode() for secret in settings.whatsapp_webhook_secret]
        self._graph = Graph(
            f"{settings.whatsapp_api_url}/{settings.whatsapp_api_version}",
            settings.whatsapp_api_token,
            settings.send_timeout_s,
        )

    def verify(self, headers: Mapping[str, str], body: bytes) -> bool:
        """Whether Meta signed exactly these bytes."""
        return is_signed(headers, body, self._secrets)

    def parse(self, body: bytes) -> list[InboundEvent]:
        """Every event of the webhook; raises ParseError when it is none."""
        return events_of(body)

    async def send(self, message: OutboundMessage) -> str:
        """Send it; the wamid. Our delivery's id travels along and returns with every receipt."""
        if message.account not in self.accounts or not PHONE_NUMBER_ID.fullmatch(message.account):
            raise AccountBlocked("account_not_configured", f"no token for {message.account}")
        answer = await self._graph.post(f"{message.account}/messages", payload_of(message))
        sent = next(iter(objects_in(answer, "messages")), {})
        external_id = text_in(sent, "id")
        if external_id is None:
            raise Ambiguous("the platform's answer has no message id")
        return external_id

    async def close(self) -> None:
        """Close the connections to the platform."""
        await self._graph.close()


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
    if message.media_url is None:
        return _text(message.content)
    kind = message.message_type
    if kind in WITHOUT_CAPTION:
        if message.content:
            raise Rejected("caption_not_allowed", f"a message of type {kind} takes no text")
    elif kind not in WITH_CAPTION:
        raise Rejected("unknown_type", f"no file can be sent as {kind}")
    return {"type": kind, kind: _file(message, message.media_url)}


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
    if message.message_type == "document" and name:
        file["filename"] = name
    return file
