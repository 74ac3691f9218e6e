"""Who wrote what on Telegram: chats, people and the names of messages."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from romashka.channels.events import Identity
from romashka.channels.fields import BadItem, object_in, text_in

Item = Mapping[str, Any]

# Telegram's own ids have at most 52 significant bits, update ids may one day have more.
LARGEST_ID = 2**63


def message_id_of(item: Item) -> str:
    """Under which name we know a message: chat and number, since each chat counts its own.

    In somebody's connected account chats are counted anew, so that the connection comes before.
    """
    place = [text_in(item, "business_connection_id"), _chat_of(item), _require(item, "message_id")]
    return ":".join(filter(None, place))


def quoted_id(item: Item) -> str | None:
    """The message that is answered, where it is one of this chat."""
    quoted = object_in(item, "reply_to_message")
    if not quoted or number_in(quoted, "message_id") is None:
        return None
    return message_id_of({**item, "message_id": quoted["message_id"]})


def is_private(item: Item) -> bool:
    """Whether it belongs to a chat with one person; raises BadItem where no chat is named."""
    chat = object_in(item, "chat")
    if text_in(chat, "type") is None:
        raise BadItem("no chat")
    return text_in(chat, "type") == "private"


def is_echo(item: Item) -> bool:
    """Whether the owner of a connected account wrote this themselves."""
    sender = number_in(object_in(item, "from"), "id")
    is_business = text_in(item, "business_connection_id") is not None
    return is_business and sender is not None and sender != _chat_of(item)


def is_automatic(item: Item) -> bool:
    """Whether a connected account wrote this by itself: an away message, a greeting."""
    return item.get("is_from_offline") is True and is_echo(item)


def customer_of(item: Item) -> tuple[Identity, ...]:
    """A private chat has the id of the person on its other side."""
    return (identity_of(object_in(item, "chat")),)


def identity_of(person: Item) -> Identity:
    """The identity of a chat or a user; raises BadItem without an id."""
    return Identity(kind="external", value=_require(person, "id"))


def name_in(person: Item) -> str | None:
    """The name of a chat or a user, else their username."""
    names = (text_in(person, "first_name"), text_in(person, "last_name"))
    return " ".join(filter(None, names)) or text_in(person, "username")


def number_in(item: Item, name: str) -> str | None:
    """The id under a name as text, None when it is missing or no such number."""
    value = item.get(name)
    return str(value) if type(value) is int and abs(value) < LARGEST_ID else None


def _chat_of(item: Item) -> str:
    return _require(object_in(item, "chat"), "id")


def _require(item: Item, name: str) -> str:
    found = number_in(item, name)
    if found is None:
        raise BadItem(f"no {name}")
    return found
