"""What becomes of a customer's message, as an agent sees it live, in milliseconds."""

from __future__ import annotations

import asyncio
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from typing import Any

from console.feed import Happening
from console.lines import asks_back, is_followed, is_hand_over, milliseconds, moment

# Nothing is sent: people answer, the AI silent or in shadow.
FOR_PEOPLE = ("human", "shadowed")
FINAL_STATES = ("read", "failed", "unknown", "dead")
# These report nothing beyond having taken the message; of the others the last word is read.
LAST_REPORTS = {"telegram": ("sent",), "email": ("sent",)}


@dataclass(slots=True, kw_only=True)
class Journey:
    """One message on its way. Times are milliseconds from sending the webhook."""

    external_id: str
    customer: str
    channel: str = "whatsapp"
    sent_at: datetime = field(default_factory=lambda: datetime.now(UTC))
    accepted_ms: int | None = None
    http_status: int | None = None
    seen_ms: int | None = None
    conversation_id: str | None = None
    question_id: str | None = None
    outcome: str | None = None
    reply: str | None = None
    reply_id: str | None = None
    confidence: float | None = None
    sources: list[str] = field(default_factory=list)
    choices: list[str] = field(default_factory=list)
    reason: str | None = None
    answered_ms: int | None = None
    states: dict[str, int] = field(default_factory=dict)

    @property
    def is_over(self) -> bool:
        """Whether nothing more is to come."""
        last = (*FINAL_STATES, *LAST_REPORTS.get(self.channel, ()))
        return self.outcome in FOR_PEOPLE or any(state in self.states for state in last)

    def as_json(self) -> dict[str, Any]:
        """The journey as plain data."""
        return asdict(self)


class Journeys:
    """Several messages on their way, recognised in what a feed hands on."""

    def __init__(self) -> None:
        self.all: list[Journey] = []
        self.moved = asyncio.Event()
        self._by_external: dict[str, Journey] = {}
        self._by_conversation: dict[str, Journey] = {}
        self._by_reply: dict[str, Journey] = {}

    def begin(self, journey: Journey) -> None:
        """Expect this message."""
        self.all.append(journey)
        self._by_external[journey.external_id] = journey

    def handle(self, what: Happening) -> None:
        """Take note of something that happened."""
        message = what.message
        if what.event == "message_created" and message.get("sender_type") == "customer":
            self._stored(what)
        elif what.event == "message_created" and message.get("sender_type") in ("ai", "system"):
            self._answered(what)
        if message.get("id") in self._by_reply:
            self._moved_on(what)
        self.moved.set()

    def _stored(self, what: Happening) -> None:
        journey = self._by_external.get(str(what.message.get("external_message_id")))
        if journey is None or journey.seen_ms is not None:
            return
        journey.seen_ms = milliseconds(what.heard_at, journey.sent_at)
        journey.conversation_id = what.message["conversation_id"]
        journey.question_id = what.message["id"]
        self._by_conversation[what.message["conversation_id"]] = journey
        if what.conversation.get("ai_mode") == "human":
            is_shadow = what.conversation.get("handed_over_reason") == "shadow"
            journey.outcome = "shadowed" if is_shadow else "human"

    def _answered(self, what: Happening) -> None:
        message = what.message
        journey = self._by_conversation.get(message["conversation_id"])
        if journey is None or journey.outcome is not None:
            return
        if is_followed(message):
            journey.outcome = "shadowed"
            return
        handed_over = is_hand_over(message)
        if message["sender_type"] == "system" and not handed_over:
            return
        replied = "clarified" if asks_back(message) else "answered"
        journey.outcome = "handed_over" if handed_over else replied
        offered = (message.get("metadata") or {}).get("choices") or []
        journey.choices = [choice.get("title", "") for choice in offered]
        journey.reply, journey.reply_id = message.get("content"), message["id"]
        journey.confidence = message.get("confidence_score")
        journey.sources = [item.get("title", "") for item in message.get("knowledge_sources") or []]
        journey.reason = (message.get("metadata") or {}).get("reason")
        journey.answered_ms = milliseconds(moment(message["created_at"]), journey.sent_at)
        self._by_reply[message["id"]] = journey

    def _moved_on(self, what: Happening) -> None:
        journey = self._by_reply[what.message["id"]]
        status = what.message.get("delivery_status")
        changed = what.message.get("updated_at")
        at = moment(changed) if changed else what.heard_at
        if status in ("sent", "delivered", *FINAL_STATES):
            journey.states.setdefault(status, milliseconds(at, journey.sent_at))
