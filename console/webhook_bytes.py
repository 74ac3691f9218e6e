"""The bytes and headers of a customer's webhook, exactly as the channel's platform sends them."""

from __future__ import annotations

import json
import secrets
import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

from console.simulated_email import mail_webhook
from console.simulated_meta import instagram, messenger
from console.simulated_telegram import telegram
from console.simulated_webhook import Webhook, first_secret
from local.plan import Plan
from local.standins import meta


def build(
    plan: Plan, channel: str, text: str, sender: str | None, name: str, **more: str
) -> Webhook:
    """A webhook of one message from one customer; without `sender` from somebody new.

    `more` is what only some channels have: the subject of a mail.
    """
    return CHANNELS[channel](plan, text, sender, name, **more)


def with_file(
    plan: Plan, held: Mapping[str, Any], text: str, sender: str | None, name: str
) -> Webhook:
    """A webhook of one file that the WhatsApp stand-in holds, with a text below it."""
    number = _number(sender)
    message = meta.file_message(meta.new_wamid(number), held, text, int(time.time()))
    return _signed(plan, number, name, message)


def _whatsapp(plan: Plan, text: str, sender: str | None, name: str) -> Webhook:
    number = _number(sender)
    message = meta.text_message(meta.new_wamid(number), text, int(time.time()))
    return _signed(plan, number, name, message)


def _number(sender: str | None) -> str:
    return (sender or new_number()).lstrip("+").replace(" ", "")


def _signed(plan: Plan, number: str, name: str, message: Mapping[str, Any]) -> Webhook:
    # Somebody without a number is given by the business-scoped id, which has a dot in it.
    customer = (
        meta.Customer(user_id=number, name=name)
        if "." in number
        else meta.Customer(phone=number, name=name)
    )
    account = plan.channel_setting("WHATSAPP_PHONE_NUMBER_ID")
    body = meta.encode(meta.message_webhook(account, customer, [message]))
    secret = first_secret(plan.channel_setting("WHATSAPP_WEBHOOK_SECRET"))
    return Webhook(
        path="/webhooks/whatsapp",
        body=body,
        headers=meta.headers(secret, body),
        external_id=str(message["id"]),
        customer=number,
    )


def _website(plan: Plan, text: str, sender: str | None, name: str) -> Webhook:
    from standardwebhooks.webhooks import Webhook as Signer

    visitor = sender or f"visitor-{secrets.token_hex(6)}"
    kind = "email" if "@" in visitor else "visitor_id"
    now = datetime.now(UTC)
    message_id = f"web-{secrets.token_hex(8)}"
    item = {"id": message_id, kind: visitor, "name": name, "text": text, "sent_at": now.isoformat()}
    body = json.dumps({"messages": [item]}, ensure_ascii=False).encode()
    request_id = f"msg_{secrets.token_hex(12)}"
    signer = Signer(first_secret(plan.channel_setting("WEBSITE_WEBHOOK_SECRET")))
    headers = {
        "Content-Type": "application/json",
        "webhook-id": request_id,
        "webhook-timestamp": str(int(now.timestamp())),
        "webhook-signature": signer.sign(request_id, now, body.decode()),
    }
    return Webhook(
        path="/webhooks/website",
        body=body,
        headers=headers,
        external_id=message_id,
        customer=visitor,
    )


CHANNELS: Mapping[str, Callable[..., Webhook]] = {
    "whatsapp": _whatsapp,
    "instagram": instagram,
    "messenger": messenger,
    "website": _website,
    "email": mail_webhook,
    "telegram": telegram,
}


def new_number() -> str:
    """A British number, as examples are English; long enough to be nobody's twice in a test."""
    return f"447{secrets.randbelow(10**9):09d}"
