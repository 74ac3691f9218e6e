"""The receipts that the WhatsApp stand-in owes for what it took."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from local.standins import meta
from local.standins.behaviour import Behaviour
from local.standins.graph_errors import graph_error
from local.standins.record import Entry, Receipt
from local.standins.webhook_sender import WebhookSender


@dataclass(frozen=True, slots=True, kw_only=True)
class Accepted:
    """A message the stand-in took and now owes receipts for."""

    entry: Entry
    account: str
    customer: meta.Customer
    wamid: str
    tracker: str | None
    mode: str


class ReceiptSender(WebhookSender):
    """Owes receipts to one webhook address and pays them in the background."""

    def owe(self, message: Accepted, behaviour: Behaviour) -> None:
        """Start sending the receipts that this mode gives; returns at once."""
        names = () if behaviour.silent else _names(message.mode)
        error = graph_error(behaviour.refusal_code()).in_status() if "failed" in names else None
        self.begin(self._pay(message, names, behaviour.receipts_after_ms / 1000, error))

    async def _pay(
        self, message: Accepted, names: Sequence[str], pause: float, error: dict[str, Any] | None
    ) -> None:
        for name in names:
            await asyncio.sleep(pause)
            receipt = Receipt(status=name)
            message.entry.receipts.append(receipt)
            status = meta.status(
                message.wamid,
                name,
                int(time.time()),
                tracker=message.tracker,
                error=error if name == "failed" else None,
            )
            payload = meta.status_webhook(message.account, message.customer, [status])
            await self.post_until_taken(meta.encode(payload), receipt)


def _names(mode: str) -> Sequence[str]:
    if mode == "mute":
        return ()
    if mode == "failed":
        return ("sent", "failed")
    if mode == "reordered":
        return ("read", "delivered", "sent")
    names = ("sent", "delivered", "read")
    return tuple(name for name in names for _ in range(2)) if mode == "duplicates" else names
