"""The items of a Messenger or Instagram webhook, each as events: messages, changes, receipts."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from typing import Any

from romashka.channels.events import (
    AccountEvent,
    InboundEvent,
    InboundMessage,
    MessageEdit,
    MessageRevoke,
    Reaction,
)
from romashka.channels.fields import (
    LONGEST_ID,
    BadItem,
    id_in,
    object_in,
    text_in,
)
from romashka.channels.messaging_contents import content_of
from romashka.channels.messaging_people import (
    UUID,
    Item,
    Place,
    account_of,
    customer_of,
    is_echo,
    moment_of,
)
from romashka.channels.messaging_receipts import delivery, read


def events_of_item(item: Item, place: Place) -> list[InboundEvent]:
    """What one item says; raises BadItem when it cannot be read."""
    account = account_of(item, place)
    for name, reader in READERS.items():
        if object_in(item, name):
            return reader(item, account, place)
    news = [AccountEvent(account=account, name=one, data=item) for one in NEWS if one in item]
    if not news:
        raise BadItem(f"unknown item with {', '.join(sorted(item))[:100]}")
    return [news[0]]


def _message(item: Item, account: str, place: Place) -> list[InboundEvent]:
    message = object_in(item, "message")
    if message.get("is_deleted") is True:
        target = id_in(message, "mid")
        return [
            MessageRevoke(account=account, target_id=target, occurred_at=moment_of(item, place))
        ]
    content, echo = content_of(message), is_echo(item)
    beside = _of_app(message, place) if echo else _of_turn(place)
    tracker = text_in(message, "metadata")
    return [
        InboundMessage(
            account=account,
            external_id=id_in(message, "mid"),
            identities=customer_of(item, account),
            content=content.text,
            message_type=content.kind,
            media=content.media,
            occurred_at=moment_of(item, place),
            reply_to=text_in(object_in(message, "reply_to"), "mid"),
            sender="agent" if echo else "customer",
            calls_for_answer=not echo and not place.is_standby,
            metadata={**content.metadata, **beside},
            tracker=tracker if echo and tracker and UUID.fullmatch(tracker) else None,
        )
    ]


def _of_app(message: Item, place: Place) -> dict[str, Any]:
    """Which app sent what is echoed: what our own sent is no person's word."""
    app = str(message["app_id"])[:40] if "app_id" in message else None
    own = {"own_app": True} if app in place.own_apps else {}
    return {"app_id": app, **own} if app else {}


def _of_turn(place: Place) -> dict[str, Any]:
    """That another app holds the conversation: it answers, and our AI stays silent."""
    return {"standby": True} if place.is_standby else {}


def _edit(item: Item, account: str, place: Place) -> list[InboundEvent]:
    edit = object_in(item, "message_edit")
    text = text_in(edit, "text")
    if text is None:
        raise BadItem("edit without text")
    return [
        MessageEdit(
            account=account,
            target_id=id_in(edit, "mid"),
            content=text,
            occurred_at=moment_of(item, place),
            identities=customer_of(item, account),
        )
    ]


def _reaction(item: Item, account: str, place: Place) -> list[InboundEvent]:
    part = object_in(item, "reaction")
    target, moment = id_in(part, "mid"), moment_of(item, place)
    emoji = text_in(part, "emoji") or REACTIONS.get(text_in(part, "reaction") or "")
    return [
        Reaction(
            account=account,
            external_id=made_id("reaction", part, item, place),
            target_id=target,
            emoji=None if part.get("action") == "unreact" else emoji or UNKNOWN_REACTION,
            identities=customer_of(item, account),
            occurred_at=moment,
        )
    ]


def _postback(item: Item, account: str, place: Place) -> list[InboundEvent]:
    part = object_in(item, "postback")
    title = text_in(part, "title") or text_in(part, "payload")
    if title is None:
        raise BadItem("postback without title")
    return [_tapped("postback", title, item, account, place)]


def _optin(item: Item, account: str, place: Place) -> list[InboundEvent]:
    """A customer agreed to hear from us; they said nothing that could be answered."""
    title = text_in(object_in(item, "optin"), "title") or ""
    return [_tapped("optin", title, item, account, place, speaks=False)]


def _referral(item: Item, account: str, place: Place) -> list[InboundEvent]:
    """A known customer came by a link or an advertisement: a note, no word and no stranger."""
    return [_tapped("referral", "", item, account, place, speaks=False)]


def _tapped(
    kind: str, title: str, item: Item, account: str, place: Place, *, speaks: bool = True
) -> InboundMessage:
    part = object_in(item, kind)
    mid = text_in(part, "mid")
    return InboundMessage(
        account=account,
        external_id=mid if mid and len(mid) <= LONGEST_ID else made_id(kind, part, item, place),
        identities=customer_of(item, account),
        content=title,
        message_type=kind,
        occurred_at=moment_of(item, place),
        calls_for_answer=speaks and not place.is_standby,
        may_open=speaks,
        metadata={kind: part, **_referral_in(part), **_of_turn(place)},
    )


def _referral_in(part: Item) -> dict[str, Any]:
    return {"referral": part["referral"]} if object_in(part, "referral") else {}


def made_id(kind: str, part: Item, item: Item, place: Place) -> str:
    """An id for what the platform gives none; the same item has it again when it comes again."""
    people = [text_in(object_in(item, side), "id") for side in ("sender", "recipient")]
    said = [text_in(part, name) for name in ("mid", "action", "emoji", "payload", "ref", "title")]
    text = "\n".join(str(one) for one in (*people, moment_of(item, place), *said))
    return f"{kind}:{hashlib.sha256(text.encode('utf-8', 'replace')).hexdigest()[:32]}"


# Instagram's older webhooks name the reaction without its emoji.
UNKNOWN_REACTION = "\N{HEAVY BLACK HEART}"
REACTIONS: Mapping[str, str] = {
    "love": "\N{HEAVY BLACK HEART}",
    "smile": "\N{SMILING FACE WITH OPEN MOUTH AND SMILING EYES}",
    "angry": "\N{ANGRY FACE}",
    "sad": "\N{CRYING FACE}",
    "wow": "\N{FACE WITH OPEN MOUTH}",
    "like": "\N{THUMBS UP SIGN}",
    "dislike": "\N{THUMBS DOWN SIGN}",
}
READERS: Mapping[str, Callable[[Item, str, Place], list[InboundEvent]]] = {
    "message": _message,
    "message_edit": _edit,
    "reaction": _reaction,
    "postback": _postback,
    "optin": _optin,
    "referral": _referral,
    "read": read,
    "delivery": delivery,
}
# News about who holds the conversation, accounts and payments: kept, never answered.
NEWS = (
    "account_linking",
    "app_roles",
    "checkout_update",
    "game_play",
    "message_context",
    "messaging_feedback",
    "pass_thread_control",
    "payment",
    "policy_enforcement",
    "policy-enforcement",
    "pre_checkout",
    "request_thread_control",
    "response_feedback",
    "take_thread_control",
)
