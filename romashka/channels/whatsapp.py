"""WhatsApp through Meta's Cloud API, both directions."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Mapping, Sequence
from typing import Any

from romashka.channels.accounts import Account, account_names, secrets_named
from romashka.channels.base import LONGEST_BODY, Fetched, Inlet, OutboundMessage, Signal
from romashka.channels.errors import AccountBlocked, Ambiguous, Rejected
from romashka.channels.events import InboundEvent, Media
from romashka.channels.fields import objects_in, text_in
from romashka.channels.meta import Graph, is_signed
from romashka.channels.parts import send_parts
from romashka.channels.whatsapp_events import events_of
from romashka.channels.whatsapp_files import Lookups, fetch_media, put_up
from romashka.channels.whatsapp_parts import Part, kind_of, name_of, parts_of
from romashka.channels.whatsapp_templates import read_templates
from romashka.settings import Settings

FILES_AT_ONCE = 4
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
        self._businesses = {
            one.account: one.options.get("business_account_id", "") for one in accounts
        }
        self._room_for_files = asyncio.Semaphore(FILES_AT_ONCE)
        self._lookups = {account: Lookups() for account in self._graphs}

    def verify(self, headers: Mapping[str, str], body: bytes) -> Mapping[str, str] | None:
        """Nothing to keep, when Meta signed exactly these bytes; else None."""
        return {} if is_signed(headers, body, self._secrets) else None

    def parse(self, body: bytes, kept: Mapping[str, str]) -> list[InboundEvent]:
        """Every event of the webhook; raises ParseError when it is none."""
        return events_of(body)

    async def send(self, message: OutboundMessage) -> tuple[str, ...]:
        """Send its parts; their wamids. Our delivery's id returns with every receipt."""
        graph = self._graph(message.account)
        to, parts = recipient(message.identities), parts_of(message)

        async def post(numbered: tuple[int, Part]) -> str:
            place, part = numbered
            content = part.content or await self._file(graph, message.account, part)
            payload = payload_of(message, to, content, quotes=place == 0)
            answer = await graph.post(f"{message.account}/messages", payload)
            sent = next(iter(objects_in(answer, "messages")), {})
            external_id = text_in(sent, "id")
            if external_id is None:
                raise Ambiguous("the platform's answer has no message id")
            return external_id

        return await send_parts(list(enumerate(parts)), message.parts_sent, post)

    async def fetch(self, account: str, media: Media, limit: int) -> Fetched:
        """A customer's file, by its id; raises a SendError."""
        graph = self._graph(account)
        return await fetch_media(graph, self._lookups[account], media, limit)

    async def signal(self, signal: Signal) -> None:
        """Mark the customer's newest message as read, and show that we type; raises a SendError."""
        if signal.external_id is None:
            return
        payload: dict[str, Any] = {
            "messaging_product": "whatsapp",
            "status": "read",
            "message_id": signal.external_id,
        }
        if signal.kind == "typing":
            payload["typing_indicator"] = {"type": "text"}
        await self._graph(signal.account).post(f"{signal.account}/messages", payload)

    async def templates(self, account: str) -> Sequence[Mapping[str, Any]] | None:
        """All templates of the business that owns a number; None where the business is not known.

        Raises a SendError.
        """
        business = self._businesses.get(account, "")
        if not PHONE_NUMBER_ID.fullmatch(business):
            return None
        return await read_templates(self._graph(account), business)

    async def check(self, account: str) -> str:
        """What Meta knows the number as; raises a SendError."""
        answer = await self._graph(account).get(account)
        name = text_in(answer, "verified_name") or text_in(answer, "display_phone_number")
        return f"known as {name or 'a number without a name'}"

    async def close(self) -> None:
        """Close the connections to the platform."""
        for graph in self._graphs.values():
            await graph.close()

    async def _file(self, graph: Graph, account: str, part: Part) -> Mapping[str, Any]:
        """The content of a part whose file has been put up, a few at a time."""
        if part.file is None:
            raise Rejected("empty", "a part with neither content nor file")
        async with self._room_for_files:
            file = {"id": await put_up(graph, account, part.file)}
        kind = kind_of(part.file)
        if part.caption:
            file["caption"] = part.caption
        if kind == "document":
            file["filename"] = name_of(part.file)
        return {"type": kind, kind: file}

    def _graph(self, account: str) -> Graph:
        if account not in self._graphs:
            raise AccountBlocked("account_not_configured", f"no token for {account}")
        return self._graphs[account]


def payload_of(
    message: OutboundMessage, to: Mapping[str, str], content: Mapping[str, Any], *, quotes: bool
) -> dict[str, Any]:
    """The body of the send call for one part."""
    payload: dict[str, Any] = {
        "messaging_product": "whatsapp",
        "recipient_type": "individual",
        **to,
        **content,
        "biz_opaque_callback_data": message.delivery_id,
    }
    if message.reply_to and quotes:
        payload["context"] = {"message_id": message.reply_to}
    return payload


def recipient(identities: Mapping[str, str]) -> dict[str, str]:
    """Whom a message goes to: the number in the platform's own form, or else the user id."""
    if phone := identities.get("phone"):
        return {"to": phone}
    if bsuid := identities.get("bsuid"):
        return {"recipient": bsuid}
    raise Rejected("no_address", "the customer has neither a phone number nor a user id")
