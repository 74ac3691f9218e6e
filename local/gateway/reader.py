"""Follows the database's log for as long as the gateway runs, through every loss of it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress

import psycopg
import structlog

from local.gateway.broadcasts import Broadcast, from_log, is_message
from local.gateway.changes import Reporter
from local.gateway.faults import fault
from local.gateway.gate import VisibilityGate
from local.gateway.limits import Limits
from local.gateway.pgoutput import Begin, Change, Parser
from local.gateway.policies import Judge
from local.gateway.replication import ReplicationStream, open_stream
from local.gateway.rooms import Rooms
from local.gateway.subscriptions import Subscription, SubscriptionIndex
from local.gateway.wires import connect

log = structlog.get_logger(__name__)

RETRY_FIRST, RETRY_LONGEST = 0.1, 1.0
MOST_WAITING = 20_000
TOO_SLOW = "Unsubscribed: deciding what you may see took too long"


class Reader:
    """One stream at a time; `ready` is set exactly while it runs.

    `poll_interval` (seconds, 0 for none) holds row changes until the next tick. `on_loss` is called
    whenever a running stream ends: whoever listens has then missed something.
    """

    def __init__(
        self,
        url: str,
        *,
        rooms: Rooms,
        subscriptions: SubscriptionIndex,
        limits: Limits,
        poll_interval: float,
        on_loss: Callable[[], None],
    ) -> None:
        self.ready = asyncio.Event()
        self._url = url
        self._rooms = rooms
        self._subscriptions = subscriptions
        self._limits = limits
        self._gaps = rooms.gaps
        self._poll_interval = poll_interval
        self._on_loss = on_loss
        self._waiting: asyncio.Queue[Change] = asyncio.Queue(MOST_WAITING)

    async def run(self) -> None:
        """Read for ever; every failure is logged and tried again."""
        pause = RETRY_FIRST
        while True:
            try:
                await self._follow()
            except* Exception as group:
                # Whatever it was, a gateway that no longer reads would be deaf without saying so.
                log.warning("the log reader was lost", **fault(group))
            pause = RETRY_FIRST if self.ready.is_set() else min(pause * 2, RETRY_LONGEST)
            if self.ready.is_set():
                self.ready.clear()
                self._on_loss()
            await asyncio.sleep(pause)

    async def _follow(self) -> None:
        async with self._connections() as (stream, gate, reporter):
            self._waiting = asyncio.Queue(MOST_WAITING)
            self.ready.set()
            log.info("the log reader streams")
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(self._stream(stream, gate))
                tasks.create_task(self._report(reporter))

    @asynccontextmanager
    async def _connections(
        self,
    ) -> AsyncIterator[tuple[ReplicationStream, VisibilityGate, Reporter]]:
        watching, judging = await connect(self._url), None
        try:
            gate = VisibilityGate(watching)
            await gate.prepare()
            judging = await connect(self._url)
            patience = f"{self._limits.judge_timeout:g}s"
            await judging.execute("select set_config('statement_timeout', %s, false)", (patience,))
            async with open_stream(self._url) as stream:
                yield stream, gate, Reporter(Judge(judging), self._limits.change_bytes, self._gaps)
        finally:
            for connection in (watching, judging):
                if connection is not None:
                    # One may be in the middle of an answer; closing it politely could wait.
                    connection.pgconn.finish()

    async def _stream(self, stream: ReplicationStream, gate: VisibilityGate) -> None:
        parser = Parser()
        async for batch in stream.batches():
            broadcasts: list[Broadcast] = []
            changes: list[Change] = []
            xids: set[int] = set()
            for data in batch:
                message = parser.feed(data)
                if message is None or isinstance(message, Begin):
                    continue
                if self._sort(message, broadcasts, changes):
                    xids.add(message.begin.xid)
            if xids:
                gate.ask(xids)
                for broadcast in broadcasts:
                    self._rooms.encode(broadcast)
                await gate.wait(xids)
                await self._pass_on(broadcasts, changes)

    def _sort(self, change: Change, broadcasts: list[Broadcast], changes: list[Change]) -> bool:
        """Put a change where it belongs; False when nobody listens."""
        if is_message(change):
            broadcast = from_log(change, self._limits.payload_bytes)
            if broadcast is None or not self._rooms.has(broadcast.place):
                return False
            broadcasts.append(broadcast)
            return True
        if not self._wanted(change):
            return False
        changes.append(change)
        return True

    def _wanted(self, change: Change) -> bool:
        relation = change.relation
        found = self._subscriptions.of_table(relation.schema, relation.table, change.operation)
        return next(found, None) is not None

    async def _pass_on(self, broadcasts: list[Broadcast], changes: list[Change]) -> None:
        if not self._gaps.loses_broadcasts():
            for broadcast in broadcasts:
                self._rooms.deliver(broadcast)
        if not self._gaps.loses_changes():
            for change in changes:
                await self._waiting.put(change)

    async def _report(self, reporter: Reporter) -> None:
        while True:
            change = await self._waiting.get()
            if self._poll_interval:
                await self._until_next_poll()
            await self._report_one(reporter, change)
            while not self._waiting.empty():
                await self._report_one(reporter, self._waiting.get_nowait())

    async def _until_next_poll(self) -> None:
        now, interval = asyncio.get_running_loop().time(), self._poll_interval
        await asyncio.sleep(interval - now % interval)

    async def _report_one(self, reporter: Reporter, change: Change) -> None:
        relation = change.relation
        found = list(
            self._subscriptions.of_table(relation.schema, relation.table, change.operation)
        )
        if not found:
            return
        try:
            await reporter.report(change, found)
        except psycopg.errors.QueryCanceled:
            await self._report_apart(reporter, change, found)
        except psycopg.OperationalError:
            raise
        except psycopg.Error as error:
            log.warning("a change could not be judged", table=relation.table, **fault(error))

    async def _report_apart(
        self, reporter: Reporter, change: Change, found: list[Subscription]
    ) -> None:
        """Judge each channel by itself; one whose policies or filters take for ever is let go."""
        for channel in {subscription.channel: None for subscription in found}:
            try:
                await reporter.report(change, [s for s in found if s.channel is channel])
            except psycopg.errors.QueryCanceled:
                log.warning("a subscription is too slow", table=change.relation.table)
                self._subscriptions.remove(channel)
                channel.tell(TOO_SLOW, status="error", extension="postgres_changes")


@asynccontextmanager
async def following(reader: Reader) -> AsyncIterator[None]:
    """Run a reader beside the caller."""
    task = asyncio.create_task(reader.run())
    try:
        yield
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task
