"""A scripted model server for `streams`: so many events over so many seconds, nothing else.

It is a stand-in and says so in its first line. It reads no more of a request than where it ends;
its events are built once, so that the clients are measured and not it.
"""

from __future__ import annotations

import argparse
import asyncio
import json

import uvloop

MODEL = "bench-standin"
TEXT = {
    "language": "en",
    "sources": ["S1"],
    "answerable": True,
    "reply": "Standard delivery takes two to four working days, express takes one day. " * 3,
    "handover": False,
    "handover_reason": None,
    "intent": "delivery time",
    "sentiment": "neutral",
}
HEAD = (
    b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n"
    b"x-stand-in: romashka\r\n\r\n"
)
LAST = b"0\r\n\r\n"


def chunk(data: bytes) -> bytes:
    """One chunk of a chunked body."""
    return b"%x\r\n%b\r\n" % (len(data), data)


def event(**part: object) -> bytes:
    """One event of a chat stream."""
    head = {"id": "chatcmpl-1", "object": "chat.completion.chunk", "created": 1, "model": MODEL}
    return b"data: " + json.dumps({**head, "choices": [], **part}).encode() + b"\n\n"


def events(count: int) -> list[bytes]:
    """The chunks of one answer: so many with text, then its end and the usage."""
    text = json.dumps(TEXT)
    size = -(-len(text) // count)
    pieces = [text[start : start + size] for start in range(0, len(text), size)]
    pieces += [" "] * (count - len(pieces))
    said = [
        chunk(event(choices=[{"index": 0, "delta": {"content": one}, "finish_reason": None}]))
        for one in pieces
    ]
    stop = event(choices=[{"index": 0, "delta": {}, "finish_reason": "stop"}])
    usage = event(usage={"prompt_tokens": 900, "completion_tokens": 60, "total_tokens": 960})
    return [*said, chunk(stop + usage + b"data: [DONE]\n\n") + LAST]


class Serving(asyncio.Protocol):
    """One connection: answers each request with the same stream, at an even pace."""

    def __init__(self, script: list[bytes], seconds: float) -> None:
        self._script = script
        self._pause = seconds / (len(script) - 1)
        self._transport: asyncio.Transport
        self._rest = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep where to write to."""
        self._transport = transport  # type: ignore[assignment]  # uvloop's has no common class

    def data_received(self, data: bytes) -> None:
        """Begin to answer once the request is there as a whole."""
        self._rest += data
        head, found, body = self._rest.partition(b"\r\n\r\n")
        if not found:
            return
        named = dict(line.lower().split(b": ", 1) for line in head.split(b"\r\n")[1:])
        if len(body) >= int(named.get(b"content-length", b"0")):
            self._rest = b""
            self._transport.write(HEAD)
            self._say(0, asyncio.get_running_loop().time())

    def _say(self, number: int, began: float) -> None:
        if self._transport.is_closing():
            return
        self._transport.write(self._script[number])
        if number + 1 < len(self._script):
            due = began + (number + 1) * self._pause
            asyncio.get_running_loop().call_at(due, self._say, number + 1, began)


async def serve(port: int, count: int, seconds: float) -> None:
    """Serves on 127.0.0.1 until told to stop."""
    script = events(count)
    loop = asyncio.get_running_loop()
    server = await loop.create_server(
        lambda: Serving(script, seconds), "127.0.0.1", port, backlog=4096
    )
    print(f"stand-in: no model answers here, http://127.0.0.1:{port}/v1 is scripted", flush=True)
    await server.serve_forever()


def main() -> None:
    """The command line: port, events, seconds."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("port", type=int)
    parser.add_argument("events", type=int)
    parser.add_argument("seconds", type=float)
    options = parser.parse_args()
    uvloop.run(serve(options.port, options.events, options.seconds))


if __name__ == "__main__":
    main()
