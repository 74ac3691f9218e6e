"""Where an item of a Messenger or Instagram webhook stood, and who its customer is."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from romashka.channels.events import Identity
from romashka.channels.fields import BadItem, iso_moment_in, moment_in, object_in, text_in

Item = Mapping[str, Any]
Platform = Literal["instagram", "messenger"]

LONGEST_NAME = 128
# Somebody who only ticked a box on a website has no id yet, and is addressed by this one.
USER_REF = "user_ref:"
# What Meta's dashboard sends when somebody presses "Test": nobody wrote it.
SAMPLE_PEOPLE = ("12334", "23245")
UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.ASCII | re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where an item stood: platform, entry, which apps are ours, whether another holds the talk."""

    platform: Platform
    entry: Item
    own_apps: Collection[str] = ()
    is_standby: bool = False


def is_echo(item: Item) -> bool:
    """Whether the item is of our own side, so that sender and recipient have changed places."""
    return object_in(item, "message").get("is_echo") is True


def account_of(item: Item, place: Place) -> str:
    """The page or Instagram account that the item is for; raises BadItem where two are named.

    An Instagram account that is connected through its page may come in the page's entry: there the
    item itself says for whom it is. Dashboard tests come in an entry "0".
    """
    entry = text_in(place.entry, "id")
    named = text_in(object_in(item, "sender" if is_echo(item) else "recipient"), "id")
    if place.platform == "instagram" or entry in (None, "0"):
        entry = named or entry
    if entry is None:
        raise BadItem("no account")
    if named not in (None, entry):
        raise BadItem("an item of another page")
    return entry


def customer_of(item: Item, account: str) -> tuple[Identity, ...]:
    """Every name of the customer, the best first; raises BadItem without one."""
    side = object_in(item, "recipient" if is_echo(item) else "sender")
    name = text_in(side, "id")
    if name == account:
        raise BadItem("an item from our own account")
    refs = (
        text_in(side, "user_ref"),
        text_in(object_in(item, "optin"), "user_ref"),
        text_in(object_in(object_in(item, "message"), "prior_message"), "identifier"),
        text_in(object_in(item, "prior_message"), "identifier"),
    )
    names = [name, *(USER_REF + ref for ref in refs if ref)]
    found = [
        Identity(kind="external", value=one) for one in names if one and len(one) <= LONGEST_NAME
    ]
    if not found:
        raise BadItem("no sender")
    return tuple(dict.fromkeys(found))


def moment_of(item: Item, place: Place) -> datetime | None:
    """When it happened: seconds, milliseconds or ISO text, of the item or else of its entry."""
    found = (_moment(item, "timestamp"), _moment(place.entry, "time"))
    return next((moment for moment in found if moment), None)


def _moment(item: Item, name: str) -> datetime | None:
    return moment_in(item, name) or iso_moment_in(item, name)


def is_sample(item: Item) -> bool:
    """Whether this is the dashboard's own sample rather than anybody's message."""
    people = [text_in(object_in(item, side), "id") for side in ("sender", "recipient")]
    return tuple(people) == SAMPLE_PEOPLE
