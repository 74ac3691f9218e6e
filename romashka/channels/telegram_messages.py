"""Messages of Telegram as events: new ones, edited ones, deleted ones, and those of other chats."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from romashka.channels.events import (
    AccountEvent,
    DeliveryReceipt,
    InboundEvent,
    InboundMessage,
    MessageEdit,
    MessageRevoke,
)
from romashka.channels.fields import language_in, list_in, moment_in, object_in, text_in
from romashka.channels.telegram_contents import SERVICE, content_of, kind_of, message_type_of
from romashka.channels.telegram_people import (
    Item,
    customer_of,
    is_automatic,
    is_echo,
    is_private,
    message_id_of,
    name_in,
    number_in,
    quoted_id,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Update:
    """Where a part stood: our bot, the update's id, and its name."""

    account: str
    id: int
    name: str


def new_message(item: Item, update: Update) -> list[InboundEvent]:
    """A message of a customer, or of the owner of a connected account; raises BadItem."""
    if not is_private(item):
        return ignored(item, update)
    kind = kind_of(item)
    if kind in SERVICE:
        name = f"service.{kind}"
        return [AccountEvent(account=update.account, name=name, data={"id": update.id})]
    if is_automatic(item):
        # The owner's away or greeting message: no person wrote it, so it must not silence the AI.
        data = {"id": update.id}
        return [AccountEvent(account=update.account, name="automatic_message", data=data)]
    if number_in(object_in(item, "sender_business_bot"), "id") == update.account:
        return [_receipt(item, update)]
    return [_said(item, update)]


def _said(item: Item, update: Update) -> InboundMessage:
    content = content_of(item)
    sender, is_ours = object_in(item, "from"), is_echo(item)
    return InboundMessage(
        account=update.account,
        external_id=message_id_of(item),
        identities=customer_of(item),
        customer_name=name_in(object_in(item, "chat")) or (None if is_ours else name_in(sender)),
        content=content.text,
        message_type=message_type_of(item),
        media=content.media,
        occurred_at=moment_in(item, "date"),
        reply_to=quoted_id(item),
        sender="agent" if is_ours else "customer",
        calls_for_answer=content.calls_for_answer and not is_ours,
        language=None if is_ours else language_in(sender, "language_code"),
        metadata={**content.metadata, **beside(item, update)},
    )


def beside(item: Item, update: Update) -> dict[str, Any]:
    """What a message of any kind may carry: its album, its origin, the connection it came by."""
    beside: dict[str, Any] = {"update_id": update.id}
    for name in ("media_group_id", "business_connection_id"):
        if text_in(item, name):
            beside[name] = item[name]
    if username := text_in(object_in(item, "chat"), "username"):
        beside["username"] = username
    if item.get("forward_origin"):
        beside["forwarded"] = True
    if quote := text_in(object_in(item, "quote"), "text"):
        beside["quote"] = quote
    return beside


def _receipt(item: Item, update: Update) -> DeliveryReceipt:
    """Our own message in a connected account, shown back to us: it went out."""
    return DeliveryReceipt(
        account=update.account,
        external_id=message_id_of(item),
        status="sent",
        occurred_at=moment_in(item, "date"),
        identities=customer_of(item),
    )


def edited_message(item: Item, update: Update) -> list[InboundEvent]:
    """New words, or a new caption; raises BadItem."""
    if not is_private(item):
        return ignored(item, update)
    return [
        MessageEdit(
            account=update.account,
            target_id=message_id_of(item),
            content=content_of(item).text,
            occurred_at=moment_in(item, "edit_date"),
            identities=customer_of(item),
        )
    ]


def deleted_messages(item: Item, update: Update) -> list[InboundEvent]:
    """Messages that were taken back in a connected account; raises BadItem."""
    if not is_private(item):
        return ignored(item, update)
    around = {name: item.get(name) for name in ("chat", "business_connection_id")}
    return [
        MessageRevoke(
            account=update.account, target_id=message_id_of({**around, "message_id": number})
        )
        for number in list_in(item, "message_ids")
    ]


def ignored(item: Item, update: Update) -> list[InboundEvent]:
    """What was said where nobody in particular is spoken to: news, no conversation."""
    kind = text_in(object_in(item, "chat"), "type")
    data = {"id": update.id, "update": update.name, "chat_type": kind}
    return [AccountEvent(account=update.account, name="ignored_chat", data=data)]
