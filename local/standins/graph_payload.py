"""What the Graph API takes for a message, checked as strictly as the platform does."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from local.standins.graph_errors import graph_error
from local.standins.graph_fields import need_text
from local.standins.graph_interactive import check_interactive
from local.standins.graph_templates import check_template

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
        _check_mark(payload)
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
    if isinstance(text, dict):  # an interactive message's
        text = text.get("text")
    return text if isinstance(text, str) else None


def _check_mark(payload: Mapping[str, Any]) -> None:
    need_text(payload, "message_id")
    if payload["status"] != "read":
        raise graph_error(100, "Param status must be one of {read}")
    if payload.get("typing_indicator", {"type": "text"}) != {"type": "text"}:
        raise graph_error(100, "Param typing_indicator must be of type text")


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
    need_text(context, "message_id")


def _check_text(content: Mapping[str, Any]) -> None:
    need_text(content, "body", limit=MAX_TEXT)


def _check_media(content: Mapping[str, Any]) -> None:
    if not content.get("id") and not str(content.get("link", "")).startswith(("http:", "https:")):
        raise graph_error(131009, "One of the parameters id and link is required")
    if content.get("caption"):
        need_text(content, "caption", limit=MAX_CAPTION)


def _check_reaction(content: Mapping[str, Any]) -> None:
    need_text(content, "message_id")


_CHECKS: Mapping[str, Callable[[Mapping[str, Any]], None]] = {
    "text": _check_text,
    **dict.fromkeys(MEDIA, _check_media),
    "template": check_template,
    "reaction": _check_reaction,
    "interactive": check_interactive,
}
