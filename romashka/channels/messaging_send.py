"""What is posted for one outgoing message on Messenger or Instagram: its parts, in their order."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from romashka.channels.base import Choice, OutboundFile, OutboundMessage
from romashka.channels.errors import Rejected
from romashka.channels.messaging_errors import OUTSIDE_WINDOW, WINDOW
from romashka.channels.messaging_people import USER_REF
from romashka.channels.splitting import split_text

MOST_CHOICES = 13
LONGEST_TITLE = 20
ATTACHMENTS: Mapping[str, str] = {
    "image": "image",
    "sticker": "image",
    "video": "video",
    "audio": "audio",
    "document": "file",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """How long one text may be, by which measure, and whether our delivery's id may go along."""

    longest_text: int
    size: Callable[[str], int]
    takes_metadata: bool


def payloads_of(
    message: OutboundMessage, limits: Limits, *, human_agent: bool
) -> list[dict[str, Any]]:
    """The bodies of the calls that send it, text and files apart; raises Rejected.

    `human_agent`: whether Meta allows this account's people to write for seven days instead of one.
    """
    common = {
        "recipient": recipient_of(message.identities),
        **_messaging_type(message, human_agent),
    }
    beside = {"metadata": message.delivery_id} if limits.takes_metadata else {}
    bodies = [{**common, "message": {**part, **beside}} for part in _parts(message, limits)]
    if not bodies:
        raise Rejected("empty", "there is neither text nor a file to send")
    if message.reply_to:
        bodies[0]["reply_to"] = {"mid": message.reply_to}
    return bodies


def recipient_of(identities: Mapping[str, str]) -> dict[str, str]:
    """Whom a call is for; raises Rejected."""
    name = identities.get("external")
    if not name:
        raise Rejected("no_address", "the customer has no id on this platform")
    if name.startswith(USER_REF):
        return {"user_ref": name.removeprefix(USER_REF)}
    return {"id": name}


def _messaging_type(message: OutboundMessage, human_agent: bool) -> dict[str, str]:
    """An answer within the day; after it only people may write, and only with Meta's permission.

    The tag is for people: neither the AI nor the system ever takes it. Whether
    the seven days are over the platform knows; its refusal is the same `window`.
    """
    if message.window_open:
        return {"messaging_type": "RESPONSE"}
    if message.sender_type == "agent" and human_agent:
        return {"messaging_type": "MESSAGE_TAG", "tag": "HUMAN_AGENT"}
    raise Rejected(WINDOW, OUTSIDE_WINDOW)


def _parts(message: OutboundMessage, limits: Limits) -> list[dict[str, Any]]:
    """Text first; with choices it comes last, as they vanish when anything follows them."""
    files = [_file(one) for one in message.files]
    texts: list[dict[str, Any]] = [
        {"text": text} for text in split_text(message.content, limits.longest_text, limits.size)
    ]
    if not (message.choices and texts):
        return [*texts, *files]
    texts[-1]["quick_replies"] = [_quick_reply(one) for one in message.choices[:MOST_CHOICES]]
    return [*files, *texts]


def _file(file: OutboundFile) -> dict[str, Any]:
    kind = ATTACHMENTS.get(file.kind)
    if kind is None:
        raise Rejected("unknown_type", f"no file can be sent as {file.kind}")
    return {"attachment": {"type": kind, "payload": {"url": file.url, "is_reusable": False}}}


def _quick_reply(choice: Choice) -> dict[str, str]:
    """What comes back is the title, so that it is cut at its end and not replaced."""
    title = choice.title
    if len(title) > LONGEST_TITLE:
        title = split_text(title, LONGEST_TITLE - 1)[0] + "\N{HORIZONTAL ELLIPSIS}"
    return {"content_type": "text", "title": title, "payload": choice.id}
