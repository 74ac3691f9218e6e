"""A customer on WhatsApp, as the platform shows them to us, and what came of what they said."""

from __future__ import annotations

import hashlib
import hmac
import json
import secrets
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import httpx
import psycopg
from psycopg.rows import dict_row

from local.stack import Stack
from tests.waiting import wait_until

ANSWER_WITHIN_S = 12.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """A running system with what a test needs to look at it from all sides."""

    stack: Stack
    http: httpx.Client

    @property
    def db_url(self) -> str:
        """The address of the database as role postgres."""
        return str(self.stack.plan.db_url)

    def rows(self, query: str, *parameters: object) -> list[dict[str, Any]]:
        """The rows of a query, read in a transaction of its own."""
        with psycopg.connect(self.db_url, row_factory=dict_row) as connection:
            return connection.execute(query.encode(), parameters).fetchall()

    def value(self, query: str, *parameters: object) -> Any:
        """The first column of a query's one row."""
        (row,) = self.rows(query, *parameters)
        return next(iter(row.values()))

    def deliver(self, body: bytes, signature: str | None = None) -> int:
        """POST a webhook to Flask, rightly signed unless told otherwise; gives the status."""
        headers = {
            "content-type": "application/json",
            "x-hub-signature-256": signature or sign(body, self.app_secret),
        }
        answer = self.http.post(
            f"{self.stack.plan.webhooks_url}/webhooks/whatsapp", content=body, headers=headers
        )
        return answer.status_code

    @property
    def app_secret(self) -> str:
        """The secret with which the platform signs."""
        return str(self.stack.plan.channel_setting("WHATSAPP_WEBHOOK_SECRET"))

    @property
    def account(self) -> str:
        """The phone number id to which customers write."""
        return str(self.stack.plan.channel_setting("WHATSAPP_PHONE_NUMBER_ID"))

    def platform_received(self, recipient: str) -> list[dict[str, Any]]:
        """What the WhatsApp stand-in was asked to send to a customer."""
        record = self.http.get(f"{self.stack.plan.providers_url}/record").json()
        return [entry for entry in record["received"] if entry["recipient"] == recipient]

    def platform_behaves(self, **behaviour: object) -> None:
        """Changes how the WhatsApp stand-in behaves from now on."""
        url = f"{self.stack.plan.providers_url}/control"
        self.http.post(url, json=behaviour).raise_for_status()


@dataclass(frozen=True, slots=True, kw_only=True)
class Customer:
    """One person with a phone number of their own, so that tests do not meet."""

    desk: Desk
    phone: str = field(default_factory=lambda: f"49151{secrets.randbelow(10**8):08d}")
    name: str = "Mira Beispiel"

    def says(self, text: str, message_id: str | None = None) -> str:
        """Sends a text through the signed webhook; gives the platform's id of it."""
        wamid = message_id or new_wamid()
        assert self.desk.deliver(self.body(text, wamid)) == 200
        return wamid

    def body(self, text: str, wamid: str) -> bytes:
        """The bytes the Cloud API posts for one text message."""
        message = {
            "from": self.phone,
            "id": wamid,
            "timestamp": str(int(time.time())),
            "type": "text",
            "text": {"body": text},
        }
        return envelope(self.desk.account, messages=[message], contacts=[self.contact()])

    def contact(self) -> dict[str, Any]:
        """The customer as the platform names them."""
        return {"profile": {"name": self.name}, "wa_id": self.phone}

    def messages(self) -> list[dict[str, Any]]:
        """All that was said in this customer's conversations, in order."""
        return self.desk.rows(
            "select messages.* from public.messages"
            " join public.conversations on conversations.id = messages.conversation_id"
            " where conversations.customer_phone = %s order by messages.created_at, messages.seq",
            self.phone,
        )

    def reply(self, timeout: float = ANSWER_WITHIN_S) -> dict[str, Any]:
        """Waits for the first thing that is not the customer's own: an answer or a hand-over."""
        return wait_until(lambda: next(iter(self.replies()), None), timeout)

    def replies(self) -> list[dict[str, Any]]:
        """What the customer was told."""
        told = ("ai", "system", "agent")
        return [
            message
            for message in self.messages()
            if message["sender_type"] in told and not message["is_private"]
        ]

    def reply_with_status(self, status: str, timeout: float = ANSWER_WITHIN_S) -> dict[str, Any]:
        """Waits until the reply has this delivery status."""
        return wait_until(
            lambda: next((one for one in self.replies() if one["delivery_status"] == status), None),
            timeout,
        )

    def waited_s(self) -> float:
        """Seconds from the customer's first message to the first reply, by the database's clock."""
        first = next(one for one in self.messages() if one["sender_type"] == "customer")
        waited = self.reply()["created_at"] - first["created_at"]
        return float(waited.total_seconds())


def envelope(account: str, **value: Any) -> bytes:
    """A Cloud API webhook with one change, as bytes in the platform's own escaping."""
    change = {
        "field": "messages",
        "value": {
            "messaging_product": "whatsapp",
            "metadata": {"display_phone_number": "15550100", "phone_number_id": account},
            **value,
        },
    }
    payload: Mapping[str, Any] = {
        "object": "whatsapp_business_account",
        "entry": [{"id": "100200300", "changes": [change]}],
    }
    return json.dumps(payload, separators=(",", ":")).encode()


def sign(body: bytes, secret: str) -> str:
    """The platform's signature over the exact bytes."""
    return "sha256=" + hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()


def new_wamid() -> str:
    """An id as the platform makes them."""
    return f"wamid.{secrets.token_urlsafe(24)}"
