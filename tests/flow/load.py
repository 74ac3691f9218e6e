"""Customers who write all at once, some webhooks twice, while a test breaks something."""

from __future__ import annotations

import random
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime

import httpx

from tests.flow.journeys import Customer, Desk, new_wamid

DUPLICATES = 0.3
RETRY_S = 0.1
GIVE_UP_S = 40.0
QUESTIONS = (
    "How long does delivery take?",
    "How do I return something?",
    "Which payment methods do you accept?",
    "Do you have vegan restaurants nearby?",
)


@dataclass(slots=True, kw_only=True)
class Load:
    """Sends `count` customers' messages, 30 % of the webhooks twice, as the platform would:
    whatever is not answered with 200 is sent again."""

    desk: Desk
    count: int
    per_second: float = 15.0
    began_at: datetime = field(default_factory=lambda: datetime.now(UTC))
    accepted: list[str] = field(default_factory=list)
    statuses: list[int] = field(default_factory=list)
    _random: random.Random = field(default_factory=lambda: random.Random(7))

    def run(self, disturb: threading.Event | None = None, at: float = 0.3) -> None:
        """Sends everything; sets `disturb` once the share `at` is on its way."""
        with ThreadPoolExecutor(16) as pool:
            for number in range(self.count):
                if disturb is not None and number == int(self.count * at):
                    disturb.set()
                pool.submit(self._send, Customer(desk=self.desk))
                time.sleep(1 / self.per_second)

    def _send(self, customer: Customer) -> None:
        wamid = new_wamid()
        body = customer.body(self._random.choice(QUESTIONS), wamid)
        times = 2 if self._random.random() < DUPLICATES else 1
        for _ in range(times):
            self._until_accepted(body)
        self.accepted.append(wamid)

    def _until_accepted(self, body: bytes) -> None:
        give_up = time.monotonic() + GIVE_UP_S
        while time.monotonic() < give_up:
            try:
                status = self.desk.deliver(body)
            except httpx.TransportError:
                status = 0
            self.statuses.append(status)
            if status == 200:
                return
            time.sleep(RETRY_S)
        raise AssertionError("a webhook was never accepted")

    def all_settled(self) -> bool:
        """Whether every accepted message's turn has ended."""
        open_turns = self.desk.value(
            "select count(*) from private.reply_jobs where state in ('waiting', 'running')"
        )
        return bool(open_turns == 0)

    def stored(self) -> int:
        """How many of the accepted messages are in the database."""
        return int(
            self.desk.value(
                "select count(*) from public.messages where external_message_id = any(%s)",
                self.accepted,
            )
        )
