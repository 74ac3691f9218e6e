"""What a Telegram update says, as events. Telegram sends one update a request.

Only private chats become conversations. What a bot hears in groups and channels is written to
nobody in particular: it is kept as news of the account, so that it neither opens a conversation nor
fills the dead letters.
"""

from __future__ import annotations

from typing import Any

from romashka.channels.errors import ParseError
from romashka.channels.events import AccountEvent, InboundEvent, Unhandled
from romashka.channels.fields import load_object
from romashka.channels.reading import events_or_unhandled
from romashka.channels.telegram_items import READERS
from romashka.channels.telegram_messages import Update
from romashka.channels.telegram_people import LARGEST_ID

# Updates about the bot, its games, payments and groups: kept, never answered.
NEWS = frozenset(
    [
        "chat_boost",
        "chat_join_request",
        "chat_member",
        "chosen_inline_result",
        "inline_query",
        "managed_bot",
        "message_reaction_count",
        "poll",
        "poll_answer",
        "pre_checkout_query",
        "purchased_paid_media",
        "removed_chat_boost",
        "shipping_query",
    ]
)


def events_of(body: bytes, account: str) -> list[InboundEvent]:
    """Everything the update says; raises ParseError when it is none."""
    payload = load_object(body)
    number = payload.pop("update_id", None)
    if type(number) is not int or not 0 <= number < LARGEST_ID:
        raise ParseError("not a Telegram update")
    events: list[InboundEvent] = []
    for name, part in payload.items():
        update = Update(account=account, id=number, name=name)
        events.extend(_of_part(part, update))
    return events or [Unhandled(account=account, reason="empty update", item={"update_id": number})]


def _of_part(part: Any, update: Update) -> list[InboundEvent]:
    # Any: whatever stands in the update.
    if update.name in NEWS:
        return [AccountEvent(account=update.account, name=update.name, data={"id": update.id})]
    reader = READERS.get(update.name)
    if reader is None or not isinstance(part, dict):
        reason = f"unknown update {update.name[:40]}" if reader is None else "part is no object"
        return [Unhandled(account=update.account, reason=reason, item=part)]
    return events_or_unhandled(lambda: reader(part, update), update.account, part)
