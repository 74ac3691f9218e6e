"""The bytes of Meta's webhooks: how they are written, signed and put together.

Used by the WhatsApp stand-in for receipts and by `romashka simulate` for customers' messages, so
that both send what the platform sends.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Customer:
    """Somebody on WhatsApp: by phone number (digits), by business-scoped user id, or by both."""

    phone: str | None = None
    user_id: str | None = None
    name: str | None = None

    @property
    def scoped_id(self) -> str:
        """The business-scoped id; made from the number where none is given, always the same."""
        digits = hashlib.sha256((self.phone or "").encode()).digest()[:7]
        return self.user_id or f"US.{int.from_bytes(digits, 'big')}"


def encode(payload: Mapping[str, Any]) -> bytes:
    """Write JSON as the platform does: no spaces, non-ASCII and slashes escaped."""
    return json.dumps(payload, separators=(",", ":")).replace("/", "\\/").encode()


def signature(secret: str, body: bytes) -> str:
    """The value of X-Hub-Signature-256 for these bytes."""
    return "sha256=" + hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()


def headers(secret: str, body: bytes) -> dict[str, str]:
    """The request headers that matter, the signature among them."""
    return {
        "Content-Type": "application/json",
        "User-Agent": "facebookexternalua",
        "X-Hub-Signature-256": signature(secret, body),
    }


def new_wamid(address: str) -> str:
    """A message id of the platform's form: opaque text, base64 with padding inside."""
    raw = b"\x1d\x10" + address.encode()[:15] + b"\x15\x02\x00\x11\x18" + secrets.token_bytes(12)
    return "wamid." + base64.b64encode(raw).decode()


def message_webhook(
    account: str,
    customer: Customer,
    messages: Sequence[Mapping[str, Any]],
) -> dict[str, Any]:
    """One POST with a customer's messages; each item is completed with who it comes from."""
    sender = {"from_user_id": customer.scoped_id}
    if customer.phone:
        sender["from"] = customer.phone
    return _envelope(
        account,
        contacts=[_contact(customer)],
        messages=[{**sender, **message} for message in messages],
    )


def text_message(wamid: str, text: str, timestamp: int) -> dict[str, Any]:
    """A text of a customer; the time is in whole seconds and travels as a string."""
    return {"id": wamid, "timestamp": str(timestamp), "type": "text", "text": {"body": text}}


def file_message(
    wamid: str, held: Mapping[str, Any], caption: str, timestamp: int
) -> dict[str, Any]:
    """A file of a customer that the platform holds; `held` is its id and what it is."""
    kind = str(held["type"])
    file = {name: held[name] for name in ("id", "mime_type", "sha256")}
    if caption and kind != "audio":
        file["caption"] = caption
    if kind == "document":
        file["filename"] = held["filename"]
    return {"id": wamid, "timestamp": str(timestamp), "type": kind, kind: file}


def status_webhook(
    account: str, customer: Customer, statuses: Sequence[Mapping[str, Any]]
) -> dict[str, Any]:
    """One POST with receipts; somebody without a number is named by the scoped id alone."""
    recipient = {"recipient_user_id": customer.scoped_id}
    if customer.phone:
        recipient["recipient_id"] = customer.phone
    return _envelope(
        account,
        contacts=[_contact(customer)],
        statuses=[{**status, **recipient} for status in statuses],
    )


def status(
    wamid: str, name: str, timestamp: int, *, tracker: str | None, error: Mapping[str, Any] | None
) -> dict[str, Any]:
    """One receipt: sent, delivered, read, or failed with the platform's error object."""
    item: dict[str, Any] = {"id": wamid, "status": name, "timestamp": str(timestamp)}
    if tracker is not None:
        item["biz_opaque_callback_data"] = tracker
    if error is not None:
        item["errors"] = [dict(error)]
    elif name in ("sent", "delivered"):
        item["pricing"] = {"billable": False, "pricing_model": "PMP", "category": "service"}
    return item


def _contact(customer: Customer) -> dict[str, Any]:
    contact: dict[str, Any] = {"user_id": customer.scoped_id}
    if customer.name:
        contact["profile"] = {"name": customer.name}
    if customer.phone:
        contact["wa_id"] = customer.phone
    return contact


def _envelope(account: str, **content: object) -> dict[str, Any]:
    metadata = {"display_phone_number": "15550100000", "phone_number_id": account}
    value = {"messaging_product": "whatsapp", "metadata": metadata, **content}
    entry = {"id": "102290129340398", "changes": [{"value": value, "field": "messages"}]}
    return {"object": "whatsapp_business_account", "entry": [entry]}
