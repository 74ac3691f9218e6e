"""A transport for streams of small events: what httpx2's own spends on each is most of its time.

Measured with a thousand streams at once (bench/streams.py): the default transport looks through
all connections for every request and reads each chunk through a stack of generators. This one
keeps idle connections in a stack by origin and hands over whatever has come, with no copy made;
who pours a body into a function is not even woken for what comes before its end.
It speaks HTTP/1.1 with and without TLS; where a proxy is set, the default transport stays.
"""

from __future__ import annotations

import asyncio
import ssl
import time
from collections.abc import AsyncIterator, Callable, Mapping
from typing import cast
from urllib.parse import urlsplit
from urllib.request import getproxies, proxy_bypass

import httpx2

from worker.model.http1 import BadResponse, ResponseReader

IDLE_S = 30.0
MOST_IDLE = 256
BUFFER_BYTES = 256 * 1024
NO_LIMIT: Mapping[str, float | None] = {}

Origin = tuple[bytes, bytes, int | None]
Sink = Callable[[bytes], None]


def needs_proxy(url: str) -> bool:
    """Whether the machine is told to reach this address through a proxy."""
    parts = urlsplit(url)
    proxies = getproxies()
    is_set = bool(proxies.get(parts.scheme) or proxies.get("all"))
    return is_set and not proxy_bypass(parts.hostname or "")


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


class Body(httpx2.AsyncByteStream):
    """The body of a response; its connection goes back to the transport once it was read."""

    def __init__(
        self,
        transport: StreamTransport,
        origin: Origin,
        connection: Connection,
        seconds: float | None,
    ) -> None:
        self._transport = transport
        self._origin = origin
        self._connection = connection
        self._seconds = seconds

    async def __aiter__(self) -> AsyncIterator[bytes]:
        connection = self._connection
        while True:
            if connection.reader.parts:
                yield connection.take()
            elif connection.reader.done:
                return
            else:
                await connection.more(self._seconds)

    async def pour(self, sink: Sink) -> None:
        """Hands over the body as it comes, to its end; raises httpx2's errors and the sink's."""
        await self._connection.pour(sink, self._seconds)

    async def aclose(self) -> None:
        """Gives the connection back, or closes it in the middle of an answer."""
        self._transport.release(self._origin, self._connection)


class StreamTransport(httpx2.AsyncBaseTransport):
    """Connections to any number of origins; unlimited, as the worker limits its calls itself."""

    def __init__(self, *, tls: ssl.SSLContext | None = None) -> None:
        self._idle: dict[Origin, list[Connection]] = {}
        self._used: set[Connection] = set()
        self._tls = tls
        self._is_closed = False

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        """Sends a request and gives the response once its head is there."""
        limits = request.extensions.get("timeout", NO_LIMIT)
        body = await request.aread()
        url = request.url
        origin = (url.raw_scheme, url.raw_host, url.port)
        connection = self._idle_one(origin) or await self._open(origin, limits.get("connect"))
        if self._is_closed:
            connection.close()
            raise httpx2.ConnectError("closed while the connection was made")
        self._used.add(connection)
        try:
            connection.ask(_head(request), body)
            while not connection.reader.status:
                await connection.more(limits.get("read"))
        except BaseException:
            self._used.discard(connection)
            connection.close()
            raise
        reader = connection.reader
        stream = Body(self, origin, connection, limits.get("read"))
        return httpx2.Response(reader.status, headers=reader.headers, stream=stream)

    def release(self, origin: Origin, connection: Connection) -> None:
        """Takes a connection back; one whose answer was not read to its end is closed."""
        if connection not in self._used:
            return
        self._used.discard(connection)
        idle = self._idle.setdefault(origin, [])
        reader = connection.reader
        unread = not reader.done or reader.parts or not reader.may_stay
        if unread or not connection.is_open or len(idle) >= MOST_IDLE:
            connection.close()
            return
        connection.idle_since = time.monotonic()
        idle.append(connection)

    async def aclose(self) -> None:
        """Closes every connection, one that is just being made included."""
        self._is_closed = True
        for connection in [*self._used, *(one for idle in self._idle.values() for one in idle)]:
            connection.close()
        self._used.clear()
        self._idle.clear()

    def _idle_one(self, origin: Origin) -> Connection | None:
        """The connection that was used last; those that have waited too long are closed."""
        idle = self._idle.get(origin, [])
        while idle:
            connection = idle.pop()
            if connection.is_open and time.monotonic() - connection.idle_since < IDLE_S:
                return connection
            connection.close()
        return None

    async def _open(self, origin: Origin, seconds: float | None) -> Connection:
        scheme, host, port = origin
        is_tls = scheme == b"https"
        tls = (self._tls or httpx2.create_ssl_context()) if is_tls else None
        loop = asyncio.get_running_loop()
        try:
            async with asyncio.timeout(seconds):
                _, connection = await loop.create_connection(
                    Connection, host.decode("ascii"), port or (443 if is_tls else 80), ssl=tls
                )
        except TimeoutError as error:
            raise httpx2.ConnectTimeout("no connection in time") from error
        except OSError as error:
            raise httpx2.ConnectError(type(error).__name__) from error
        return connection


def transport_to(url: str) -> StreamTransport | None:
    """The transport for a server; None where a proxy stands between, which httpx2's own knows.

    Certificates are those of the operating system, as the library has it; reading them takes a
    while, so it is done here and not within a turn.
    """
    if needs_proxy(url):
        return None
    is_tls = urlsplit(url).scheme == "https"
    return StreamTransport(tls=httpx2.create_ssl_context() if is_tls else None)


def _head(request: httpx2.Request) -> bytes:
    lines = [request.method.encode("ascii") + b" " + request.url.raw_path + b" HTTP/1.1"]
    lines += [name + b": " + value for name, value in request.headers.raw]
    return b"\r\n".join(lines) + b"\r\n\r\n"
