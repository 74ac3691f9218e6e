"""What a webhook of Messenger or Instagram says, as events; every batch, every kind, in order."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import replace
from typing import Any

from romashka.channels.errors import ParseError
from romashka.channels.events import AccountEvent, InboundEvent, Unhandled
from romashka.channels.fields import list_in, load_object, object_in, text_in
from romashka.channels.messaging_items import events_of_item
from romashka.channels.messaging_people import Place, Platform, is_sample
from romashka.channels.reading import events_or_unhandled

OBJECTS: Mapping[Platform, str] = {"instagram": "instagram", "messenger": "page"}
# The fields under which messages come in `changes`: the dashboard's tests, and Instagram's own.
MESSAGE_FIELDS = frozenset(
    [
        "message_deliveries",
        "message_echoes",
        "message_edit",
        "message_edits",
        "message_reactions",
        "message_reads",
        "messages",
        "messaging_optins",
        "messaging_postbacks",
        "messaging_referral",
        "messaging_referrals",
        "messaging_seen",
        "standby",
    ]
)


def events_of(body: bytes, platform: Platform, own_apps: Collection[str]) -> list[InboundEvent]:
    """Everything the body says, in its order; raises ParseError when it is no such webhook.

    `own_apps` are the ids of our apps at Meta: what they sent is no person's word.
    """
    payload = load_object(body)
    if payload.get("object") != OBJECTS[platform] or not isinstance(payload.get("entry"), list):
        raise ParseError(f"not a webhook of {platform}")
    events: list[InboundEvent] = []
    for entry in list_in(payload, "entry"):
        if not isinstance(entry, dict):
            events.append(Unhandled(account=None, reason="entry is no object", item=entry))
            continue
        place = Place(platform=platform, entry=entry, own_apps=own_apps)
        found = len(events)
        events.extend(_in_entry(place))
        if len(events) == found:
            account = text_in(entry, "id")
            events.append(Unhandled(account=account, reason="entry without items", item=entry))
    return events


def _in_entry(place: Place) -> Iterator[InboundEvent]:
    for item in list_in(place.entry, "messaging"):
        yield from _of_item(item, place)
    for item in list_in(place.entry, "standby"):
        yield from _of_item(item, replace(place, is_standby=True))
    for change in list_in(place.entry, "changes"):
        yield from _of_change(change, place)


def _of_change(change: Any, place: Place) -> list[InboundEvent]:
    # Any: whatever stands in the list of changes.
    account = text_in(place.entry, "id")
    value = object_in(change, "value") if isinstance(change, dict) else {}
    name = text_in(change, "field") if value else None
    if name is None:
        return [Unhandled(account=account, reason="change without field or value", item=change)]
    if name not in MESSAGE_FIELDS:
        return [AccountEvent(account=account or "", name=name[:80], data=value)]
    if is_sample(value):
        return [AccountEvent(account=account or "", name=f"test.{name}", data=value)]
    return _of_item(value, replace(place, is_standby=name == "standby"))


def _of_item(item: Any, place: Place) -> list[InboundEvent]:
    """The item's events; one that cannot be read becomes Unhandled and harms no neighbour."""
    account = text_in(place.entry, "id")
    if not isinstance(item, dict):
        return [Unhandled(account=account, reason="item is no object", item=item)]
    return events_or_unhandled(lambda: events_of_item(item, place), account, item)
