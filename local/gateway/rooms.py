"""Which channels listen where, and how one message reaches all of them."""

from __future__ import annotations

from collections.abc import Iterable

from local.gateway.badday import GapClock
from local.gateway.broadcasts import Broadcast
from local.gateway.channels import Channel
from local.gateway.protocol import SharedFrame

Place = tuple[str, bool]


class Rooms:
    """The joined channels by place: the name of a topic and whether it is private."""

    def __init__(self, gaps: GapClock) -> None:
        self._channels: dict[Place, dict[Channel, None]] = {}
        self.gaps = gaps

    def add(self, channel: Channel) -> None:
        """Let a channel hear what is sent to its place."""
        self._channels.setdefault(channel.place, {})[channel] = None

    def remove(self, channel: Channel) -> None:
        """Let it hear nothing more."""
        members = self._channels.get(channel.place, {})
        members.pop(channel, None)
        if not members:
            self._channels.pop(channel.place, None)

    def has(self, place: Place) -> bool:
        """Whether anybody listens there."""
        return place in self._channels

    def members(self, place: Place) -> Iterable[Channel]:
        """The channels of a place, in the order of their joins."""
        return tuple(self._channels.get(place, ()))

    def encode(self, broadcast: Broadcast) -> None:
        """Make the bytes ahead of delivery, in the versions that are needed there."""
        for version in {c.socket.version for c in self._channels.get(broadcast.place, ())}:
            broadcast.frame.packet(version)

    def deliver(self, broadcast: Broadcast, *, but: Channel | None = None) -> None:
        """Send a broadcast to every channel there that may read broadcasts, except `but`."""
        for channel in self._channels.get(broadcast.place, ()):
            if channel is but or not channel.readable.broadcast or self.gaps.loses_delivery():
                continue
            channel.deliver(broadcast.frame)

    def tell_presence(self, place: Place, frame: SharedFrame) -> None:
        """Send a presence message to every channel there that may read presence."""
        for channel in self._channels.get(place, ()):
            if channel.readable.presence:
                channel.deliver(frame)
