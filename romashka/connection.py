"""One socket to a server of HTTP/1.1, for `romashka.transport`: asks, and hands over what comes."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import cast

import httpx2

from romashka.http1 import BadResponse, ResponseReader

BUFFER_BYTES = 256 * 1024

Sink = Callable[[bytes], None]


class Connection(asyncio.Protocol):
    """One socket; serves one request at a time."""

    def __init__(self) -> None:
        self.idle_since = 0.0
        self.is_open = True
        self.reader = ResponseReader()
        self._transport: asyncio.Transport | None = None
        self._loop = asyncio.get_running_loop()
        self._waiter: asyncio.Future[None] | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._fault: Exception | None = None
        self._is_paused = False
        self._buffered = 0
        self._heard_at = 0.0
        self._sink: Sink | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """The socket is there."""
        # uvloop's are of no common class.
        self._transport = cast(asyncio.Transport, transport)

    def data_received(self, data: bytes) -> None:
        """Bytes came; a server that sends faster than we read is slowed down."""
        self._heard_at = self._loop.time()
        try:
            self.reader.feed(data)
        except BadResponse as error:
            self._break(httpx2.RemoteProtocolError(str(error)))
        if self._sink is not None:
            self._pass_on(self._sink)
            return
        self._buffered += len(data)
        if self._buffered > BUFFER_BYTES and self._transport and not self.reader.done:
            self._is_paused = True
            self._transport.pause_reading()
        self._wake()

    def connection_lost(self, exc: Exception | None) -> None:
        """The socket is gone."""
        self.is_open = False
        try:
            self.reader.end()
        except BadResponse as error:
            self._fault = self._fault or httpx2.RemoteProtocolError(str(error))
        self._wake()

    def ask(self, head: bytes, body: bytes) -> None:
        """Begins a request."""
        self.reader = ResponseReader()
        self._fault, self._buffered = None, 0
        if self._transport is not None:
            self._transport.write(head + body)

    async def more(self, seconds: float | None) -> None:
        """Waits until something new has come; raises httpx2's errors."""
        if self._fault is not None:
            raise self._fault
        if not self.is_open:
            raise httpx2.RemoteProtocolError("the connection is closed")
        self._waiter = self._loop.create_future()
        self._heard_at = self._loop.time()
        if seconds:
            self._timer = self._loop.call_later(seconds, self._time_out, seconds)
        try:
            await self._waiter
        finally:
            self._waiter = None
            if self._timer is not None:
                self._timer.cancel()
        if self._fault is not None and not self.reader.parts:
            raise self._fault

    async def pour(self, sink: Sink, seconds: float | None) -> None:
        """Hands over the body as it comes, to its end; raises httpx2's errors and the sink's."""
        self._sink = sink
        try:
            self._pass_on(sink)
            while not self.reader.done:
                await self.more(seconds)
            if self._fault is not None:
                raise self._fault
        finally:
            self._sink = None

    def take(self) -> bytes:
        """The bytes of the body that have come since the last time."""
        parts, self.reader.parts, self._buffered = self.reader.parts, [], 0
        if self._is_paused and self._transport is not None and self.is_open:
            self._is_paused = False
            self._transport.resume_reading()
        return parts[0] if len(parts) == 1 else b"".join(parts)

    def close(self) -> None:
        """Closes the socket at once: nobody waits for what it still had to say."""
        self.is_open = False
        if self._transport is not None:
            self._transport.abort()

    def _pass_on(self, sink: Sink) -> None:
        """Gives the sink what has come; its reader is woken for the end alone."""
        try:
            if self.reader.parts:
                sink(self.take())
        except Exception as error:
            self._break(error)
        if self.reader.done:
            self._wake()

    def _time_out(self, seconds: float) -> None:
        left = self._heard_at + seconds - self._loop.time()
        if left > 0:
            self._timer = self._loop.call_later(left, self._time_out, seconds)
        else:
            self._break(httpx2.ReadTimeout("nothing came in time"))

    def _break(self, fault: Exception) -> None:
        self._fault = self._fault or fault
        self.close()
        self._wake()

    def _wake(self) -> None:
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(None)
