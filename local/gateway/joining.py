"""The join of a channel: who may, what is promised in the answer, and what follows it."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import psycopg
import structlog
from psycopg_pool import PoolTimeout

from local.gateway import replay
from local.gateway.channels import PREFIX, Channel, JoinConfig
from local.gateway.faults import fault
from local.gateway.filters import FilterError
from local.gateway.policies import EVERYTHING, Policies, Rights, Stored
from local.gateway.protocol import Message
from local.gateway.sockets import Socket
from local.gateway.subscriptions import SubscriptionError, Wanted, check, identify
from local.gateway.tokens import TokenError

if TYPE_CHECKING:
    from local.gateway.hub import Hub

log = structlog.get_logger(__name__)

READER_PATIENCE = 8.0
RETRY = 1.0
CHANGES = "postgres_changes"


class Refused(Exception):
    """A join is refused; the message is the reason the client reads."""


def no_right_to_read(name: str) -> str:
    """What a client is told about a private topic it may not read."""
    return f"You do not have permissions to read from this Channel topic: {name}"


class Joining:
    """Takes channels in for a hub."""

    def __init__(self, hub: Hub, policies: Policies) -> None:
        self._hub = hub
        self._policies = policies

    async def join(self, socket: Socket, message: Message) -> None:
        """Answer a phx_join, and on success make the channel live."""
        try:
            channel, messages = await self._admit(socket, message)
        except Refused as refusal:
            socket.stall(self._hub.mode.refusal_stall)
            socket.reply(message, "error", {"reason": str(refusal)})
            return
        entries = identify(channel.config.postgres_changes)
        channel.reply(message, "ok", {CHANGES: entries})
        self._hub.replace(channel)
        if channel.config.wants_replication_ready:
            channel.tell("Replication connection established")
        if channel.config.wants_presence and channel.readable.presence:
            channel.push("presence_state", self._hub.presence.state(channel.place))
        replay.send(channel, messages)
        if entries:
            self._hub.spawn(self.subscribe(channel))

    async def _admit(self, socket: Socket, message: Message) -> tuple[Channel, list[Stored]]:
        self._check_place(socket, message)
        payload = message.payload if isinstance(message.payload, dict) else {}
        token, claims = self._token(socket, payload)
        name = message.topic.removeprefix(PREFIX)
        channel = Channel(
            socket=socket,
            topic=message.topic,
            join_ref=message.join_ref if message.join_ref is not None else message.ref,
            config=JoinConfig.parse(payload, name),
            token=token,
            claims=claims,
            limits=self._hub.limits,
            held=[],
        )
        await self._wait_for_reader()
        return channel, await self._let_in(channel)

    def _check_place(self, socket: Socket, message: Message) -> None:
        if message.topic == PREFIX:
            raise Refused("TopicNameRequired: You must provide a topic name")
        room = self._hub.limits.channels_per_socket
        if message.topic not in socket.channels and len(socket.channels) >= room:
            raise Refused("ChannelRateLimitReached: Too many channels")
        if not socket.joins.allows():
            raise Refused("ClientJoinRateLimitReached: Too many joins per second")

    def _token(self, socket: Socket, payload: dict[str, object]) -> tuple[str, dict[str, object]]:
        """The token that counts: the join's, or the connection's where the join has only a key."""
        offered = payload.get("user_token") or payload.get("access_token")
        own = isinstance(offered, str) and not offered.startswith("sb_")
        token = str(offered) if own else socket.token
        try:
            return token, self._hub.decode(token)
        except TokenError as error:
            raise Refused(error.reason) from error

    async def _wait_for_reader(self) -> None:
        """Joined must mean: what the database sends from now on arrives."""
        try:
            async with asyncio.timeout(READER_PATIENCE):
                await self._hub.reader.ready.wait()
        except TimeoutError:
            raise Refused(
                "UnableToConnectToProject: Realtime was unable to connect to the project database"
            ) from None

    async def _let_in(self, channel: Channel) -> list[Stored]:
        """Check a private channel's rights and put it in its room. Gives what to replay."""
        try:
            channel.readable = await self.readable(channel)
            if not channel.readable:
                raise Refused(f"Unauthorized: {no_right_to_read(channel.name)}")
            replay.since_and_limit(channel)
            return await self._enter(channel)
        except replay.ReplayError as error:
            raise Refused(f"UnableToReplayMessages: {error}") from error
        except (psycopg.Error, PoolTimeout) as error:
            log.warning("a join could not be checked", **fault(error))
            raise Refused(
                "UnableToConnectToProject: Realtime was unable to connect to the project database"
            ) from error

    async def _enter(self, channel: Channel) -> list[Stored]:
        """Enter the room and only then read the replay, so that nothing falls between the two."""
        self._hub.rooms.add(channel)
        try:
            return await replay.stored(channel, self._policies)
        except BaseException:
            self._hub.rooms.remove(channel)  # also when the client has gone meanwhile
            raise

    async def readable(self, channel: Channel) -> Rights:
        """What a channel's claims let it read: everything in public, else what policies say."""
        if not channel.config.is_private:
            return EVERYTHING
        return await self._policies.may_read(channel.name, channel.claims)

    async def subscribe(self, channel: Channel) -> None:
        """Make a channel's postgres_changes live and say so, or say why not."""
        while not channel.is_closed:
            try:
                entries = await self._check(channel)
            except (FilterError, SubscriptionError) as error:
                self._hub.subscriptions.remove(channel)
                channel.tell(str(error), status="error", extension=CHANGES)
                return
            except (psycopg.OperationalError, PoolTimeout):
                await asyncio.sleep(RETRY)
                continue
            await self._hub.reader.ready.wait()
            if not channel.is_closed:
                self._hub.subscriptions.add(channel, entries)
                channel.tell("Subscribed to PostgreSQL", extension=CHANGES)
            return

    async def _check(self, channel: Channel) -> list[tuple[int, Wanted]]:
        entries = []
        for entry in identify(channel.config.postgres_changes):
            wanted = Wanted.parse({k: v for k, v in entry.items() if k != "id"})
            entries.append((entry["id"], wanted))
        for _, wanted in entries:
            await check(wanted, channel.role, self._policies)
        return entries
