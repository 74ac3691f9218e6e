"""What a message becomes on WhatsApp: one or several parts, each within the platform's limits."""

from __future__ import annotations

import mimetypes
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import unquote, urlsplit

from romashka.channels.base import OutboundFile, OutboundMessage
from romashka.channels.errors import Rejected
from romashka.channels.splitting import split_text
from romashka.channels.whatsapp_choices import LONGEST_BODY, interactive

LONGEST_TEXT = 4096
LONGEST_CAPTION = 1024
WITH_CAPTION = ("image", "video", "document")
MEGABYTE = 1024 * 1024
# Which types the platform takes as what, and how large; everything else goes as a document.
TYPES: Mapping[str, frozenset[str]] = {
    "image": frozenset(["image/jpeg", "image/png"]),
    "video": frozenset(["video/mp4", "video/3gpp"]),
    "audio": frozenset(["audio/aac", "audio/amr", "audio/mpeg", "audio/mp4", "audio/ogg"]),
    "sticker": frozenset(["image/webp"]),
}
LIMITS: Mapping[str, int] = {
    "image": 5 * MEGABYTE,
    "video": 16 * MEGABYTE,
    "audio": 16 * MEGABYTE,
    "sticker": MEGABYTE // 2,
    "document": 100 * MEGABYTE,
}
KINDS = (*LIMITS, "voice", "file")


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One message of the platform: its content, or a file that is still to be put up."""

    content: Mapping[str, Any] = field(default_factory=dict)
    file: OutboundFile | None = None
    caption: str = ""


def parts_of(message: OutboundMessage) -> list[Part]:
    """The parts in their order, the same at every try; raises Rejected for what cannot be sent."""
    if message.template:
        return [Part(content={"type": "template", "template": dict(message.template)})]
    if not message.window_open:
        raise Rejected("131047", "the customer's last message is older than 24 hours")
    parts = _with_choices(message) if message.choices else _without_choices(message)
    if not parts:
        raise Rejected("empty", "there is no text to send")
    return parts


def kind_of(file: OutboundFile) -> str:
    """As what a file is sent; raises Rejected for a kind that is none of ours."""
    if file.kind not in KINDS:
        raise Rejected("unknown_type", f"no file can be sent as {file.kind[:40]}")
    kind = {"voice": "audio", "file": "document"}.get(file.kind, file.kind)
    fits = kind == "document" or type_of(file) in TYPES[kind]
    return kind if fits and (file.size or 0) <= LIMITS[kind] else "document"


def type_of(file: OutboundFile) -> str:
    """A file's type without its parameters, guessed by its name where nobody said it."""
    given = file.mime_type or mimetypes.guess_type(name_of(file))[0] or "application/octet-stream"
    return given.partition(";")[0].strip().lower()


def name_of(file: OutboundFile) -> str:
    """A file's name: its own, or the last part of its address."""
    place = file.path or unquote(urlsplit(file.url).path)
    return file.filename or place.rpartition("/")[2] or "file"


def _without_choices(message: OutboundMessage) -> list[Part]:
    files = [Part(file=file) for file in message.files]
    takes_text = bool(files) and kind_of(message.files[0]) in WITH_CAPTION
    if takes_text and len(message.content) <= LONGEST_CAPTION:
        files[0] = Part(file=message.files[0], caption=message.content.strip())
        return files
    return [*_texts(message.content), *files]


def _with_choices(message: OutboundMessage) -> list[Part]:
    files = [Part(file=file) for file in message.files]
    fits = len(message.content) <= LONGEST_BODY
    body = message.content if fits else ""
    content = interactive(body, message.choices, message.language)
    asked = Part(content={"type": "interactive", "interactive": content})
    return [*files, *([] if fits else _texts(message.content)), asked]


def _texts(content: str) -> list[Part]:
    return [
        Part(content={"type": "text", "text": {"body": piece}})
        for piece in split_text(content, LONGEST_TEXT)
    ]
