"""What platforms send: bodies, and headers that sign them."""

from __future__ import annotations

import hashlib
import hmac
import json
from datetime import UTC, datetime
from typing import Any

from standardwebhooks import Webhook

ACCOUNT = "106500000000001"
APP_SECRET = "the-apps-secret"
VERIFY_TOKEN = "daisy-daisy"
SITE_SECRET = "whsec_bmV3LXNlY3JldC1vZi10aGUtc2hvcA=="


def whatsapp_change(external_id: str, **more: Any) -> dict[str, Any]:
    """One change with one text message; `text` and `customer` may be given, `account` too."""
    customer = more.get("customer", "4915550001111")
    message = {
        "from": customer,
        "id": external_id,
        "timestamp": "1792000001",
        "type": "text",
        "text": {"body": more.get("text", "How long does delivery take?")},
    }
    metadata = {
        "display_phone_number": "49305550100",
        "phone_number_id": more.get("account", ACCOUNT),
    }
    contacts = [{"wa_id": customer, "profile": {"name": "Anna"}}]
    value = {"metadata": metadata, "contacts": contacts, "messages": [message]}
    return {"field": "messages", "value": {"messaging_product": "whatsapp", **value}}


def whatsapp_body(external_id: str = "wamid.1", **more: Any) -> bytes:
    """A webhook with one text message."""
    return whatsapp_batch(whatsapp_change(external_id, **more))


def whatsapp_batch(*changes: Any) -> bytes:
    """A webhook with any changes."""
    entry = {"id": "204700000000002", "changes": list(changes)}
    return json.dumps({"object": "whatsapp_business_account", "entry": [entry]}).encode()


def receipt_change(external_id: str, status: str) -> dict[str, Any]:
    """One change with one status."""
    receipt = {"id": external_id, "status": status, "timestamp": "1792000009"}
    metadata = {"display_phone_number": "49305550100", "phone_number_id": ACCOUNT}
    return {"field": "messages", "value": {"metadata": metadata, "statuses": [receipt]}}


def meta_signed(body: bytes, secret: str = APP_SECRET) -> dict[str, str]:
    """The headers of Meta's webhook."""
    digest = hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()
    return {"X-Hub-Signature-256": f"sha256={digest}", "Content-Type": "application/json"}


def site_body(external_id: str = "m-1", text: str = "Hello") -> bytes:
    """What a company's own server posts."""
    item = {"id": external_id, "visitor_id": "v-1", "email": "a@example.com", "text": text}
    return json.dumps({"messages": [item]}).encode()


def site_signed(body: bytes) -> dict[str, str]:
    """The headers of Standard Webhooks."""
    now = datetime.now(UTC)
    return {
        "webhook-id": "msg_1",
        "webhook-timestamp": str(int(now.timestamp())),
        "webhook-signature": Webhook(SITE_SECRET).sign("msg_1", now, body.decode()),
    }
