"""What a WhatsApp message of each kind contains: its words, its files, and what stands beside."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from romashka.channels.events import Media
from romashka.channels.fields import BadItem, list_in, object_in, objects_in, text_in

Item = Mapping[str, Any]

# Bytes; far above what any platform takes.
LARGEST_FILE = 2**40


@dataclass(frozen=True, slots=True, kw_only=True)
class Content:
    """A message's words (or the nearest thing without words of ours), files and metadata."""

    text: str = ""
    media: tuple[Media, ...] = ()
    metadata: Mapping[str, Any] = field(default_factory=dict)
    calls_for_answer: bool = True


def content_of(item: Item, kind: str) -> Content:
    """The content of a message of a kind in CONTENTS; raises BadItem when it is not there."""
    return CONTENTS[kind](object_in(item, kind), item)


def _text(part: Item, _item: Item) -> Content:
    body = part.get("body")
    if not isinstance(body, str):
        raise BadItem("text without body")
    return Content(text=body)


def _file(kind: str) -> Callable[[Item, Item], Content]:
    def read(part: Item, _item: Item) -> Content:
        if not text_in(part, "id") and not text_in(part, "url"):
            raise BadItem(f"{kind} without id")
        flags = {name: True for name in ("voice", "animated") if part.get(name) is True}
        return Content(
            text=text_in(part, "caption") or "", media=(_media(part, kind),), metadata=flags
        )

    return read


def _media(part: Item, kind: str) -> Media:
    size = part.get("file_size")
    return Media(
        kind=kind,
        id=text_in(part, "id"),
        url=text_in(part, "url"),
        mime_type=text_in(part, "mime_type"),
        filename=text_in(part, "filename"),
        sha256=text_in(part, "sha256"),
        size=size if isinstance(size, int) and 0 <= size < LARGEST_FILE else None,
        caption=text_in(part, "caption"),
    )


def _location(part: Item, _item: Item) -> Content:
    named = [text for text in (text_in(part, "name"), text_in(part, "address")) if text]
    place = f"{part.get('latitude')}, {part.get('longitude')}"
    return Content(text=", ".join(named) or place, metadata={"location": part})


def _contacts(_part: Item, item: Item) -> Content:
    cards = objects_in(item, "contacts")
    if not cards:
        raise BadItem("contacts without cards")
    return Content(text="\n".join(_card(card) for card in cards), metadata={"contacts": cards})


def _card(card: Item) -> str:
    name = text_in(object_in(card, "name"), "formatted_name")
    phones = [text_in(phone, "phone") for phone in objects_in(card, "phones")]
    return ", ".join(text for text in (name, *phones) if text)


def _order(part: Item, _item: Item) -> Content:
    items = objects_in(part, "product_items")
    lines = [
        f"{line.get('quantity')} \N{MULTIPLICATION SIGN} {line.get('product_retailer_id')}"
        for line in items
    ]
    return Content(text=text_in(part, "text") or "\n".join(lines), metadata={"order": part})


def _button(part: Item, _item: Item) -> Content:
    text = text_in(part, "text") or text_in(part, "payload")
    if text is None:
        raise BadItem("button without text")
    return Content(text=text, metadata={"button": part})


def _interactive(part: Item, _item: Item) -> Content:
    answer = object_in(part, text_in(part, "type") or "")
    text = text_in(answer, "title") or text_in(answer, "body") or text_in(answer, "id")
    if text is None:
        raise BadItem(f"interactive of type {str(part.get('type'))[:40]}")
    return Content(text=text, metadata={"interactive": part})


def _unsupported(_part: Item, item: Item) -> Content:
    return Content(metadata={"errors": list_in(item, "errors")})


def _request_welcome(_part: Item, _item: Item) -> Content:
    return Content(calls_for_answer=False)


CONTENTS: Mapping[str, Callable[[Item, Item], Content]] = {
    "text": _text,
    "image": _file("image"),
    "video": _file("video"),
    "audio": _file("audio"),
    "document": _file("document"),
    "sticker": _file("sticker"),
    "location": _location,
    "contacts": _contacts,
    "order": _order,
    "button": _button,
    "interactive": _interactive,
    "unsupported": _unsupported,
    "request_welcome": _request_welcome,
}
