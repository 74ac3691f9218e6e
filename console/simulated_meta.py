"""The webhook of a customer who writes on Instagram or Messenger."""

from __future__ import annotations

import secrets

from console.simulated_webhook import Webhook, first_secret
from local.plan import Plan
from local.standins import meta
from local.standins.messaging_webhooks import Talk, from_customer, new_mid, webhook


def instagram(plan: Plan, text: str, sender: str | None, _name: str) -> Webhook:
    """One direct message; the platform tells nobody's name until it is asked."""
    return _message(plan, "instagram", "INSTAGRAM_ACCOUNT_ID", text, sender)


def messenger(plan: Plan, text: str, sender: str | None, _name: str) -> Webhook:
    """One message to a page; the platform tells nobody's name until it is asked."""
    return _message(plan, "messenger", "MESSENGER_PAGE_ID", text, sender)


def _message(plan: Plan, platform: str, account: str, text: str, sender: str | None) -> Webhook:
    customer = sender or str(6 * 10**15 + secrets.randbelow(10**15))
    talk = Talk(platform=platform, account=plan.channel_setting(account), customer=customer)
    mid = new_mid(platform)
    item = from_customer(talk, message={"mid": mid, "text": text})
    body = meta.encode(webhook(talk, [item]))
    secret = first_secret(plan.channel_setting(f"{platform.upper()}_APP_SECRET"))
    return Webhook(
        path=f"/webhooks/{platform}",
        body=body,
        headers=meta.headers(secret, body),
        external_id=mid,
        customer=customer,
    )
