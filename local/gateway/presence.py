"""Who is present on a topic: each channel may track one state under its key."""

from __future__ import annotations

import base64
import secrets
from dataclasses import dataclass, field
from typing import Any

from local.gateway.channels import Channel
from local.gateway.protocol import dumps

Meta = dict[str, Any]
Place = tuple[str, bool]


@dataclass(frozen=True, slots=True, kw_only=True)
class Diff:
    """What changed on a topic: states that came and states that went, by key."""

    joins: dict[str, Meta] = field(default_factory=dict)
    leaves: dict[str, Meta] = field(default_factory=dict)

    def payload(self) -> str:
        """JSON text of the diff as clients merge it."""
        return dumps({"joins": _listed(self.joins), "leaves": _listed(self.leaves)})


def _listed(metas: dict[str, Meta]) -> dict[str, dict[str, list[Meta]]]:
    return {key: {"metas": [meta]} for key, meta in metas.items()}


class Presence:
    """The states of all topics, in memory; a topic nobody tracks on takes no room."""

    def __init__(self) -> None:
        self._places: dict[Place, dict[Channel, Meta]] = {}

    def state(self, place: Place) -> str:
        """JSON text of everybody on a topic, as a client gets it after its join."""
        keys: dict[str, dict[str, list[Meta]]] = {}
        for channel, meta in self._places.get(place, {}).items():
            keys.setdefault(channel.presence_key, {"metas": []})["metas"].append(meta)
        return dumps(keys)

    def track(self, channel: Channel, payload: Meta) -> Diff | None:
        """Remember a channel's state; None when it is the one already known."""
        tracked = self._places.setdefault(channel.place, {})
        before = tracked.get(channel)
        if before is not None and without_refs(before) == payload:
            return None
        meta = {"phx_ref": base64.urlsafe_b64encode(secrets.token_bytes(12)).decode(), **payload}
        if before is not None:
            meta["phx_ref_prev"] = before["phx_ref"]
        tracked[channel] = meta
        leaves = {} if before is None else {channel.presence_key: before}
        return Diff(joins={channel.presence_key: meta}, leaves=leaves)

    def untrack(self, channel: Channel) -> Diff | None:
        """Forget a channel's state; None when it had none."""
        tracked = self._places.get(channel.place, {})
        before = tracked.pop(channel, None)
        if not tracked:
            self._places.pop(channel.place, None)
        return None if before is None else Diff(leaves={channel.presence_key: before})


def without_refs(payload: Meta) -> Meta:
    """A state without the two references that only the server may set."""
    return {key: value for key, value in payload.items() if key not in ("phx_ref", "phx_ref_prev")}
