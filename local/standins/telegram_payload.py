"""What the Bot API takes, read from any of its encodings and checked as strictly."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from starlette.requests import Request

from local.standins.telegram_errors import BotError, bad_request

MAX_TEXT = 4096
MAX_CAPTION = 1024
MAX_CALLBACK = 64
MAX_PHOTO = 10 * 1024 * 1024
MAX_UPLOAD = 50 * 1024 * 1024
MAX_ALBUM = 10
PORTS = (None, 443, 80, 88, 8443)
NESTED = ("reply_parameters", "reply_markup", "media", "link_preview_options", "allowed_updates")
# The methods that send one file, by the field that the file comes in.
FILES: Mapping[str, str] = {
    "sendPhoto": "photo",
    "sendDocument": "document",
    "sendVideo": "video",
    "sendAudio": "audio",
    "sendVoice": "voice",
    "sendAnimation": "animation",
    "sendSticker": "sticker",
    "sendVideoNote": "video_note",
}
ACTIONS = ("typing", "upload_photo", "upload_document", "upload_video", "record_voice")
SECRET = re.compile(r"[A-Za-z0-9_-]{1,256}", re.ASCII)


@dataclass(frozen=True, slots=True, kw_only=True)
class Upload:
    """A file as it was handed over."""

    content: bytes = field(repr=False)
    filename: str
    mime_type: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """A call's fields, with nested ones read, and its files by the name of their part."""

    fields: Mapping[str, Any]
    uploads: Mapping[str, Upload] = field(default_factory=dict)

    def text(self, name: str) -> str:
        """A field as text, empty where it is missing."""
        value = self.fields.get(name, "")
        return value if isinstance(value, str) else json.dumps(value)

    def upload(self, name: str) -> Upload:
        """The file that a field points at; raises BotError without one."""
        pointed = self.text(name).removeprefix("attach://")
        found = self.uploads.get(pointed) or self.uploads.get(name)
        if found is None:
            raise bad_request(f"there is no {name.replace('_', ' ')} in the request")
        limit = MAX_PHOTO if name == "photo" else MAX_UPLOAD
        if len(found.content) > limit:
            raise BotError(code=413, description="Request Entity Too Large")
        return found


async def read_call(request: Request) -> Call:
    """The call in a request: JSON, a form, or the address alone."""
    kind = request.headers.get("content-type", "").partition(";")[0]
    if kind == "application/json":
        return Call(fields=_object(await request.body()))
    if kind in ("multipart/form-data", "application/x-www-form-urlencoded"):
        return await _form(request)
    return Call(fields=dict(request.query_params))


def check_message(method: str, call: Call) -> None:
    """Raise BotError unless a call sends something that the platform takes."""
    if not re.fullmatch(r"-?[0-9]{1,19}", call.text("chat_id")):
        raise bad_request("chat_id is empty" if not call.text("chat_id") else "chat not found")
    if call.text("parse_mode") not in ("", "HTML", "Markdown", "MarkdownV2"):
        raise bad_request("unsupported parse_mode")
    _check_quoting(call)
    _check_keyboard(method, call)
    if method == "sendMessage":
        _check_text(call.text("text"), MAX_TEXT, "message")
    elif method == "sendMediaGroup":
        _check_album(call)
    else:
        call.upload(FILES[method])
        _check_length(call.text("caption"), MAX_CAPTION, "message caption")


def check_webhook(call: Call) -> None:
    """Raise BotError unless the address may be registered; this machine's own needs no TLS."""
    address = urlsplit(call.text("url"))
    is_here = address.hostname in ("127.0.0.1", "localhost", "::1")
    if address.scheme != "https" and not is_here:
        raise bad_request("bad webhook: An HTTPS URL must be provided for webhook")
    if not is_here and address.port not in PORTS:
        ports = "80, 88, 443 or 8443"
        raise bad_request(f"bad webhook: Webhook can be set up only on ports {ports}")
    if call.text("secret_token") and not SECRET.fullmatch(call.text("secret_token")):
        raise bad_request("secret token contains unallowed characters")


def units(text: str) -> int:
    """The length of a text as the platform counts it."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def _check_text(text: str, limit: int, what: str) -> None:
    if not text.strip():
        raise bad_request(f"{what} text is empty")
    _check_length(text, limit, what)


def _check_length(text: str, limit: int, what: str) -> None:
    if units(text) > limit:
        raise bad_request(f"{what} is too long")


def _check_quoting(call: Call) -> None:
    quoting = call.fields.get("reply_parameters")
    if quoting is not None and not (
        isinstance(quoting, dict) and isinstance(quoting.get("message_id"), int)
    ):
        raise bad_request("can't parse reply parameters JSON object")


def _check_keyboard(method: str, call: Call) -> None:
    markup = call.fields.get("reply_markup")
    if markup is None:
        return
    rows = markup.get("inline_keyboard") if isinstance(markup, dict) else None
    if method == "sendMediaGroup" or not isinstance(rows, list):
        raise bad_request("can't parse reply keyboard markup JSON object")
    for button in (button for row in rows for button in row):
        if not str(button.get("text", "")).strip():
            raise bad_request("inline keyboard button text is empty")
        if not 1 <= len(str(button.get("callback_data", "")).encode()) <= MAX_CALLBACK:
            raise bad_request("BUTTON_DATA_INVALID")


def _check_album(call: Call) -> None:
    media = call.fields.get("media")
    items = media if isinstance(media, list) else []
    if not 2 <= len(items) <= MAX_ALBUM:
        raise bad_request("media group must include 2-10 items")
    kinds = {item.get("type") for item in items}
    if not (kinds <= {"photo", "video"} or kinds in ({"document"}, {"audio"})):
        raise bad_request("media group can't mix these types")
    for item in items:
        Call(fields=item, uploads=call.uploads).upload("media")
        _check_length(str(item.get("caption", "")), MAX_CAPTION, "message caption")


async def _form(request: Request) -> Call:
    fields: dict[str, Any] = {}
    uploads: dict[str, Upload] = {}
    async with request.form(max_part_size=MAX_UPLOAD + 1024) as form:
        for name, value in form.multi_items():
            if isinstance(value, str):
                fields[name] = _nested(name, value)
            else:
                uploads[name] = Upload(
                    content=await value.read(),
                    filename=value.filename or "file",
                    mime_type=value.content_type or "application/octet-stream",
                )
    return Call(fields=fields, uploads=uploads)


def _nested(name: str, value: str) -> Any:
    if name not in NESTED:
        return value
    try:
        return json.loads(value)
    except ValueError as error:
        raise bad_request(f"can't parse {name} JSON object") from error


def _object(body: bytes) -> Mapping[str, Any]:
    try:
        found = json.loads(body or b"{}")
    except ValueError as error:
        raise bad_request("can't parse JSON object") from error
    if not isinstance(found, dict):
        raise bad_request("object expected")
    return found
