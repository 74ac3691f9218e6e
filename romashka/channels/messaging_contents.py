"""What a Messenger or Instagram message contains: its words, its files, and what stands beside."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from romashka.channels.events import Media
from romashka.channels.fields import object_in, objects_in, text_in

Item = Mapping[str, Any]

THUMBS_UP = "\N{THUMBS UP SIGN}"
HEART = "\N{HEAVY BLACK HEART}"
# Messenger's thumb comes as a sticker in three sizes.
THUMBS = frozenset({"369239263222822", "369239343222814", "369239383222810"})
FILES = {"file": "document", "animated_image": "image"}
# Addresses on these hosts are pages for people; files lie on the platform's own delivery network.
PAGES = ("facebook.com", "instagram.com", "fb.watch", "fb.me", "messenger.com")
LONGEST_KIND = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class Content:
    """A message's kind, words (or the nearest thing without words of ours), files and metadata."""

    kind: str = "text"
    text: str = ""
    media: tuple[Media, ...] = ()
    metadata: Mapping[str, Any] = field(default_factory=dict)


def content_of(message: Item) -> Content:
    """The content of a message; one of which nothing can be shown counts as unsupported."""
    parts = [_attachment(part) for part in objects_in(message, "attachments")]
    own = text_in(message, "text")
    words = [own] if own else [part.text for part in parts if part.text]
    metadata = {**_beside(message), **_merged(parts)}
    media = tuple(media for part in parts for media in part.media)
    kind = _kind(message, parts, own)
    if message.get("is_unsupported") is True or not (words or media or parts):
        kind = "unsupported"
    return Content(kind=kind, text="\n".join(words), media=media, metadata=metadata)


def _kind(message: Item, parts: list[Content], own: str | None) -> str:
    if object_in(message, "quick_reply"):
        return "quick_reply"
    if object_in(object_in(message, "reply_to"), "story"):
        return "story_reply"
    shown = [part.kind for part in parts if part.kind != "fallback" or not own]
    return shown[0] if shown else "text"


def _beside(message: Item) -> dict[str, Any]:
    """What a message of any kind may carry: the story it answers, the button, the advertisement."""
    beside = {
        name: message[name] for name in ("quick_reply", "referral") if object_in(message, name)
    }
    if story := object_in(object_in(message, "reply_to"), "story"):
        beside["story"] = story
    return beside


def _merged(parts: list[Content]) -> dict[str, Any]:
    """The parts' own metadata; what comes several times becomes a list under `attachments`."""
    found = [part.metadata for part in parts if part.metadata]
    if len(found) == 1:
        return dict(found[0])
    return {"attachments": found} if found else {}


def _attachment(part: Item) -> Content:
    kind = (text_in(part, "type") or "unknown")[:LONGEST_KIND]
    return ATTACHMENTS.get(kind, _unknown)(kind, object_in(part, "payload"), part)


def _file(kind: str, payload: Item, part: Item) -> Content:
    if "sticker_id" in payload:
        return _sticker(payload, part)
    name = FILES.get(kind, kind)
    return _with_media(name, name, payload, part, {})


def _sticker(payload: Item, part: Item) -> Content:
    if str(payload.get("sticker_id")) in THUMBS:
        return Content(kind="sticker", text=THUMBS_UP)
    return _with_media("sticker", "sticker", payload, part, {})


def _heart(kind: str, _payload: Item, _part: Item) -> Content:
    return Content(kind=kind, text=HEART)


def _story(kind: str, payload: Item, part: Item) -> Content:
    return _with_media(kind, "image", payload, part, {"story": dict(payload)})


def _post(kind: str, payload: Item, part: Item) -> Content:
    return _shared(kind, "image", payload, part)


def _reel(kind: str, payload: Item, part: Item) -> Content:
    return _shared(kind, "video", payload, part)


def _shared(kind: str, media: str, payload: Item, part: Item) -> Content:
    """Somebody's post: as a file on Instagram, as the address of its page on Messenger."""
    if _is_page(text_in(payload, "url")):
        return _link(kind, payload, part)
    return _with_media(kind, media, payload, part, {"shared": {**payload, "type": kind}})


def _with_media(
    kind: str, media: str, payload: Item, part: Item, metadata: Mapping[str, Any]
) -> Content:
    """A file by its address; without one that can be fetched, what is known of it is kept."""
    url = text_in(payload, "url") or text_in(part, "url")
    if not is_web_address(url):
        return Content(kind=kind, metadata={"attachment": {**part}, **metadata})
    name = text_in(payload, "name") or text_in(part, "name")
    title = text_in(payload, "title") or text_in(part, "title")
    return Content(
        kind=kind,
        media=(Media(kind=media, url=url, filename=name, caption=title),),
        metadata=metadata,
    )


def is_web_address(url: str | None) -> bool:
    """Whether this can be fetched at all: platforms also name files of the customer's machine."""
    try:
        parts = urlsplit(url or "")
        return parts.scheme in ("http", "https") and bool(parts.hostname)
    except ValueError:
        return False


def _is_page(url: str | None) -> bool:
    if url is None or not is_web_address(url):
        return False
    host = urlsplit(url).hostname or ""
    return any(host == page or host.endswith(f".{page}") for page in PAGES)


def _link(kind: str, payload: Item, part: Item) -> Content:
    title = text_in(part, "title") or text_in(payload, "title")
    url = text_in(payload, "url") or text_in(part, "url")
    words = [text for text in (title, url) if text]
    return Content(kind=kind, text="\n".join(words), metadata={"attachment": {**part}})


def _location(kind: str, payload: Item, part: Item) -> Content:
    point = object_in(payload, "coordinates")
    place = f"{point.get('lat')}, {point.get('long')}" if point else ""
    title = text_in(part, "title") or text_in(payload, "title")
    location = {"latitude": point.get("lat"), "longitude": point.get("long"), "title": title}
    return Content(kind=kind, text=title or place, metadata={"location": location})


def _template(kind: str, payload: Item, part: Item) -> Content:
    elements = objects_in(payload, "elements") or objects_in(
        object_in(payload, "generic"), "elements"
    )
    titles = [text_in(one, "title") for one in elements]
    words = [text_in(payload, "text") or text_in(part, "title"), *titles]
    text = "\n".join(word for word in words if word)
    return Content(kind=kind, text=text, metadata={"attachment": {**part}})


def _unknown(kind: str, _payload: Item, part: Item) -> Content:
    return Content(kind=kind, metadata={"attachment": {**part}})


def _unsupported(_kind: str, _payload: Item, part: Item) -> Content:
    return Content(kind="unsupported", metadata={"attachment": {**part}})


ATTACHMENTS: Mapping[str, Callable[[str, Item, Item], Content]] = {
    "image": _file,
    "animated_image": _file,
    "video": _file,
    "audio": _file,
    "file": _file,
    "sticker": lambda _, payload, part: _sticker(payload, part),
    "like_heart": _heart,
    "story_mention": _story,
    "ig_story": _story,
    "share": _post,
    "ig_post": _post,
    "ig_reel": _reel,
    "reel": _reel,
    "post": _link,
    "fallback": _link,
    "location": _location,
    "template": _template,
    "unsupported_type": _unsupported,
    "ephemeral": _unsupported,
}
