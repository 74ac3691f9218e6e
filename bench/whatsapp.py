"""Customers' messages on WhatsApp, as bytes and as what our parser makes of them."""

from __future__ import annotations

import hashlib
import hmac
import json

from local.standins import meta
from romashka.channels.events import as_json
from romashka.channels.whatsapp_events import events_of

ACCOUNT = "100200300400"
TEXT = "Hello, when will my parcel with the two red cups arrive? I ordered it on Monday."
# Stand where a message's own id and its customer's number go; the number is also the end of the
# customer's user id, as the platform sends both.
WAMID = "wamid.ID"
PHONE = "4915999999999"
USER = "DE."
FIRST_NUMBER = 4_915_000_000_000


def template(account: str = ACCOUNT, text: str = TEXT) -> bytes:
    """A webhook of one message by PHONE with the id WAMID."""
    customer = meta.Customer(phone=PHONE, user_id=f"{USER}{PHONE}", name="Mira Beispiel")
    message = meta.text_message(WAMID, text, 1_795_000_000)
    return meta.encode(meta.message_webhook(account, customer, [message]))


def personal(body: bytes, message: str, number: int) -> bytes:
    """The template as the message with this id (after `wamid.`) of the customer with a number."""
    phone = str(FIRST_NUMBER + number).encode()
    return body.replace(WAMID.encode(), f"wamid.{message}".encode()).replace(PHONE.encode(), phone)


def event_template() -> str:
    """The same as the JSON object that SQL takes."""
    (event,) = events_of(template())
    return json.dumps(as_json(event))


def signed_request(host: str, body: bytes, secret: bytes) -> bytes:
    """The whole HTTP request for a body, signed as the platform signs."""
    signature = hmac.new(secret, body, hashlib.sha256).hexdigest()
    head = (
        "POST /webhooks/whatsapp HTTP/1.1\r\n"
        f"Host: {host}\r\n"
        "User-Agent: facebookexternalua\r\n"
        "Content-Type: application/json\r\n"
        f"X-Hub-Signature-256: sha256={signature}\r\n"
        f"Content-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body
