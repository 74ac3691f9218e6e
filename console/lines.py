"""One line per message: what happened, to whom, and after how many milliseconds."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from console.feed import Happening
from console.output import paint, shorten

REMEMBERED = 5000
RECEIPTS = ("sent", "delivered", "read")
SMALL_TALK = ("greeting", "thanks", "introduction", "no_words", "opt_out", "opt_in")
BAD = ("failed", "unknown", "dead")


def moment(text: str) -> datetime:
    """A timestamp of the database."""
    return datetime.fromisoformat(text.replace("Z", "+00:00"))


def milliseconds(later: datetime, earlier: datetime) -> int:
    """The time between two moments, never below zero."""
    return max(0, round((later - earlier).total_seconds() * 1000))


def is_hand_over(message: Mapping[str, Any]) -> bool:
    """Whether this is the message by which the AI hands a conversation to people."""
    return (message.get("metadata") or {}).get("event") == "handed_over"


def is_followed(message: Mapping[str, Any]) -> bool:
    """Whether this says that people have a conversation which the AI follows in shadow."""
    return (message.get("metadata") or {}).get("event") == "shadowed"


def asks_back(message: Mapping[str, Any]) -> bool:
    """Whether the AI offers choices instead of an answer; small talk offers topics, and answers."""
    small_talk = message.get("intent_detected") in SMALL_TALK
    return message.get("message_type") == "choices" and not small_talk


class Lines:
    """Turns what a feed hands on into lines; remembers when each conversation's turn began."""

    def __init__(self) -> None:
        self._turns: OrderedDict[str, datetime] = OrderedDict()
        self._names: OrderedDict[str, str] = OrderedDict()

    def of(self, what: Happening) -> str | None:
        """The line for it, None for what needs none."""
        if what.event == "conversation_updated" or not what.message.get("created_at"):
            return None
        if what.conversation:
            name = what.conversation.get("customer_name") or "customer"
            _remember(self._names, what.message["conversation_id"], name)
        text = self._created(what) if what.event == "message_created" else self._updated(what)
        if text is None:
            return None
        clock = what.heard_at.astimezone().strftime("%H:%M:%S.%f")[:-3]
        channel = str(what.message.get("channel_type", ""))
        return f"{paint(clock, 'dim')}  {channel:<9} {text}"

    def _created(self, what: Happening) -> str | None:
        message = what.message
        stored = moment(message["created_at"])
        conversation = message["conversation_id"]
        name = self._names.get(conversation, "customer")
        content = f'"{shorten(message.get("content", ""))}"'
        if message["sender_type"] == "customer":
            self._turns.setdefault(conversation, stored)
            how = "seen live" if what.live else "caught up"
            after = milliseconds(what.heard_at, stored)
            return f"{shorten(name, 20)} → {content}   stored, {how} after {after} ms"
        began = self._turns.pop(conversation, None)
        later = f" after {milliseconds(stored, began)} ms" if began else ""
        if message.get("is_private"):
            return f"{_who(message)} notes of {shorten(name, 20)} {content}   for agents alone"
        return f"{_who(message)} → {shorten(name, 20)} {content}   {_outcome(message)}{later}"

    def _updated(self, what: Happening) -> str | None:
        message = what.message
        status = message.get("delivery_status")
        if message.get("sender_type") == "customer" or status not in (*RECEIPTS, *BAD):
            return None
        after = milliseconds(_changed(what), moment(message["created_at"]))
        name = self._names.get(message["conversation_id"], "customer")
        word = paint(str(status), "green" if status in RECEIPTS else "red")
        return f"{_who(message)} → {shorten(name, 20)}   {word} {after} ms after it was written"


def _changed(what: Happening) -> datetime:
    updated = what.message.get("updated_at")
    return moment(updated) if updated else what.heard_at


def _who(message: Mapping[str, Any]) -> str:
    return {"ai": "AI", "agent": "agent", "system": "Romashka"}[message["sender_type"]]


def _outcome(message: Mapping[str, Any]) -> str:
    if is_hand_over(message):
        reason = message["metadata"].get("reason") or "unknown"
        return paint(f"handed over ({reason})", "yellow")
    if is_followed(message):
        return paint("for people; the AI follows in shadow", "yellow")
    if message["sender_type"] != "ai":
        return "written"
    if asks_back(message):
        return paint("asked back", "cyan")
    confidence = message.get("confidence_score")
    return paint("answered", "green") + (f" ({confidence:.2f})" if confidence is not None else "")


def _remember(table: OrderedDict[str, Any], key: str, value: Any) -> None:
    table[key] = value
    table.move_to_end(key)
    while len(table) > REMEMBERED:
        table.popitem(last=False)
