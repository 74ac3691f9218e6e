"""The stand-in's mail server on a port of its own, and the channel that sends to it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

from local.ports import find_free_port
from local.standins.email import Email as Server
from local.standins.record import Record
from romashka.channels.accounts import Account
from romashka.channels.base import OutboundMessage
from romashka.channels.email import Email
from romashka.settings import Settings

ADDRESS = "support@shop.example"
CONVERSATION = "3b241101-e2bb-4255-8caf-4136c566a962"
MESSAGE = "6f1c1a77-5a7e-4a5f-9f0c-2a8c1d7d3f11"
SECRET = "a secret of thirty-two characters"


@dataclass(frozen=True, slots=True, kw_only=True)
class Letterbox:
    """A running server, what it took, and our channel."""

    server: Server
    record: Record
    channel: Email

    def mails(self) -> list[dict[str, Any]]:
        """What the server was given, oldest first."""
        return self.record.entries(platform="email", after=0)


@asynccontextmanager
async def letterbox(*, timeout_s: float = 5.0, **options: str) -> AsyncIterator[Letterbox]:
    """A server and a channel that knows it; `options` change the account's."""
    port, record = find_free_port(0), Record()
    account = account_on(f"smtp://127.0.0.1:{port}", **options)
    server = Server(account, record, "http://127.0.0.1:9/webhooks/email", port=port)
    channel = Email(Settings(send_timeout_s=timeout_s), [account])
    await server.start()
    try:
        yield Letterbox(server=server, record=record, channel=channel)
    finally:
        await channel.close()
        await server.close()
        await asyncio.sleep(0)


def account_on(smtp_url: str, *, password: str = "secret", **options: str) -> Account:
    """A mailbox whose server is there."""
    return Account(
        type="email",
        account=ADDRESS,
        secrets={
            "password": (password,),
            "token_secret": (SECRET,),
            "webhook_secret": ("whsec_YSBzZWNyZXQ=",),
        },
        options={"name": "The Shop", "smtp_url": smtp_url, **options},
    )


def message(text: str = "Three days.", **more: Any) -> OutboundMessage:
    """An answer to Ada's mail."""
    mail = {
        "subject": "Re: My order",
        "to": "ada@example.com",
        "name": "Ada",
        "suppressed": False,
        "in_reply_to": "first@example.com",
        "references": ["root@example.com", "first@example.com"],
        **more.pop("mail", {}),
    }
    values = {
        "delivery_id": "d",
        "message_id": MESSAGE,
        "conversation_id": CONVERSATION,
        "account": ADDRESS,
        "identities": {"email": "ada@example.com"},
        "content": text,
        "mail": mail,
    }
    return OutboundMessage(**{**values, **more})
