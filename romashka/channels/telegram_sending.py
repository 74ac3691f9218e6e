"""Our messages as calls of the Bot API: which methods, in which order, with what.

Texts go out as they are, without parse_mode: no character of theirs can be misunderstood. Limits
are those of https://core.telegram.org/bots/api.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import PurePosixPath
from typing import Any
from urllib.parse import unquote, urlsplit

from romashka.channels.base import Choice, Fetched, OutboundFile, OutboundMessage
from romashka.channels.errors import Rejected
from romashka.channels.splitting import split_text, utf16_units
from romashka.channels.telegram_api import Files

LONGEST_TEXT = 4096
LONGEST_CAPTION = 1024
LARGEST_ALBUM = 10
LARGEST_UPLOAD = 50 * 1024 * 1024
LARGEST_PHOTO = 10 * 1024 * 1024
LONGEST_CALLBACK = 64
CHAT = re.compile(r"-?[0-9]{1,19}", re.ASCII)
MESSAGE = re.compile(r"(?:.+:)?-?[0-9]{1,19}:([0-9]{1,10})", re.ASCII)

# What each type of file goes out as; every other one, and what an agent calls a document, as a
# document.
PHOTO = "photo"
AS_BY_TYPE: Mapping[str, str] = {
    "image/jpeg": PHOTO,
    "image/png": PHOTO,
    "image/webp": PHOTO,
    "image/gif": "animation",
    "audio/ogg": "voice",
    "audio/mpeg": "audio",
    "audio/mp4": "audio",
    "audio/x-m4a": "audio",
    "video/mp4": "video",
}
AS_BY_KIND: Mapping[str, str] = {"image": PHOTO, "audio": "audio", "voice": "voice"} | {
    "video": "video"
}
IN_ALBUMS = (PHOTO, "video")
# The pictures that Telegram takes as files only: too long, too narrow, or none that it can read.
NO_PHOTO = ("PHOTO_INVALID_DIMENSIONS", "IMAGE_PROCESS_FAILED", "PHOTO_SAVE_FILE_INVALID")


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One call: a text, a file, or an album of files; `fields` are what the call has beside."""

    fields: Mapping[str, Any]
    text: str = ""
    files: tuple[OutboundFile, ...] = ()
    forms: tuple[str, ...] = field(default=())

    @property
    def messages(self) -> int:
        """How many messages it becomes in the chat."""
        return max(1, len(self.files))

    @property
    def method(self) -> str:
        """The method of the Bot API."""
        if not self.files:
            return "sendMessage"
        if len(self.files) > 1:
            return "sendMediaGroup"
        return f"send{self.forms[0].title()}"


def parts_of(message: OutboundMessage) -> tuple[Part, ...]:
    """The calls that bring a message out; raises Rejected for what Telegram never takes."""
    parts = [*_files(message), *_texts(message)]
    if not parts:
        raise Rejected("empty", "there is nothing to send")
    first, last = parts[0], parts[-1]
    parts[0] = replace(first, fields={**first.fields, **_quoting(message.reply_to)})
    if message.choices:
        last = parts[-1]
        keyboard = {"inline_keyboard": [[_button(choice)] for choice in message.choices]}
        parts[-1] = replace(last, fields={**last.fields, "reply_markup": keyboard})
    around = _address(message)
    return tuple(replace(part, fields={**around, **part.fields}) for part in parts)


def chat_of(identities: Mapping[str, str]) -> str:
    """The chat of a customer; raises Rejected where they have none."""
    chat = identities.get("external", "")
    if not CHAT.fullmatch(chat):
        raise Rejected("no_address", "the customer has no chat id")
    return chat


def call_of(part: Part, loaded: Sequence[Fetched]) -> tuple[str, Mapping[str, Any], Files | None]:
    """The method, fields and files of a part whose files are here now."""
    if not part.files:
        options = {"link_preview_options": {"is_disabled": True}}
        return part.method, {**part.fields, "text": part.text, **options}, None
    files = {
        f"file{place}": (_name_of(file), found.content, _type_of(file, found))
        for place, (file, found) in enumerate(zip(part.files, loaded, strict=True))
    }
    if len(part.files) > 1:
        return part.method, _as_form({**part.fields, "media": _album(part)}), files
    part = _fitting(part, loaded[0])
    caption = {"caption": part.text} if part.text else {}
    return (
        part.method,
        _as_form({**part.fields, **caption, part.forms[0]: "attach://file0"}),
        files,
    )


