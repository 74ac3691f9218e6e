"""Who is who in a WhatsApp webhook: phone numbers, business-scoped ids, contacts and changes."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from romashka.channels.events import Identity
from romashka.channels.fields import LONGEST_ID, object_in, objects_in, text_in

Item = Mapping[str, Any]

# A business-scoped user id: country, dot, up to 128 letters and digits. With ENT it names a user of
# a group of companies, and nothing can be sent to it.
BSUID = re.compile(r"[A-Z]{2}\.(?!ENT\.)[A-Za-z0-9.]+", re.ASCII)
ORDER = ("bsuid", "external", "phone")
PHONE = re.compile(r"\+?[0-9][0-9 ().-]{2,30}", re.ASCII)
# At the end alone: before it stands a name that anybody may choose.
ID_CHANGE_TEXT = re.compile(r"changed from (\S+) to (\S+)\s*\Z")


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """Where an item stood: our account, our own number's digits, and who the contacts are."""

    account: str
    own_number: str
    contacts: Mapping[str, Item]
    is_echo: bool = False


def change_of(value: Item, account: str, *, is_echo: bool) -> Change:
    """The surroundings of a change's items; `value` is the change's own object."""
    contacts = objects_in(value, "contacts")
    names = (
        (text_in(contact, key), contact) for contact in contacts for key in ("wa_id", "user_id")
    )
    number = text_in(object_in(value, "metadata"), "display_phone_number") or ""
    return Change(
        account=account,
        own_number="".join(filter(str.isdigit, number)),
        contacts={name: contact for name, contact in names if name},
        is_echo=is_echo,
    )


def recipient_of(item: Item, change: Change) -> tuple[Identity, ...]:
    """Whom a status is about; nobody we know when the message went to a group."""
    if text_in(item, "recipient_type") == "group":
        return ()
    return _known_as(change, text_in(item, "recipient_user_id"), text_in(item, "recipient_id"))


def customer_of(item: Item, change: Change) -> tuple[Identity, ...]:
    """Every name of the customer: of the item itself, then of the contact it points at."""
    keys = ("to_user_id", "to") if change.is_echo else ("from_user_id", "from")
    return _known_as(change, *(text_in(item, key) for key in keys))


def name_of(identities: tuple[Identity, ...], change: Change) -> str | None:
    """The profile name, or else the user name, of the customer with these identities."""
    found = (change.contacts.get(identity.value) for identity in identities)
    contact: Item = next(filter(None, found), {})
    profile = object_in(contact, "profile")
    return text_in(profile, "name") or text_in(profile, "username")


def _known_as(change: Change, *names: str | None) -> tuple[Identity, ...]:
    contact: Item = next(filter(None, (change.contacts.get(name or "") for name in names)), {})
    known = (text_in(contact, key) for key in ("user_id", "parent_user_id", "wa_id"))
    return _identities(*names, *known)


def _identities(*names: str | None) -> tuple[Identity, ...]:
    """Each once; the user id before the number, as numbers pass from one person to another."""
    found = dict.fromkeys(filter(None, map(_identity, names)))
    return tuple(sorted(found, key=lambda identity: ORDER.index(identity.kind)))


def _identity(name: str | None) -> Identity | None:
    if not name or len(name) > LONGEST_ID:
        return None
    if BSUID.fullmatch(name):
        return Identity(kind="bsuid", value=name)
    if PHONE.fullmatch(name):
        return Identity(kind="phone", value="".join(filter(str.isdigit, name)))
    return Identity(kind="external", value=name)


def identity_changes_of(item: Item, part: Item) -> list[tuple[Identity, Identity]]:
    """Every old name with every new one that it became, user ids first.

    A new number brings a new user id along, and a customer may be known by either of the old ones
    alone. The old user id stands in a field, or in the text only.
    """
    is_new_number = text_in(part, "type") == "user_changed_number"
    told = None if is_new_number else ID_CHANGE_TEXT.search(text_in(part, "body") or "")
    number = (text_in(part, "wa_id") or text_in(part, "new_wa_id")) if is_new_number else None
    news = _identities(text_in(part, "user_id") or (told[2] if told else None), number)
    olds = _identities(
        text_in(part, "previous_user_id") or (told[1] if told else text_in(item, "from_user_id")),
        text_in(part, "wa_id"),
        text_in(item, "from"),
    )
    return [(old, new) for new in news for old in olds if old not in news]
