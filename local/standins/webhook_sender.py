"""Sends signed webhooks, again and again until they are taken, as Meta does."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Coroutine

import httpx

from local.standins import meta
from local.standins.record import Receipt, now

FIRST_PAUSE_S = 0.25
LONGEST_PAUSE_S = 30.0
GIVE_UP_AFTER_S = 7 * 24 * 3600.0
ANSWER_WITHIN_S = 20.0


class WebhookSender:
    """Owes webhooks to one address and pays them in the background."""

    def __init__(self, webhook_url: str, app_secret: str) -> None:
        self._url = webhook_url
        self._secret = app_secret
        # Webhooks of a burst of answers must not queue behind each other for a connection.
        limits = httpx.Limits(max_connections=50, max_keepalive_connections=10)
        self._http = httpx.AsyncClient(timeout=ANSWER_WITHIN_S, limits=limits, trust_env=False)
        self._tasks: set[asyncio.Task[None]] = set()

    def begin(self, sending: Coroutine[None, None, None]) -> None:
        """Go on with something beside the answer; returns at once."""
        task = asyncio.create_task(sending)
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

    async def post_until_taken(self, body: bytes, receipt: Receipt) -> None:
        """Post a body until it is answered with 200, noting every answer."""
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
