"""The items of a WhatsApp webhook, each as events: messages, their changes, and receipts."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any, Literal

from romashka.channels.events import (
    AccountEvent,
    DeliveryReceipt,
    Identity,
    IdentityChange,
    InboundEvent,
    InboundMessage,
    MessageEdit,
    MessageRevoke,
    Reaction,
)
from romashka.channels.fields import BadItem, id_in, moment_in, object_in, objects_in, text_in
from romashka.channels.meta import reason_of
from romashka.channels.whatsapp_contents import CONTENTS, content_of
from romashka.channels.whatsapp_people import (
    Change,
    Item,
    customer_of,
    identity_changes_of,
    name_of,
    recipient_of,
)

Status = Literal["sent", "delivered", "read", "failed"]

UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.ASCII | re.IGNORECASE)
RECEIPTS: Mapping[str, Status] = {
    "sent": "sent",
    "delivered": "delivered",
    "read": "read",
    "played": "read",
    "failed": "failed",
}


def _message(item: Item, change: Change) -> list[InboundEvent]:
    kind = text_in(item, "type") or ""
    if group := text_in(item, "group_id"):
        # Written to nobody in particular: no conversation, and no dead letter either.
        data = {"id": text_in(item, "id"), "group_id": group}
        return [AccountEvent(account=change.account, name="ignored_chat", data=data)]
    if kind in EVENTS:
        return EVENTS[kind](item, change)
    if kind not in CONTENTS:
        raise BadItem(f"unknown message type {kind[:40]}")
    if text_in(object_in(item, "interactive"), "type") == "call_permission_reply":
        return [AccountEvent(account=change.account, name="call_permission_reply", data=item)]
    return [_said(item, change, kind)]


def _said(item: Item, change: Change, kind: str) -> InboundMessage:
    identities = customer_of(item, change)
    if not identities:
        raise BadItem("no sender")
    if not change.is_echo and change.own_number in (one.value for one in identities):
        raise BadItem("message from our own number")
    content = content_of(item, kind)
    return InboundMessage(
        account=change.account,
        external_id=id_in(item, "id"),
        identities=identities,
        customer_name=name_of(identities, change),
        content=content.text,
        message_type=kind,
        media=content.media,
        occurred_at=moment_in(item, "timestamp"),
        reply_to=text_in(object_in(item, "context"), "id"),
        sender="agent" if change.is_echo else "customer",
        calls_for_answer=content.calls_for_answer and not change.is_echo,
        metadata={**content.metadata, **_beside(item)},
    )


def _beside(item: Item) -> dict[str, Any]:
    """What a message of any kind may carry: the advertisement, the forwarding, the product."""
    context = object_in(item, "context")
    names = ("forwarded", "frequently_forwarded", "referred_product")
    beside = {name: context[name] for name in names if context.get(name)}
    if object_in(item, "referral"):
        beside["referral"] = item["referral"]
    return beside


def _reaction(item: Item, change: Change) -> list[InboundEvent]:
    part = object_in(item, "reaction")
    ourselves = (Identity(kind="external", value=change.account),)
    return [
        Reaction(
            account=change.account,
            external_id=id_in(item, "id"),
            target_id=id_in(part, "message_id"),
            emoji=text_in(part, "emoji"),
            identities=ourselves if change.is_echo else customer_of(item, change),
            occurred_at=moment_in(item, "timestamp"),
        )
    ]


def _edit(item: Item, change: Change) -> list[InboundEvent]:
    part = object_in(item, "edit")
    message = object_in(part, "message")
    kind = text_in(message, "type") or ""
    if kind not in CONTENTS:
        raise BadItem(f"edit to unknown message type {kind[:40]}")
    return [
        MessageEdit(
            account=change.account,
            target_id=id_in(part, "original_message_id"),
            content=content_of(message, kind).text,
            occurred_at=moment_in(item, "timestamp"),
            identities=customer_of(item, change),
        )
    ]


def _revoke(item: Item, change: Change) -> list[InboundEvent]:
    target = id_in(object_in(item, "revoke"), "original_message_id")
    moment = moment_in(item, "timestamp")
    return [MessageRevoke(account=change.account, target_id=target, occurred_at=moment)]


def _system(item: Item, change: Change) -> list[InboundEvent]:
    part = object_in(item, "system")
    kind = text_in(part, "type") or ""
    changes = identity_changes_of(item, part) if kind.startswith("user_changed") else []
    if not changes:
        name = f"system.{kind[:40] or 'unknown'}"
        return [AccountEvent(account=change.account, name=name, data=item)]
    moment = moment_in(item, "timestamp")
    return [
        IdentityChange(account=change.account, old=old, new=new, occurred_at=moment)
        for old, new in changes
    ]


def _status(item: Item, change: Change) -> list[InboundEvent]:
    status = text_in(item, "status") or ""
    if status == "deleted":
        return [AccountEvent(account=change.account, name="message_deleted", data=item)]
    if status not in RECEIPTS:
        raise BadItem(f"unknown status {status[:40]}")
    error = next(iter(objects_in(item, "errors")), {})
    tracker = text_in(item, "biz_opaque_callback_data")
    return [
        DeliveryReceipt(
            account=change.account,
            external_id=id_in(item, "id"),
            status=RECEIPTS[status],
            occurred_at=moment_in(item, "timestamp"),
            tracker=tracker if tracker and UUID.fullmatch(tracker) else None,
            error_code=str(error["code"])[:40] if "code" in error else None,
            error=reason_of(error),
            identities=recipient_of(item, change),
        )
    ]


Reader = Callable[[Item, Change], list[InboundEvent]]

EVENTS: Mapping[str, Reader] = {
    "reaction": _reaction,
    "edit": _edit,
    "revoke": _revoke,
    "system": _system,
}
READERS: Mapping[str, Reader] = {
    "messages": _message,
    "message_echoes": _message,
    "statuses": _status,
}
ITEMS_OF_FIELD: Mapping[str, tuple[str, ...]] = {
    "messages": ("messages", "statuses"),
    "smb_message_echoes": ("message_echoes",),
    "message_echoes": ("message_echoes",),
}
