"""Updates on their way to our webhook: one after the other in each chat, until they are taken."""

from __future__ import annotations

import asyncio
import itertools
import json
import secrets
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import httpx

FIRST_PAUSE_S = 0.25
LONGEST_PAUSE_S = 30.0
ANSWER_WITHIN_S = 20.0
SECRET_HEADER = "X-Telegram-Bot-Api-Secret-Token"  # noqa: S105 - the name of a header


@dataclass(slots=True, kw_only=True)
class Webhook:
    """Where updates go and with which secret; what setWebhook sets and getWebhookInfo tells."""

    url: str
    secret: str
    allowed: list[str] = field(default_factory=list)
    connections: int = 40
    last_error: str = ""
    last_error_at: int = 0

    def as_json(self, pending: int) -> dict[str, Any]:
        """The platform's WebhookInfo."""
        info: dict[str, Any] = {
            "url": self.url,
            "has_custom_certificate": False,
            "pending_update_count": pending,
            "max_connections": self.connections,
            "allowed_updates": self.allowed,
        }
        if self.last_error:
            info |= {
                "last_error_date": self.last_error_at,
                "last_error_message": self.last_error,
            }
        return info


class Updates:
    """The updates of one bot that are still to be taken; `called` hears calls in the answers."""

    def __init__(self, webhook: Webhook, called: Callable[[str, Mapping[str, Any]], None]) -> None:
        self.webhook = webhook
        self.pending = 0
        self._called = called
        self._numbers = itertools.count(int(time.time()) % 10**9 + secrets.randbelow(10**6))
        self._chats: dict[str, asyncio.Queue[dict[str, Any]]] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._http = httpx.AsyncClient(timeout=ANSWER_WITHIN_S, trust_env=False)

    def send(self, kind: str, part: Mapping[str, Any]) -> int | None:
        """Queue an update behind those of its chat; its id, or None where it is not asked for."""
        if self.webhook.allowed and kind not in self.webhook.allowed:
            return None
        number = next(self._numbers)
        chat = _chat_of(part)
        if chat not in self._chats:
            self._chats[chat] = asyncio.Queue()
            self._start(self._carry(chat))
        self._chats[chat].put_nowait({"update_id": number, kind: part})
        self.pending += 1
        return number

    async def forget(self) -> None:
        """Drop what waits."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self._chats.clear()
        self.pending = 0

    async def close(self) -> None:
        """Drop what waits and close the connections."""
        await self.forget()
        await self._http.aclose()

    def _start(self, work: Any) -> None:
        task: asyncio.Task[None] = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _carry(self, chat: str) -> None:
        while True:
            update = await self._chats[chat].get()
            pause = FIRST_PAUSE_S
            while not await self._post(update):
                await asyncio.sleep(pause)
                pause = min(pause * 2, LONGEST_PAUSE_S)
            self.pending -= 1

    async def _post(self, update: Mapping[str, Any]) -> bool:
        if not self.webhook.url:
            return False
        headers = {SECRET_HEADER: self.webhook.secret} if self.webhook.secret else {}
        try:
            answer = await self._http.post(self.webhook.url, json=update, headers=headers)
        except httpx.HTTPError as error:
            return self._failed(type(error).__name__)
        if not answer.is_success:
            return self._failed(f"Wrong response from the webhook: {answer.status_code}")
        self._hear(answer)
        return True

    def _failed(self, reason: str) -> bool:
        self.webhook.last_error, self.webhook.last_error_at = reason, int(time.time())
        return False

    def _hear(self, answer: httpx.Response) -> None:
        """Carry out the call that may stand in the answer; nobody is told what came of it."""
        try:
            said = json.loads(answer.content or b"{}")
        except ValueError:
            return
        if isinstance(said, dict) and isinstance(said.get("method"), str):
            fields = {name: value for name, value in said.items() if name != "method"}
            self._called(said["method"], fields)


def _chat_of(part: Mapping[str, Any]) -> str:
    message = part.get("message")
    around = message if isinstance(message, dict) else part
    chat = around.get("chat")
    return str(chat.get("id")) if isinstance(chat, dict) else ""