def as_document(part: Part) -> Part:
    """The same file sent as a document, which may be of any kind."""
    return replace(part, forms=("document",))


def callback_data(choice_id: str) -> str:
    """What a button brings back: the choice's id, or a digest of one that is too long for it.

    The same id always has the same digest, so that any process can tell which one was tapped.
    """
    if len(choice_id.encode()) <= LONGEST_CALLBACK:
        return choice_id
    return "sha256:" + hashlib.sha256(choice_id.encode()).hexdigest()[:40]


def _files(message: OutboundMessage) -> Iterator[Part]:
    """The files, photos and videos that follow each other as albums; a caption on the first.

    An album can have no buttons, so with choices every file goes alone.
    """
    text = "" if _is_apart(message) else message.content.strip()
    album: list[tuple[OutboundFile, str]] = []
    for file in message.files:
        form = _form_of(file)
        joins = album and form in IN_ALBUMS and album[-1][1] in IN_ALBUMS and not message.choices
        if album and not (joins and len(album) < LARGEST_ALBUM and _is_small(file)):
            yield _part(album, text)
            album, text = [], ""
        album.append((file, form))
    if album:
        yield _part(album, text)


def _part(album: list[tuple[OutboundFile, str]], text: str) -> Part:
    files, forms = zip(*album, strict=True)
    return Part(fields={}, text=text, files=files, forms=forms)


def _texts(message: OutboundMessage) -> Iterator[Part]:
    if _is_apart(message):
        for piece in split_text(message.content, LONGEST_TEXT, utf16_units):
            yield Part(fields={}, text=piece)


def _is_apart(message: OutboundMessage) -> bool:
    """Whether the text goes by itself, after the files."""
    return not message.files or utf16_units(message.content.strip()) > LONGEST_CAPTION


def _form_of(file: OutboundFile) -> str:
    """As what a file goes out; raises Rejected for one that is too large."""
    if (file.size or 0) > LARGEST_UPLOAD:
        raise Rejected("too_large", f"{file.size} bytes, {LARGEST_UPLOAD} are allowed")
    mime_type = (file.mime_type or "").partition(";")[0].strip().lower()
    form = "document"
    if file.kind != "document":
        known = AS_BY_TYPE.get(mime_type, "document")
        form = known if mime_type else AS_BY_KIND.get(file.kind, "document")
    too_large = form == PHOTO and (file.size or 0) > LARGEST_PHOTO
    return "document" if too_large else form


def _is_small(file: OutboundFile) -> bool:
    """Whether it can be in an album for certain: of unknown size it goes alone."""
    return file.size is not None


def _fitting(part: Part, loaded: Fetched) -> Part:
    too_large = part.forms == (PHOTO,) and len(loaded.content) > LARGEST_PHOTO
    return as_document(part) if too_large else part


def _album(part: Part) -> list[dict[str, str]]:
    media = [
        {"type": form, "media": f"attach://file{place}"} for place, form in enumerate(part.forms)
    ]
    if part.text:
        media[0]["caption"] = part.text
    return media


def _address(message: OutboundMessage) -> dict[str, str]:
    chat = {"chat_id": chat_of(message.identities)}
    return chat | ({"business_connection_id": message.via} if message.via else {})


def _quoting(reply_to: str | None) -> dict[str, Any]:
    """Which message is answered; one that is gone by now is no reason not to answer."""
    found = MESSAGE.fullmatch(reply_to or "")
    if found is None:
        return {}
    number = int(found[1])
    return {"reply_parameters": {"message_id": number, "allow_sending_without_reply": True}}


def _button(choice: Choice) -> dict[str, str]:
    return {"text": choice.title, "callback_data": callback_data(choice.id)}


def _as_form(fields: Mapping[str, Any]) -> dict[str, str]:
    return {
        name: value if isinstance(value, str) else json.dumps(value)
        for name, value in fields.items()
    }


def _name_of(file: OutboundFile) -> str:
    return file.filename or unquote(PurePosixPath(urlsplit(file.url).path).name) or "file"


def _type_of(file: OutboundFile, loaded: Fetched) -> str:
    return file.mime_type or loaded.mime_type or "application/octet-stream"
