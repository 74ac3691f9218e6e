"""A customer's message as Telegram sends it."""

from __future__ import annotations

import json
import secrets
import time

from console.simulated_webhook import Webhook
from local.plan import Plan

# Ids of people are below 2**52; these are above any that Telegram has given out.
FIRST_CHAT = 2**51


def telegram(plan: Plan, text: str, sender: str | None, name: str) -> Webhook:
    """An update with one text; `sender` is a chat id."""
    chat = FIRST_CHAT + secrets.randbelow(2**50) if sender is None else int(sender)
    number = secrets.randbelow(2**31)
    person = {"id": chat, "first_name": name}
    message = {
        "message_id": number,
        "from": {**person, "is_bot": False, "language_code": "en"},
        "chat": {**person, "type": "private"},
        "date": int(time.time()),
        "text": text,
    }
    secret = plan.channel_setting("TELEGRAM_WEBHOOK_SECRET").split(",")[0].strip()
    body = json.dumps({"update_id": secrets.randbelow(2**31), "message": message}).encode()
    return Webhook(
        path="/webhooks/telegram",
        body=body,
        headers={
            "Content-Type": "application/json",
            "X-Telegram-Bot-Api-Secret-Token": secret,
        },
        external_id=f"{chat}:{number}",
        customer=str(chat),
    )
