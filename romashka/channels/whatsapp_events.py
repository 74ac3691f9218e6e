"""What a WhatsApp Cloud API webhook says, as events; every batch, every kind, in order."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from romashka.channels.errors import ParseError
from romashka.channels.events import AccountEvent, InboundEvent, Unhandled
from romashka.channels.fields import list_in, load_object, object_in, objects_in, text_in
from romashka.channels.reading import events_or_unhandled
from romashka.channels.whatsapp_items import ITEMS_OF_FIELD, READERS, Reader
from romashka.channels.whatsapp_people import Change, Item, change_of

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


def _of_change(entry: Item, change: Any) -> list[InboundEvent]:
    # Any: whatever stands in the list of changes.
    return events_or_unhandled(lambda: list(_in_change(entry, change)), None, change)


def _in_change(entry: Item, change: Any) -> Iterator[InboundEvent]:
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
    return events_or_unhandled(lambda: read(item, change), change.account, item)
