"""Sends receipts back as signed webhooks, again and again until they are taken, as Meta does."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import httpx

from local.standins import meta
from local.standins.behaviour import Behaviour
from local.standins.graph_errors import graph_error
from local.standins.record import Entry, Receipt, now

FIRST_PAUSE_S = 0.25
LONGEST_PAUSE_S = 30.0
GIVE_UP_AFTER_S = 7 * 24 * 3600.0
ANSWER_WITHIN_S = 20.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Accepted:
    """A message the stand-in took and now owes receipts for."""

    entry: Entry
    account: str
    customer: meta.Customer
    wamid: str
    tracker: str | None
    mode: str


class ReceiptSender:
    """Owes receipts to one webhook address and pays them in the background."""

    def __init__(self, webhook_url: str, app_secret: str) -> None:
        self._url = webhook_url
        self._secret = app_secret
        # Receipts of a burst of answers must not queue behind each other for a connection.
        limits = httpx.Limits(max_connections=50, max_keepalive_connections=10)
        self._http = httpx.AsyncClient(timeout=ANSWER_WITHIN_S, limits=limits, trust_env=False)
        self._tasks: set[asyncio.Task[None]] = set()

    def owe(self, message: Accepted, behaviour: Behaviour) -> None:
        """Start sending the receipts that this mode gives; returns at once."""
        names = () if behaviour.silent else _names(message.mode)
        error = graph_error(behaviour.refusal_code()).in_status() if "failed" in names else None
        pause = behaviour.receipts_after_ms / 1000
        task = asyncio.create_task(self._pay(message, names, pause, error))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def forget(self) -> None:
        """Stop sending what is owed, as the record of it is forgotten too."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def close(self) -> None:
        """Forget everything and close the connections."""
        await self.forget()
        await self._http.aclose()

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
            await self._post_until_taken(meta.encode(payload), receipt)

    async def _post_until_taken(self, body: bytes, receipt: Receipt) -> None:
        headers = meta.headers(self._secret, body)
        pause, deadline = FIRST_PAUSE_S, time.monotonic() + GIVE_UP_AFTER_S
        while time.monotonic() < deadline:
            receipt.attempts += 1
            answer = await self._post(body, headers)
            receipt.answers.append(answer)
            if answer == 200:
                receipt.accepted_at = now()
                return
            await asyncio.sleep(pause)
            pause = min(pause * 2, LONGEST_PAUSE_S)

    async def _post(self, body: bytes, headers: dict[str, str]) -> int | str:
        try:
            response = await self._http.post(self._url, content=body, headers=headers)
        except httpx.HTTPError as error:
            return type(error).__name__
        return response.status_code


def _names(mode: str) -> Sequence[str]:
    if mode == "mute":
        return ()
    if mode == "failed":
        return ("sent", "failed")
    if mode == "reordered":
        return ("read", "delivered", "sent")
    names = ("sent", "delivered", "read")
    return tuple(name for name in names for _ in range(2)) if mode == "duplicates" else names
