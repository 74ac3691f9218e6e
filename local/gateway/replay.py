"""Stored broadcasts for a client that joins again, before it hears anything new."""

from __future__ import annotations

from datetime import UTC, datetime

from local.gateway.channels import Channel
from local.gateway.policies import Policies, Stored
from local.gateway.protocol import BroadcastFrame, dumps

MOST = 25


class ReplayError(Exception):
    """The replay a join asks for is not possible; the message is the real server's."""


def since_and_limit(channel: Channel) -> tuple[datetime, int] | None:
    """What a join asks to have replayed; None when nothing. Raises ReplayError."""
    asked = channel.config.replay
    if asked is None:
        return None
    if not channel.config.is_private:
        raise ReplayError("Replay is not allowed for public channels")
    since = asked.get("since") if isinstance(asked, dict) else None
    limit = asked.get("limit", MOST) if isinstance(asked, dict) else None
    if not isinstance(since, int) or not isinstance(limit, int):
        raise ReplayError("Replay params are not valid")
    try:
        return datetime.fromtimestamp(since / 1000, UTC), max(1, min(limit, MOST))
    except (ValueError, OverflowError, OSError):
        raise ReplayError("Replay params are not valid") from None


async def stored(channel: Channel, policies: Policies) -> list[Stored]:
    """The broadcasts to replay, oldest first. Raises ReplayError and psycopg.Error."""
    asked = since_and_limit(channel)
    if asked is None or not channel.readable.broadcast:
        return []
    return await policies.replay(channel.name, *asked)


def send(channel: Channel, messages: list[Stored]) -> None:
    """Replay these, then let out what came in the meantime, but nothing twice."""
    for message in messages:
        frame = BroadcastFrame(channel.topic, message.event, message.payload.encode())
        meta = dumps({"id": message.id, "replayed": True})
        channel.push("broadcast", frame.text_payload(meta))
    held, channel.held = channel.held or [], None
    metas = {dumps({"id": message.id}) for message in messages}
    for waiting in held:
        if not isinstance(waiting, BroadcastFrame) or waiting.meta not in metas:
            channel.deliver(waiting)
