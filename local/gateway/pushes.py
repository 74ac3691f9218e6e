"""What a joined channel may send: broadcasts, its presence, a new token."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from local.gateway.broadcasts import Broadcast, from_client
from local.gateway.channels import Channel
from local.gateway.joining import Joining, no_right_to_read
from local.gateway.policies import EVERYTHING, Policies, Rights
from local.gateway.protocol import FrameError, Message, SharedFrame, UserBroadcast, dumps
from local.gateway.tokens import TokenError

if TYPE_CHECKING:
    from local.gateway.hub import Hub


class Pushes:
    """Handles the messages of joined channels for a hub."""

    def __init__(self, hub: Hub, policies: Policies, joining: Joining) -> None:
        self._hub = hub
        self._policies = policies
        self._joining = joining

    async def handle(self, channel: Channel, message: Message) -> None:
        """Act on one message; kinds that only the server sends, or nobody, are ignored."""
        if message.event == "broadcast":
            await self._broadcast(channel, message)
        elif message.event == "presence":
            await self._presence(channel, message)
        elif message.event == "access_token":
            await self._renew(channel, message)

    async def _writable(self, channel: Channel) -> Rights:
        if not channel.config.is_private:
            return EVERYTHING
        if channel.writable is None:
            claims = channel.claims
            rights = await self._policies.may_write(channel.name, claims)
            # A new token may have come while the database thought about the old one.
            if channel.claims is claims:
                channel.writable = rights
            return rights
        return channel.writable

    async def _broadcast(self, channel: Channel, message: Message) -> None:
        if not isinstance(message.payload, dict | UserBroadcast):
            return
        if not channel.messages.allows():
            self._hub.shut(channel, "Too many messages per second")
            return
        # A denied broadcast gets no answer at all: that is how the real server denies.
        if not (await self._writable(channel)).broadcast or channel.is_closed:
            return
        try:
            frame, size = from_client(channel.topic, message.payload)
        except FrameError:
            self._answer(channel, message, "error", {})
            return
        if size > self._hub.limits.payload_bytes:
            self._answer(channel, message, "error", "payload_size_exceeded")
            return
        name, is_private = channel.place
        sent = Broadcast(name=name, is_private=is_private, frame=frame)
        self._hub.rooms.deliver(sent, but=None if channel.config.wants_own else channel)
        self._answer(channel, message, "ok", {})

    def _answer(self, channel: Channel, message: Message, status: str, response: object) -> None:
        if channel.config.wants_ack:
            channel.reply(message, status, response)

    async def _presence(self, channel: Channel, message: Message) -> None:
        payload = message.payload if isinstance(message.payload, dict) else {}
        event, state = str(payload.get("event", "")).lower(), payload.get("payload", {})
        if event not in ("track", "untrack") or not isinstance(state, dict):
            channel.reply(message, "error", {})
            return
        if not channel.presence_calls.allows():
            self._hub.shut(channel, "Client presence rate limit exceeded")
            return
        if event == "untrack":
            channel.reply(message, "ok", {})
            self._hub.untrack(channel)
            return
        await self._track(channel, message, state)

    async def _track(self, channel: Channel, message: Message, state: dict[str, Any]) -> None:
        if len(dumps(state)) > self._hub.limits.payload_bytes:
            self._hub.shut(channel, "Track message size exceeded")
            return
        allowed = (await self._writable(channel)).presence
        if channel.is_closed:
            return
        channel.reply(message, "ok" if allowed else "error", {})
        diff = self._hub.presence.track(channel, state) if allowed else None
        if diff is not None:
            frame = SharedFrame(channel.topic, "presence_diff", diff.payload())
            self._hub.rooms.tell_presence(channel.place, frame)

    async def _renew(self, channel: Channel, message: Message) -> None:
        """Go on under a new token, or close the channel when it is no good."""
        payload = message.payload if isinstance(message.payload, dict) else {}
        token = payload.get("access_token")
        if not isinstance(token, str) or token.startswith("sb_") or token == channel.token:
            return
        try:
            claims = self._hub.decode(token)
        except TokenError as error:
            self._hub.shut(channel, error.message)
            return
        channel.adopt(token, claims)
        if await self.still_readable(channel):
            self._hub.arm(channel)
            if channel.config.postgres_changes:
                self._hub.spawn(self._joining.subscribe(channel))

    async def still_readable(self, channel: Channel) -> bool:
        """Ask again what a channel may read; one that may read nothing more is closed."""
        channel.readable = await self._joining.readable(channel)
        if not channel.readable:
            self._hub.shut(channel, no_right_to_read(channel.name))
        return not channel.is_closed
