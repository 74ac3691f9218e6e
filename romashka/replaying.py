"""Kept requests read anew by today's parsers, in the form that private.replay_events takes."""

from __future__ import annotations

import base64
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from romashka.channels.base import Channel, Inlet
from romashka.channels.reading import read_events

Kept = Mapping[str, Any]


def replay_arguments(channel: Channel, items: Sequence[Kept]) -> tuple[Any, ...]:
    """The channel type, ids, events and errors of requests that inbound_for_replay gave.

    All of them must be of this channel.
    """
    readings = [
        read_events(
            channel.type, _inlet(channel, item), base64.b64decode(item["body"]), item["headers"]
        )
        for item in items
    ]
    return (
        channel.type,
        [item["id"] for item in items],
        _array("null" if one.events is None else _array(one.events) for one in readings),
        [one.error for one in readings],
    )


def _inlet(channel: Channel, item: Kept) -> Inlet:
    """The door by which a request came in, or the channel's own if that one is closed now."""
    inlet = channel.inlets.get(str(item["headers"].get("inlet", "")))
    return inlet or next(iter(channel.inlets.values()))


def _array(texts: Iterable[str]) -> str:
    return f"[{','.join(texts)}]"
