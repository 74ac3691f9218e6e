"""What reaches a model's server, byte by byte, when the library's client is ours."""

from __future__ import annotations

import asyncio
import json
from email import message_from_bytes
from email.message import Message

import pytest

from worker.model.chat import CHAT
from worker.model.client import build_client
from worker.model.watching import Watcher
from worker.model.wire import Draft, ModelFailed

ANSWER = (
    b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n"
    b"d\r\ndata: [DONE]\n\r\n0\r\n\r\n"
)


class Taking(asyncio.Protocol):
    """A server that keeps what it is sent and answers that it is done, or what it is told to."""

    def __init__(self, heard: list[bytes], answer: bytes = ANSWER) -> None:
        self._heard = heard
        self._answer = answer

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        self._heard.append(data)
        assert isinstance(self._transport, asyncio.Transport)
        self._transport.write(self._answer)


async def requests(bodies: list[dict[str, object]]) -> list[tuple[bytes, Message, object]]:
    """First line, headers and body of the calls with these bodies, as the server got them.

    The library is pinned: a later one that no longer has its requests made by us is noticed here.
    """
    heard: list[bytes] = []
    server = await asyncio.get_running_loop().create_server(lambda: Taking(heard), "127.0.0.1", 0)
    url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/v1"
    async with build_client("secret", url) as client:
        for body in bodies:
            await CHAT.stream(CHAT.endpoint(client), body, Draft(), Watcher())
        assert list(client.made) == ["/chat/completions"]
    server.close()
    return [parted(data) for data in heard]


def parted(data: bytes) -> tuple[bytes, Message, object]:
    """A request in its parts; the length that it names is the one it has."""
    head, _, body = data.partition(b"\r\n\r\n")
    line, _, lines = head.partition(b"\r\n")
    headers = message_from_bytes(lines)
    assert int(headers["content-length"]) == len(body)
    del headers["content-length"]
    return line, headers, json.loads(body)


async def test_each_call_has_its_own_body_and_the_same_head() -> None:
    bodies: list[dict[str, object]] = [{"stream": True, "n": "é"}, {"stream": True, "longer": 1}]
    (line, head, first), (next_line, next_head, second) = await requests(bodies)
    assert [first, second] == bodies
    assert line == next_line == b"POST /v1/chat/completions HTTP/1.1"
    assert head["authorization"] == "Bearer secret"
    assert head["content-type"] == "application/json"
    assert head.items() == next_head.items()


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        ("text/event-stream", b'data: {"choices": 1}\n'),
        ("text/event-stream", b"data: {\n"),
        ("application/json", b"{"),
        ("application/json", b"[1]"),
        ("application/json", b"[" * 100_000),
    ],
)
async def test_whatever_a_server_sends_is_its_fault(kind: str, body: bytes) -> None:
    head = f"HTTP/1.1 200 OK\r\nContent-Type: {kind}\r\nContent-Length: {len(body)}\r\n\r\n"
    server = await asyncio.get_running_loop().create_server(
        lambda: Taking([], head.encode() + body), "127.0.0.1", 0
    )
    url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/v1"
    async with build_client("secret", url) as client:
        with pytest.raises(ModelFailed, match="an event is out of shape"):
            await CHAT.stream(CHAT.endpoint(client), {}, Draft(), Watcher())
    server.close()
