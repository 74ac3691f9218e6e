"""Our transport under the library's client: HTTP/1.1 as servers really speak it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import httpx2
import pytest

from tests.waiting import wait_until_async
from worker.model.http1 import BadResponse, ResponseReader
from worker.model.transport import Body, Sink, StreamTransport, needs_proxy, transport_to

CHUNKED = (
    b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
    b"5;x=y\r\nhello\r\n6\r\n world\r\n0\r\n\r\n"
)
LENGTH = b"HTTP/1.1 200 OK\r\nContent-Length: 11\r\n\r\nhello world"
UNTIL_THE_END = b"HTTP/1.1 200 OK\r\n\r\nhello world"
TRAILERS = CHUNKED[:-2] + b"X-Sum: 1\r\n\r\n"
NOTICED = b"HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n" + LENGTH


def read(data: bytes, size: int) -> ResponseReader:
    """A response that comes in pieces of this size, and then the end."""
    reader = ResponseReader()
    for start in range(0, len(data), size):
        reader.feed(data[start : start + size])
    reader.end()
    return reader


@pytest.mark.parametrize("size", [1, 3, 1000])
@pytest.mark.parametrize("data", [CHUNKED, LENGTH, UNTIL_THE_END, TRAILERS, NOTICED])
def test_a_body_does_not_depend_on_the_pieces(data: bytes, size: int) -> None:
    reader = read(data, size)
    assert (reader.status, b"".join(reader.parts)) == (200, b"hello world")
    assert reader.may_stay == (data != UNTIL_THE_END)


@pytest.mark.parametrize("head", [b"204 No Content", b"304 Not Modified"])
def test_some_answers_have_no_body(head: bytes) -> None:
    assert read(b"HTTP/1.1 " + head + b"\r\nTransfer-Encoding: chunked\r\n\r\n", 9).done


@pytest.mark.parametrize(
    "data",
    [
        b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhell",
        b"HTTP/1.1 200 OK\r\nContent-Length: -5\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 1_0\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nab\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + b"f" * 2000,
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nffffffffff\r\n",
        b"HTTP/1.1 200 OK\r\n folded\r\n\r\n",
        b"HTTP/1.1 abc\r\n\r\n",
        b"SSH-2.0-OpenSSH\r\n\r\n",
        b"HTTP/1.1 200 OK\r\n" + b"x: y\r\n" * 20_000,
        b"",
    ],
)
def test_what_is_no_response_is_refused(data: bytes) -> None:
    with pytest.raises(BadResponse):
        read(data, 4096)


@pytest.mark.parametrize(
    ("extra", "stays"), [(b"", True), (b"HTTP/1.1 200", False), (b"\x00", False)]
)
def test_a_connection_with_bytes_to_spare_serves_nobody_again(extra: bytes, stays: bool) -> None:
    for data in (CHUNKED, LENGTH):
        assert read(data + extra, 1000).may_stay is stays


class Serving(asyncio.Protocol):
    """One connection of a server that answers whatever it hears with the same bytes."""

    def __init__(self, answer: Callable[[asyncio.Transport], None], every: list[Serving]) -> None:
        self.is_open = True
        self._answer = answer
        every.append(self)

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = transport

    def data_received(self, data: bytes) -> None:
        self._answer(self.transport)

    def connection_lost(self, exc: Exception | None) -> None:
        self.is_open = False


@asynccontextmanager
async def served(
    answer: Callable[[asyncio.Transport], None], patience_s: float = 5.0
) -> AsyncIterator[tuple[httpx2.AsyncClient, str, list[Serving]]]:
    """A server that answers so, a client on our transport, and the connections that came."""
    opened: list[Serving] = []
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: Serving(answer, opened), "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    limits = httpx2.Timeout(patience_s)
    async with httpx2.AsyncClient(transport=StreamTransport(), timeout=limits) as client:
        yield client, f"http://127.0.0.1:{port}/", opened
    server.close()
    await wait_until_async(lambda: not any(one.is_open for one in opened))


async def test_a_connection_is_used_again() -> None:
    async with served(lambda wire: wire.write(CHUNKED)) as (client, url, opened):
        for _ in range(3):
            assert (await client.post(url, json={"a": 1})).text == "hello world"
        assert len(opened) == 1


async def test_a_connection_whose_answer_was_left_is_closed() -> None:
    async with served(lambda wire: wire.write(CHUNKED[:-5])) as (client, url, opened):
        async with client.stream("POST", url) as response:
            async for _ in response.aiter_raw():
                break
        await wait_until_async(lambda: not opened[0].is_open)
        async with client.stream("POST", url) as response:
            assert response.status_code == 200
        assert len(opened) == 2


@pytest.mark.parametrize(
    ("said", "patience_s", "error"),
    [
        (b"", 0.3, httpx2.ReadTimeout),
        (CHUNKED[:-20], 0.3, httpx2.ReadTimeout),
        (b"SSH-2.0-OpenSSH\r\n\r\n", 5.0, httpx2.RemoteProtocolError),
    ],
)
async def test_faults_are_the_librarys_own(
    said: bytes, patience_s: float, error: type[Exception]
) -> None:
    async with served(lambda wire: wire.write(said), patience_s) as (client, url, _):
        with pytest.raises(error):
            await client.post(url)


async def test_a_server_that_hangs_up_is_a_fault_and_one_that_is_not_there_too() -> None:
    async with served(lambda wire: wire.abort()) as (client, url, _):
        with pytest.raises(httpx2.RemoteProtocolError):
            await client.post(url)
    with pytest.raises(httpx2.ConnectError):
        async with httpx2.AsyncClient(transport=StreamTransport()) as client:
            await client.post("http://127.0.0.1:9/")


async def test_a_large_answer_is_read_whole_though_it_comes_faster_than_it_is_taken() -> None:
    body = b"x" * 5_000_000
    head = b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(body)
    async with served(lambda wire: wire.write(head + body)) as (client, url, _):
        assert (await client.post(url)).content == body


def test_a_proxy_of_the_machine_is_left_to_the_library(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "https_proxy", "all_proxy", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)
    assert not needs_proxy("https://api.openai.com/v1")
    assert transport_to("http://127.0.0.1:1/v1") is not None
    monkeypatch.setenv("https_proxy", "http://127.0.0.1:3128")
    monkeypatch.setenv("no_proxy", "inside.example")
    assert needs_proxy("https://api.openai.com/v1")
    assert not needs_proxy("https://inside.example/v1")
    assert transport_to("https://api.openai.com/v1") is None


def speak_slowly(wire: asyncio.Transport) -> None:
    """Answers in three parts, each within the limit and all of them well beyond it."""
    loop = asyncio.get_running_loop()
    for place, at in enumerate((0, -20, -5)):
        end = (-20, -5, None)[place]
        loop.call_later(0.45 * place, wire.write, CHUNKED[at:end])


async def poured(url: str, sink: Sink, transport: StreamTransport) -> None:
    """The body of an answer on its way into a function, of which 0.8 s may go without a byte."""
    request = httpx2.Request("POST", url, extensions={"timeout": {"read": 0.8, "connect": 1.0}})
    response = await transport.handle_async_request(request)
    assert isinstance(response.stream, Body)
    try:
        await response.stream.pour(sink)
    finally:
        await response.aclose()


async def test_a_body_is_poured_as_it_comes_however_long_it_is() -> None:
    parts: list[bytes] = []
    async with served(speak_slowly) as (_, url, _opened):
        transport = StreamTransport()
        await poured(url, parts.append, transport)
        assert parts == [b"hel", b"lo world"]
        await transport.aclose()


async def test_what_a_sink_raises_comes_out_and_ends_the_answer() -> None:
    def refuse(part: bytes) -> None:
        if part != b"hel":
            raise KeyError(part)

    async with served(speak_slowly) as (_, url, opened):
        with pytest.raises(KeyError):
            await poured(url, refuse, StreamTransport())
        await wait_until_async(lambda: not opened[0].is_open)


async def test_a_body_that_stops_is_not_waited_for() -> None:
    async with served(lambda wire: wire.write(CHUNKED[:-20])) as (_, url, _opened):
        with pytest.raises(httpx2.ReadTimeout):
            await poured(url, lambda part: None, StreamTransport())


async def test_a_connection_that_is_being_made_at_the_end_is_closed_too() -> None:
    async with served(lambda wire: wire.write(LENGTH)) as (client, url, _):
        request = asyncio.create_task(client.get(url))
        await asyncio.wait({request}, timeout=0)  # it begins to connect
        await client.aclose()
        with pytest.raises(httpx2.ConnectError, match="closed while"):
            await request
