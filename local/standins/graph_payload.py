"""What the Graph API takes for a message, checked as strictly as the platform does."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from local.standins.graph_errors import graph_error

MAX_TEXT = 4096
MAX_CAPTION = 1024
MAX_TRACKER = 512
MEDIA = ("image", "audio", "video", "document", "sticker")


def check(payload: object) -> Mapping[str, Any]:
    """Return the payload if it is a message or a read mark; raises GraphError if not."""
    if not isinstance(payload, dict):
        raise graph_error(100, "The request body must be a JSON object")
    if payload.get("messaging_product") != "whatsapp":
        raise graph_error(100, "Param messaging_product must be one of {WHATSAPP}")
    if "status" in payload:
        _need_text(payload, "message_id")
        return payload
    _check_recipient(payload)
    _check_extras(payload)
    kind = payload.get("type", "text")
    if kind not in _CHECKS:
        raise graph_error(131051, f"Message type {kind!r} is currently not supported")
    if not isinstance(payload.get(kind), dict):
        raise graph_error(131008, f"Required parameter {kind} is missing")
    _CHECKS[kind](payload[kind])
    return payload


def is_read_mark(payload: Mapping[str, Any]) -> bool:
    """Whether this marks a customer's message as read instead of sending one."""
    return "status" in payload


def recipient_of(payload: Mapping[str, Any]) -> str:
    """Whom a checked message goes to: digits, or a business-scoped user id."""
    return str(payload.get("recipient") or payload["to"]).lstrip("+")


def text_of(payload: Mapping[str, Any]) -> str | None:
    """The words of a checked message: its body or its caption."""
    content = payload.get(payload.get("type", "text"), {})
    text = content.get("body") or content.get("caption")
    return text if isinstance(text, str) else None


def _check_recipient(payload: Mapping[str, Any]) -> None:
    if payload.get("recipient_type", "individual") != "individual":
        raise graph_error(100, "Param recipient_type must be one of {individual}")
    to, user_id = payload.get("to"), payload.get("recipient")
    if (to is None) == (user_id is None):
        raise graph_error(100, "Exactly one of the parameters to and recipient is required")
    if to is not None and not (isinstance(to, str) and to.lstrip("+").isdecimal()):
        raise graph_error(131009, "Recipient phone number is not valid")
    if user_id is not None and not (isinstance(user_id, str) and "." in user_id):
        raise graph_error(131009, "Recipient user id is not valid")


def _check_extras(payload: Mapping[str, Any]) -> None:
    tracker = payload.get("biz_opaque_callback_data", "")
    if not isinstance(tracker, str) or len(tracker) > MAX_TRACKER:
        raise graph_error(100, f"biz_opaque_callback_data is a text of up to {MAX_TRACKER}")
    context = payload.get("context", {"message_id": "wamid"})
    if not isinstance(context, dict):
        raise graph_error(100, "Param context must be an object")
    _need_text(context, "message_id")


def _check_text(content: Mapping[str, Any]) -> None:
    _need_text(content, "body", limit=MAX_TEXT)


def _check_media(content: Mapping[str, Any]) -> None:
    if not content.get("id") and not str(content.get("link", "")).startswith(("http:", "https:")):
        raise graph_error(131009, "One of the parameters id and link is required")
    if content.get("caption"):
        _need_text(content, "caption", limit=MAX_CAPTION)


def _check_template(content: Mapping[str, Any]) -> None:
    _need_text(content, "name")
    language = content.get("language")
    _need_text(language if isinstance(language, dict) else {}, "code")


def _check_reaction(content: Mapping[str, Any]) -> None:
    _need_text(content, "message_id")


def _check_interactive(content: Mapping[str, Any]) -> None:
    body = content.get("body")
    _need_text(body if isinstance(body, dict) else {}, "text", limit=MAX_CAPTION)
    if not isinstance(content.get("action"), dict):
        raise graph_error(131008, "Required parameter action is missing")


def _need_text(content: Mapping[str, Any], name: str, limit: int | None = None) -> None:
    value = content.get(name)
    if not isinstance(value, str) or not value:
        raise graph_error(131008, f"Required parameter {name} is missing")
    if limit is not None and len(value) > limit:
        raise graph_error(100, f"Param {name} must be at most {limit} characters long")


_CHECKS: Mapping[str, Callable[[Mapping[str, Any]], None]] = {
    "text": _check_text,
    **dict.fromkeys(MEDIA, _check_media),
    "template": _check_template,
    "reaction": _check_reaction,
    "interactive": _check_interactive,
}
