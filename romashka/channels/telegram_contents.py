"""What a Telegram message of each kind contains: its words, its files, and what stands beside."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from romashka.channels.events import Media
from romashka.channels.fields import BadItem, list_in, object_in, objects_in, text_in
from romashka.channels.telegram_text import with_links
from romashka.channels.whatsapp_contents import LARGEST_FILE, Content, Item

START = "/start"
# What people do to the chat itself: it says nothing to us.
SERVICE = frozenset(
    [
        "boost_added",
        "chat_background_set",
        "chat_owner_changed",
        "chat_owner_left",
        "connected_website",
        "delete_chat_photo",
        "direct_message_price_changed",
        "forum_topic_closed",
        "forum_topic_created",
        "forum_topic_edited",
        "forum_topic_reopened",
        "giveaway_completed",
        "giveaway_created",
        "group_chat_created",
        "left_chat_member",
        "message_auto_delete_timer_changed",
        "migrate_from_chat_id",
        "migrate_to_chat_id",
        "new_chat_members",
        "new_chat_photo",
        "new_chat_title",
        "paid_message_price_changed",
        "pinned_message",
        "proximity_alert_triggered",
        "video_chat_ended",
        "video_chat_participants_invited",
        "video_chat_scheduled",
        "video_chat_started",
        "write_access_allowed",
    ]
)


def kind_of(message: Item) -> str | None:
    """The kind of a message: a key of CONTENTS, or of SERVICE; None for one we do not know."""
    # In the order of CONTENTS: a venue is a location too, an animation a document.
    return next((kind for kind in (*CONTENTS, *SERVICE) if kind in message), None)


def content_of(message: Item) -> Content:
    """The content of a message of any kind; of one we do not know its caption, if there is one."""
    kind = kind_of(message) or ""
    if kind not in CONTENTS:
        parts = sorted(str(name)[:64] for name in message)[:50]
        return Content(text=_caption(message), metadata={"unsupported": parts})
    return CONTENTS[kind](message)


def message_type_of(message: Item) -> str:
    """The kind under the name that it has on every channel."""
    kind = kind_of(message) or ""
    return MESSAGE_TYPES.get(kind, kind) if kind in CONTENTS else "unsupported"


def _text(message: Item) -> Content:
    text = message.get("text")
    if not isinstance(text, str):
        raise BadItem("text without words")
    command, _, payload = text.partition(" ")
    if command == START and payload.strip():
        return Content(text=START, metadata={"referral": payload.strip()})
    return Content(text=with_links(text, objects_in(message, "entities")))


def _caption(message: Item) -> str:
    return with_links(text_in(message, "caption") or "", objects_in(message, "caption_entities"))


def _file(name: str, kind: str, **flags: bool) -> Callable[[Item], Content]:
    def read(message: Item) -> Content:
        media = _media(object_in(message, name), kind, _caption(message))
        return Content(text=_caption(message), media=(media,), metadata=flags)

    return read


def _media(part: Item, kind: str, caption: str = "") -> Media:
    size = part.get("file_size")
    file_id = text_in(part, "file_id")
    if file_id is None:
        raise BadItem(f"{kind} without file_id")
    return Media(
        kind=kind,
        id=file_id,
        mime_type=text_in(part, "mime_type") or ("image/jpeg" if kind == "image" else None),
        filename=text_in(part, "file_name"),
        size=size if type(size) is int and 0 <= size < LARGEST_FILE else None,
        caption=caption or None,
    )


def _largest(sizes: list[dict[str, Any]]) -> Item:
    """The largest of a photo's sizes; the platform puts it last, but does not promise to."""
    return max(sizes, key=_pixels, default={})


def _pixels(size: Item) -> int:
    width, height = size.get("width"), size.get("height")
    if type(width) is not int or type(height) is not int:
        return 0
    return width * height if max(width, height) < 2**20 else 0


def _photo(message: Item) -> Content:
    media = _media(_largest(objects_in(message, "photo")[::-1]), "image", _caption(message))
    return Content(text=_caption(message), media=(media,))


