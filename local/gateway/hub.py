"""The Realtime half of the gateway: every socket, every channel, and the reader of the log."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Coroutine
from contextlib import suppress
from typing import Any

import psycopg
import structlog
from psycopg_pool import AsyncConnectionPool, PoolTimeout

from local.gateway.badday import GapClock
from local.gateway.channels import PREFIX, Channel
from local.gateway.faults import fault
from local.gateway.joining import Joining
from local.gateway.limits import Limits
from local.gateway.modes import Mode, mode_named
from local.gateway.policies import Policies
from local.gateway.presence import Presence
from local.gateway.protocol import Message, SharedFrame
from local.gateway.pushes import Pushes
from local.gateway.reader import Reader
from local.gateway.rooms import Rooms
from local.gateway.sockets import RESTART, TRY_LATER, Socket
from local.gateway.subscriptions import SubscriptionIndex
from local.gateway.tokens import Keys, TokenError, decode
from worker.patience import end

log = structlog.get_logger(__name__)

SWEEP_EVERY = 1.0
HOUSEKEEPING_EVERY = 3600.0
HOUSEKEEPING_RETRY = 30.0
SOON = 0.02


class Hub:
    """Connects clients with each other and with the database, as Supabase Realtime does.

    `pool` holds superuser connections in autocommit; `replication_url` names the same server and
    user; `mode` is a Mode or its name; `keys` lets clients use opaque API keys.
    """

    def __init__(
        self,
        pool: AsyncConnectionPool[Any],
        replication_url: str,
        jwt_secret: str,
        mode: Mode | str = "plain",
        *,
        keys: Keys | None = None,
        limits: Limits | None = None,
    ) -> None:
        self.mode = mode if isinstance(mode, Mode) else mode_named(mode)
        self.limits = limits or Limits()
        self.keys = keys
        self.gaps = GapClock(self.mode.bad_day)
        self.rooms = Rooms(self.gaps)
        self.presence = Presence()
        self.subscriptions = SubscriptionIndex()
        self.policies = Policies(pool)
        self.sockets: set[Socket] = set()
        self.reader = Reader(
            replication_url,
            rooms=self.rooms,
            subscriptions=self.subscriptions,
            limits=self.limits,
            poll_interval=self.mode.poll_interval,
            on_loss=self._lost,
        )
        self._secret = jwt_secret
        self._joining = Joining(self, self.policies)
        self._pushes = Pushes(self, self.policies, self._joining)
        self._tasks: set[asyncio.Task[None]] = set()

    async def start(self) -> None:
        """Begin to read the log and to look after clients; returns at once."""
        self.spawn(self.reader.run())
        self.spawn(self._sweep())
        self.spawn(self._keep_house())

    async def stop(self) -> None:
        """Send every client away and end all that was started."""
        for socket in tuple(self.sockets):
            socket.close(RESTART, "the gateway stops")
        await end(tuple(self._tasks))

    def spawn(self, work: Coroutine[Any, Any, None]) -> None:
        """Do something beside everything else; a failure is logged."""
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._done)

    def _done(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            log.error("a task failed", **fault(error))

    def decode(self, token: str) -> dict[str, Any]:
        """The claims of a token. Raises TokenError."""
        return decode(token, self._secret)

    def as_token(self, key: str) -> str:
        """The token that an API key stands for."""
        return self.keys.as_token(key) if self.keys is not None else key

    async def serve(self, socket: Socket) -> None:
        """Look after one connected client until it goes."""
        self.sockets.add(socket)
        try:
            await socket.run(self.handle)
        finally:
            self.sockets.discard(socket)
            for channel in tuple(socket.channels.values()):
                self.remove(channel)

    async def handle(self, socket: Socket, message: Message) -> None:
        """Act on one message of a client."""
        if message.topic == "phoenix":
            socket.reply(message, "ok", {})
        elif message.event == "phx_join" and message.topic.startswith(PREFIX):
            await self._joining.join(socket, message)
        elif message.event == "phx_leave":
            self._leave(socket, message)
        elif channel := socket.channels.get(message.topic):
            await self._pushes.handle(channel, message)
        else:
            self._unmatched(socket, message)

    def _unmatched(self, socket: Socket, message: Message) -> None:
        lone = Message(topic=message.topic, event=message.event, payload=None, ref=message.ref)
        socket.reply(lone, "error", {"reason": "unmatched topic"})

    def _leave(self, socket: Socket, message: Message) -> None:
        socket.reply(message, "ok", {})
        if channel := socket.channels.get(message.topic):
            self.remove(channel)
            channel.send_close()

    def replace(self, channel: Channel) -> None:
        """Make a channel the one of its topic on its socket, in place of an earlier join's."""
        before = channel.socket.channels.get(channel.topic)
        if before is not None:
            self.remove(before)
            before.send_close()
        channel.socket.channels[channel.topic] = channel
        self.arm(channel)

    def remove(self, channel: Channel) -> None:
        """Take a channel out of everything it is in."""
        channel.is_closed = True
        if channel.expiry is not None:
            channel.expiry.cancel()
        if channel.socket.channels.get(channel.topic) is channel:
            del channel.socket.channels[channel.topic]
        self.rooms.remove(channel)
        self.subscriptions.remove(channel)
        self.untrack(channel)

    def shut(self, channel: Channel, message: str) -> None:
        """Close a channel from our side and say why."""
        if not channel.is_closed:
            channel.tell(message, status="error")
            self.remove(channel)
            channel.send_close()

    def untrack(self, channel: Channel) -> None:
        """Forget a channel's presence and tell the others."""
        diff = self.presence.untrack(channel)
        if diff is not None:
            frame = SharedFrame(channel.topic, "presence_diff", diff.payload())
            self.rooms.tell_presence(channel.place, frame)

    def arm(self, channel: Channel) -> None:
        """Look at a channel's token again when it expires, and at its rights now and then."""
        if channel.expiry is not None:
            channel.expiry.cancel()
        left = max(channel.claims["exp"] - time.time(), SOON)
        pause = min(left, self.limits.recheck_after)
        channel.expiry = asyncio.get_running_loop().call_later(pause, self._recheck, channel)

    def _recheck(self, channel: Channel) -> None:
        try:
            self.decode(channel.token)
        except TokenError as error:
            self.shut(channel, error.message)
            return
        self.arm(channel)
        if channel.config.is_private and channel.claims["exp"] - time.time() > SOON:
            self.spawn(self._reread(channel))

    async def _reread(self, channel: Channel) -> None:
        # A database that is away says nothing about rights; the reader's loss closes us anyway.
        with suppress(psycopg.Error, PoolTimeout):
            await self._pushes.still_readable(channel)

    def _lost(self) -> None:
        """The log was interrupted: clients must join again and read what they missed."""
        log.warning("closing all sockets, so that clients catch up", count=len(self.sockets))
        for socket in tuple(self.sockets):
            socket.close(TRY_LATER, "the database went away")

    async def _sweep(self) -> None:
        while True:
            await asyncio.sleep(SWEEP_EVERY)
            for socket in tuple(self.sockets):
                if why := socket.cut_off_if_due():
                    log.info("cut off a client", why=why)

    async def _keep_house(self) -> None:
        while True:
            try:
                await self.policies.keep_messages()
                pause = HOUSEKEEPING_EVERY
            except (psycopg.Error, PoolTimeout) as error:
                log.warning("no room made for new broadcasts", **fault(error))
                pause = HOUSEKEEPING_RETRY
            await asyncio.sleep(pause)
