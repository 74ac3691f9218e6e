"""A transport for small messages and streams of small events: what httpx2's own spends on each is
most of its time.

Measured with a thousand streams at once (bench/streams.py): the default transport looks through
all connections for every request and reads each chunk through a stack of generators. This one
keeps idle connections in a stack by origin and hands over whatever has come, with no copy made;
who pours a body into a function is not even woken for what comes before its end.
It speaks HTTP/1.1 with and without TLS; where a proxy is set, the default transport stays. Like
that one it tells the request's `trace` before the first byte goes out.
"""

from __future__ import annotations

import asyncio
import ssl
import time
from collections.abc import AsyncIterator, Mapping
from urllib.parse import urlsplit
from urllib.request import getproxies, proxy_bypass

import httpx2

from romashka.connection import Connection, Sink

IDLE_S = 30.0
MOST_IDLE = 256
NO_LIMIT: Mapping[str, float | None] = {}
# What httpx2's own transport tells a request's `trace` at that moment.
GOES_OUT = "http11.send_request_headers.started"

Origin = tuple[bytes, bytes, int | None]


def needs_proxy(url: str) -> bool:
    """Whether the machine is told to reach this address through a proxy."""
    parts = urlsplit(url)
    proxies = getproxies()
    is_set = bool(proxies.get(parts.scheme) or proxies.get("all"))
    return is_set and not proxy_bypass(parts.hostname or "")


def has_proxy() -> bool:
    """Whether the machine is told to reach any address of the web through a proxy."""
    return any(getproxies().get(scheme) for scheme in ("http", "https", "all"))


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

    def __init__(self, *, tls: ssl.SSLContext | None = None, idle_s: float = IDLE_S) -> None:
        self._idle: dict[Origin, list[Connection]] = {}
        self._used: set[Connection] = set()
        self._tls = tls
        self._is_closed = False
        self._idle_s = idle_s

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
            if trace := request.extensions.get("trace"):
                await trace(GOES_OUT, {})
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
            if connection.is_open and time.monotonic() - connection.idle_since < self._idle_s:
                return connection
            connection.close()
        return None

    async def _open(self, origin: Origin, seconds: float | None) -> Connection:
        scheme, host, port = origin
        if scheme not in (b"http", b"https") or not host:
            raise httpx2.UnsupportedProtocol("the address is none of the web")
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