def _sticker(message: Item) -> Content:
    part = object_in(message, "sticker")
    emoji = {"emoji": text_in(part, "emoji")} if text_in(part, "emoji") else {}
    return Content(media=(_media(part, "sticker"),), metadata=emoji)


def _paid_media(message: Item) -> Content:
    media = []
    for item in objects_in(object_in(message, "paid_media"), "paid_media"):
        if item.get("type") == "photo":
            media.append(_media(_largest(objects_in(item, "photo")[::-1]), "image"))
        elif item.get("type") == "video":
            media.append(_media(object_in(item, "video"), "video"))
    return Content(text=_caption(message), media=tuple(media), metadata={"paid": True})


def _location(message: Item) -> Content:
    part = object_in(message, "location")
    place = f"{part.get('latitude')}, {part.get('longitude')}"
    return Content(text=place, metadata={"location": part})


def _venue(message: Item) -> Content:
    part = object_in(message, "venue")
    named = [text for text in (text_in(part, "title"), text_in(part, "address")) if text]
    return Content(text=", ".join(named), metadata={"location": part})


def _contact(message: Item) -> Content:
    part = object_in(message, "contact")
    name = " ".join(filter(None, (text_in(part, "first_name"), text_in(part, "last_name"))))
    text = ", ".join(filter(None, (name, text_in(part, "phone_number"))))
    return Content(text=text, metadata={"contacts": [part]})


def _poll(message: Item) -> Content:
    return _listed(message, "poll", "question", "options")


def _checklist(message: Item) -> Content:
    return _listed(message, "checklist", "title", "tasks")


def _listed(message: Item, name: str, head: str, lines: str) -> Content:
    part = object_in(message, name)
    texts = [text_in(part, head), *(text_in(line, "text") for line in objects_in(part, lines))]
    return Content(text="\n".join(filter(None, texts)), metadata={name: part})


def _dice(message: Item) -> Content:
    part = object_in(message, "dice")
    text = f"{text_in(part, 'emoji') or ''} {part.get('value')}".strip()[:40]
    return Content(text=text, metadata={"dice": part})


def _named(name: str, *fields: str) -> Callable[[Item], Content]:
    """A kind of which the first text that is there is shown, and the rest is kept."""

    def read(message: Item) -> Content:
        part = object_in(message, name)
        text = next(filter(None, (text_in(part, field) for field in fields)), "")
        return Content(text=text, metadata={name: part or list_in(message, name)})

    return read


def _sealed(name: str) -> Callable[[Item], Content]:
    """A kind whose insides nobody here may keep."""

    def read(_message: Item) -> Content:
        return Content(metadata={"sealed": name})

    return read


CONTENTS: Mapping[str, Callable[[Item], Content]] = {
    "text": _text,
    "photo": _photo,
    "live_photo": _file("live_photo", "video"),
    "animation": _file("animation", "video", animated=True),
    "document": _file("document", "document"),
    "audio": _file("audio", "audio"),
    "voice": _file("voice", "audio", voice=True),
    "video": _file("video", "video"),
    "video_note": _file("video_note", "video", video_note=True),
    "sticker": _sticker,
    "paid_media": _paid_media,
    "venue": _venue,
    "location": _location,
    "contact": _contact,
    "poll": _poll,
    "checklist": _checklist,
    "dice": _dice,
    "game": _named("game", "title"),
    "story": _named("story"),
    "gift": _named("gift", "text"),
    "unique_gift": _named("unique_gift", "text"),
    "giveaway": _named("giveaway", "prize_description"),
    "giveaway_winners": _named("giveaway_winners", "prize_description"),
    "invoice": _named("invoice", "title"),
    "successful_payment": _named("successful_payment", "invoice_payload"),
    "refunded_payment": _named("refunded_payment", "invoice_payload"),
    "users_shared": _named("users_shared"),
    "chat_shared": _named("chat_shared", "title"),
    "web_app_data": _named("web_app_data", "button_text"),
    "passport_data": _sealed("passport_data"),
}
MESSAGE_TYPES: Mapping[str, str] = {
    "photo": "image",
    "live_photo": "video",
    "animation": "video",
    "voice": "audio",
    "video_note": "video",
    "venue": "location",
    "contact": "contacts",
}
