"""What an update of Telegram may hold beside messages, each as events, and who reads what."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from romashka.channels.events import (
    AccountEvent,
    InboundEvent,
    InboundMessage,
    Reachability,
    Reaction,
)
from romashka.channels.fields import (
    BadItem,
    id_in,
    language_in,
    list_in,
    moment_in,
    object_in,
    objects_in,
    text_in,
)
from romashka.channels.telegram_messages import (
    Update,
    beside,
    deleted_messages,
    edited_message,
    ignored,
    new_message,
)
from romashka.channels.telegram_people import (
    Item,
    customer_of,
    identity_of,
    is_private,
    message_id_of,
    name_in,
)


def _callback(item: Item, update: Update) -> list[InboundEvent]:
    """A tapped button is the customer's word: its title, as they have read it."""
    message, sender = object_in(item, "message"), object_in(item, "from")
    if message and not is_private(message):
        return ignored(message, update)
    data = text_in(item, "data") or text_in(item, "game_short_name")
    if data is None:
        raise BadItem("callback without data")
    callback = id_in(item, "id")
    identity = customer_of(message) if message else (identity_of(sender),)
    return [
        InboundMessage(
            account=update.account,
            external_id=f"callback:{callback}",
            identities=identity,
            customer_name=name_in(sender),
            content=_title_of(message, data) or data,
            message_type="button",
            reply_to=message_id_of(message) if message else None,
            language=language_in(sender, "language_code"),
            metadata={
                **beside(message, update),
                "callback": {"id": callback, "data": data},
            },
        )
    ]


def _title_of(message: Item, data: str) -> str | None:
    """What the button with these data says."""
    for row in list_in(object_in(message, "reply_markup"), "inline_keyboard"):
        for button in row if isinstance(row, list) else ():
            if isinstance(button, dict) and button.get("callback_data") == data:
                return text_in(button, "text")
    return None


def _reaction(item: Item, update: Update) -> list[InboundEvent]:
    if not is_private(item):
        return ignored(item, update)
    emojis = [_emoji(reaction) for reaction in objects_in(item, "new_reaction")]
    return [
        Reaction(
            account=update.account,
            external_id=f"reaction:{update.id}",
            target_id=message_id_of(item),
            emoji="".join(emojis) or None,
            identities=customer_of(item),
            occurred_at=moment_in(item, "date"),
        )
    ]


def _emoji(reaction: Item) -> str:
    """The emoji; a star for a paid one, a sparkle for a picture that only Telegram can show."""
    own = {"paid": "\N{WHITE MEDIUM STAR}", "custom_emoji": "\N{SPARKLES}"}
    return text_in(reaction, "emoji") or own.get(str(reaction.get("type")), "")


def _membership(item: Item, update: Update) -> list[InboundEvent]:
    """A customer blocks the bot ("kicked"), or lets it in again."""
    if not is_private(item):
        return ignored(item, update)
    status = text_in(object_in(item, "new_chat_member"), "status")
    if status not in ("kicked", "member"):
        data = {"status": status}
        return [AccountEvent(account=update.account, name="my_chat_member", data=data)]
    return [
        Reachability(
            account=update.account,
            identities=customer_of(item),
            is_reachable=status == "member",
            occurred_at=moment_in(item, "date"),
        )
    ]


def _connection(item: Item, update: Update) -> list[InboundEvent]:
    return [AccountEvent(account=update.account, name="business_connection", data=item)]


Reader = Callable[[Item, Update], list[InboundEvent]]

# The updates we ask Telegram for, and how each is read.
ASKED_FOR: Mapping[str, Reader] = {
    "message": new_message,
    "edited_message": edited_message,
    "callback_query": _callback,
    "message_reaction": _reaction,
    "my_chat_member": _membership,
    "business_connection": _connection,
    "business_message": new_message,
    "edited_business_message": edited_message,
    "deleted_business_messages": deleted_messages,
}
READERS: Mapping[str, Reader] = {
    **ASKED_FOR,
    "channel_post": ignored,
    "edited_channel_post": ignored,
    "guest_message": ignored,
}
