"""What the Send API of Messenger and Instagram takes, checked as strictly as the platform does."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from local.standins.graph_errors import GraphError, graph_error

ATTACHMENTS = ("image", "audio", "video", "file", "template")
ACTIONS = ("typing_on", "typing_off", "mark_seen", "react", "unreact")
TYPES = ("RESPONSE", "UPDATE", "MESSAGE_TAG")
MOST_QUICK_REPLIES, LONGEST_TITLE, LONGEST_PAYLOAD, LONGEST_METADATA = 13, 20, 1000, 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """What one of the two platforms takes."""

    longest_text: int
    size: Callable[[str], int]
    takes_metadata: bool
    tags: tuple[str, ...]


RULES: Mapping[str, Rules] = {
    "messenger": Rules(
        longest_text=2000,
        size=len,
        takes_metadata=True,
        tags=("ACCOUNT_UPDATE", "CONFIRMED_EVENT_UPDATE", "HUMAN_AGENT", "POST_PURCHASE_UPDATE"),
    ),
    "instagram": Rules(
        longest_text=1000,
        size=lambda text: len(text.encode()),
        takes_metadata=False,
        tags=("HUMAN_AGENT",),
    ),
}


def check(payload: object, rules: Rules) -> Mapping[str, Any]:
    """Return the payload if it is a message or an action; raises GraphError if not."""
    if not isinstance(payload, dict):
        raise _bad("The request body must be a JSON object")
    _check_recipient(payload.get("recipient"))
    if ("message" in payload) == ("sender_action" in payload):
        raise _bad("Exactly one of the parameters message and sender_action is required")
    if "sender_action" in payload:
        _need(payload["sender_action"] in ACTIONS, f"sender_action is one of {', '.join(ACTIONS)}")
        return payload
    _check_type(payload, rules)
    message = payload["message"]
    _need(isinstance(message, dict), "Param message must be an object")
    _check_message(message, rules)
    reply = payload.get("reply_to", {"mid": "m"})
    _need(isinstance(reply, dict) and _is_text(reply.get("mid")), "reply_to needs a mid")
    return payload


def recipient_of(payload: Mapping[str, Any]) -> str:
    """Whom a checked call is for."""
    recipient = payload["recipient"]
    return str(recipient.get("id") or recipient["user_ref"])


def kind_of(payload: Mapping[str, Any]) -> str:
    """What a checked call is: an action by its name, text, or the type of its file."""
    if "sender_action" in payload:
        return str(payload["sender_action"])
    message = payload["message"]
    return "text" if "text" in message else str(message["attachment"]["type"])


def _check_recipient(recipient: Any) -> None:
    # Any: whatever stands there.
    _need(isinstance(recipient, dict), "Param recipient must be an object")
    named = [name for name in ("id", "user_ref") if _is_text(recipient.get(name))]
    _need(len(named) == 1, "recipient must hold exactly one of id and user_ref")


def _check_type(payload: Mapping[str, Any], rules: Rules) -> None:
    kind, tag = payload.get("messaging_type"), payload.get("tag")
    _need(kind in TYPES, f"messaging_type is one of {', '.join(TYPES)}")
    _need((kind == "MESSAGE_TAG") == (tag is not None), "a tag belongs to MESSAGE_TAG alone")
    _need(tag is None or tag in rules.tags, f"tag is one of {', '.join(rules.tags)}")


def _check_message(message: Mapping[str, Any], rules: Rules) -> None:
    _need(("text" in message) != ("attachment" in message), "text or attachment must be set")
    if "text" in message:
        text = message["text"]
        _need(_is_text(text) and bool(text.strip()), "message text cannot be empty")
        _need(rules.size(text) <= rules.longest_text, f"text is longer than {rules.longest_text}")
    else:
        _check_attachment(message["attachment"])
    if "metadata" in message:
        _need(rules.takes_metadata, "unexpected key metadata on param message")
        metadata = message["metadata"]
        _need(_is_text(metadata) and len(metadata) <= LONGEST_METADATA, "metadata is too long")
    if "quick_replies" in message:
        _need("text" in message, "quick replies need a text")
        _check_quick_replies(message["quick_replies"])


def _check_attachment(attachment: Any) -> None:
    _need(isinstance(attachment, dict), "Param attachment must be an object")
    _need(attachment.get("type") in ATTACHMENTS, f"type is one of {', '.join(ATTACHMENTS)}")
    payload = attachment.get("payload")
    url = payload.get("url") if isinstance(payload, dict) else None
    _need(str(url).startswith(("http:", "https:")), "the attachment's url is not of the web")


def _check_quick_replies(replies: Any) -> None:
    right = isinstance(replies, list) and 0 < len(replies) <= MOST_QUICK_REPLIES
    _need(right, f"there may be 1 to {MOST_QUICK_REPLIES} quick replies")
    for reply in replies:
        _need(isinstance(reply, dict) and reply.get("content_type") == "text", "content_type: text")
        title, payload = reply.get("title"), reply.get("payload")
        _need(_is_text(title) and len(title) <= LONGEST_TITLE, f"title: {LONGEST_TITLE} at most")
        _need(_is_text(payload) and len(payload) <= LONGEST_PAYLOAD, "payload is missing")


def _is_text(value: object) -> bool:
    return isinstance(value, str) and bool(value)


def _need(is_right: bool, otherwise: str) -> None:
    if not is_right:
        raise _bad(otherwise)


def _bad(title: str) -> GraphError:
    error = graph_error(100)
    error.title = title
    return error
