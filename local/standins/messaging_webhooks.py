"""The bytes of Messenger's and Instagram's webhooks: customers' messages, echoes and watermarks.

Used by the two stand-ins and by `romashka simulate`, so that both send what the platform sends.
"""

from __future__ import annotations

import base64
import secrets
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

OBJECTS = {"instagram": "instagram", "messenger": "page"}
# The app that sends in the stand-ins' world: ours, as no other is there.
APP_ID = 100200300400500


@dataclass(frozen=True, slots=True, kw_only=True)
class Talk:
    """One conversation on one of the two platforms: our account and the customer's scoped id."""

    platform: str
    account: str
    customer: str


def webhook(
    talk: Talk, items: Sequence[Mapping[str, Any]], key: str = "messaging"
) -> dict[str, Any]:
    """One POST with items of one account; `key` is standby while another app holds the talk."""
    entry = {"id": talk.account, "time": now_ms(), key: list(items)}
    return {"object": OBJECTS[talk.platform], "entry": [entry]}


def new_mid(platform: str) -> str:
    """A message id of the platform's form: opaque text, long on Instagram."""
    if platform == "messenger":
        return "m_" + secrets.token_urlsafe(48)
    return base64.b64encode(b"ig_dm_item:" + secrets.token_bytes(60)).decode().replace("=", "ZD")


def now_ms() -> int:
    """The time as both platforms write it, in milliseconds."""
    return time.time_ns() // 1_000_000


def from_customer(talk: Talk, **what: Any) -> dict[str, Any]:
    """An item that the customer caused, such as `message`, `read`, `delivery` or `reaction`."""
    people = {"sender": {"id": talk.customer}, "recipient": {"id": talk.account}}
    return {**people, "timestamp": now_ms(), **what}


def echo(talk: Talk, mid: str, message: Mapping[str, Any]) -> dict[str, Any]:
    """What our side sent, as it comes back: sender and recipient have changed places."""
    people = {"sender": {"id": talk.account}, "recipient": {"id": talk.customer}}
    shown = {name: message[name] for name in ("text", "metadata") if name in message}
    if attachment := message.get("attachment"):
        payload = {"url": attachment["payload"]["url"]}
        shown["attachments"] = [{"type": attachment["type"], "payload": payload}]
    known = {"mid": mid, "is_echo": True, "app_id": APP_ID, **shown}
    return {**people, "timestamp": now_ms(), "message": known}


def reports(talk: Talk, mid: str) -> list[tuple[str, dict[str, Any]]]:
    """That the customer has got and read a message; Instagram tells of reading alone."""
    if talk.platform == "instagram":
        return [("read", from_customer(talk, read={"mid": mid}))]
    mark = now_ms()
    return [
        ("delivered", from_customer(talk, delivery={"mids": [mid], "watermark": mark})),
        ("read", from_customer(talk, read={"watermark": mark})),
    ]
