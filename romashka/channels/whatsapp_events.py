"""What a WhatsApp Cloud API webhook says, as events; every batch, every kind, in order."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Literal

from romashka.channels.base import (
    AccountEvent,
    DeliveryReceipt,
    IdentityChange,
    InboundEvent,
    InboundMessage,
    MessageEdit,
    MessageRevoke,
    ParseError,
    Reaction,
    Unhandled,
)
from romashka.channels.fields import (
    BadItem,
    id_in,
    list_in,
    load_object,
    moment_in,
    object_in,
    objects_in,
    text_in,
)
from romashka.channels.meta import reason_of
from romashka.channels.whatsapp_contents import CONTENTS, content_of
from romashka.channels.whatsapp_people import (
    Change,
    Item,
    change_of,
    customer_of,
    identity_change_of,
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
# News about an account, its templates, its calls and its people's wishes: kept, never answered.
ACCOUNT_FIELDS = frozenset(
    [
        "account_alerts",
        "account_review_update",
        "account_settings_update",
        "account_update",
        "automatic_events",
        "business_capability_update",
        "business_status_update",
        "calls",
        "flows",
        "group_lifecycle_update",
        "group_participants_update",
        "group_settings_update",
        "group_status_update",
        "history",
        "message_template_components_update",
        "message_template_quality_update",
        "message_template_status_update",
        "messaging_handovers",
        "partner_solutions",
        "payment_configuration_update",
        "phone_number_name_update",
        "phone_number_quality_update",
        "security",
        "smb_app_state_sync",
        "template_category_update",
        "template_correct_category_detection",
        "tracking_events",
        "user_id_update",
        "user_preferences",
    ]
)


def events_of(body: bytes) -> list[InboundEvent]:
    """Everything the body says, in its order; raises ParseError when it is no such webhook."""
    payload = load_object(body)
    if payload.get("object") != "whatsapp_business_account" or not isinstance(
        payload.get("entry"), list
    ):
        raise ParseError("not a WhatsApp webhook")
    events: list[InboundEvent] = []
    for entry in list_in(payload, "entry"):
        if not isinstance(entry, dict) or not objects_in(entry, "changes"):
            events.append(Unhandled(account=None, reason="entry without changes", item=entry))
            continue
        for change in list_in(entry, "changes"):
            events.extend(_of_change(entry, change))
    return events


def _of_change(entry: Item, change: Any) -> Iterator[InboundEvent]:
    # Any: whatever stands in the list of changes.
    value = object_in(change, "value") if isinstance(change, dict) else {}
    account = text_in(object_in(value, "metadata"), "phone_number_id")
    name = (text_in(change, "field") or "") if value else ""
    if name in ACCOUNT_FIELDS:
        owner = account or text_in(entry, "id") or ""
        yield AccountEvent(account=owner, name=name, data=value)
    elif name not in ITEMS_OF_FIELD:
        reason = f"unknown field {name[:40]}" if name else "change without field or value"
        yield Unhandled(account=account, reason=reason, item=change)
    elif account is None:
        yield Unhandled(account=None, reason="no phone_number_id", item=change)
    else:
        yield from _of_items(name, value, account)


def _of_items(name: str, value: Item, account: str) -> Iterator[InboundEvent]:
    change = change_of(value, account, is_echo=name != "messages")
    found = False
    for key in ITEMS_OF_FIELD[name]:
        for item in list_in(value, key):
            found = True
            yield from _of_item(READERS[key], item, change)
    if list_in(value, "errors"):
        yield AccountEvent(account=account, name="errors", data={"errors": value["errors"]})
    elif not found:
        yield Unhandled(account=account, reason="change without items", item=value)


def _of_item(read: Reader, item: Any, change: Change) -> list[InboundEvent]:
    """The item's events; one that cannot be read becomes Unhandled and harms no neighbour."""
    if not isinstance(item, dict):
        return [Unhandled(account=change.account, reason="item is no object", item=item)]
    try:
        return read(item, change)
    except BadItem as error:
        return [Unhandled(account=change.account, reason=str(error), item=item)]


def _message(item: Item, change: Change) -> list[InboundEvent]:
    kind = text_in(item, "type") or ""
    if text_in(item, "group_id"):
        raise BadItem("message in a group")
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
    if not change.is_echo and identities[0].value == change.own_number:
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
    return [
        Reaction(
            account=change.account,
            external_id=id_in(item, "id"),
            target_id=id_in(part, "message_id"),
            emoji=text_in(part, "emoji"),
            identities=() if change.is_echo else customer_of(item, change),
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
    old, new = identity_change_of(item, part)
    if not kind.startswith("user_changed") or old is None or new is None or old == new:
        name = f"system.{kind[:40] or 'unknown'}"
        return [AccountEvent(account=change.account, name=name, data=item)]
    moment = moment_in(item, "timestamp")
    return [IdentityChange(account=change.account, old=old, new=new, occurred_at=moment)]


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
