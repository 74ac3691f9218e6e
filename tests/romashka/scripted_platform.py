"""A platform that answers over a real socket exactly what a test tells it to."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any


@dataclass
class ScriptedPlatform:
    """`answer` is raw HTTP; None hangs up after the request was read, "" never answers.

    Those of `first` are given before it, one each, once. With `pause_s` the answer comes byte by
    byte, that far apart.
    """

    port: int = 0
    answer: str | None = None
    first: list[str | None] = field(default_factory=list)
    pause_s: float = 0.0
    requests: list[tuple[str, dict[str, str], Any]] = field(default_factory=list)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def will_answer(self, status: int, body: Any, **headers: str) -> None:
        self.answer = self.raw(status, body, **headers)

    def will_first_answer(self, status: int, body: Any, **headers: str) -> None:
        self.first.append(self.raw(status, body, **headers))

    def raw(self, status: int, body: Any, **headers: str) -> str:
        text = body if isinstance(body, str) else json.dumps(body)
        lines = [f"HTTP/1.1 {status} X", f"content-length: {len(text.encode())}"]
        lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
        return "\r\n".join([*lines, "", text])

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while True:
                head = (await reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")
                headers = dict(line.lower().split(": ", 1) for line in head[1:] if line)
                body = await reader.readexactly(int(headers.get("content-length", "0")))
                is_json = headers.get("content-type") == "application/json" or not body
                found = json.loads(body or b"null") if is_json else body
                self.requests.append((head[0], headers, found))
                answer = self.first.pop(0) if self.first else self.answer
                if answer is None:
                    return
                await self._write(writer, answer.encode())
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()

    async def _write(self, writer: asyncio.StreamWriter, answer: bytes) -> None:
        step = 1 if self.pause_s else len(answer)
        for start in range(0, len(answer), max(step, 1)):
            writer.write(answer[start : start + step])
            await writer.drain()
            await asyncio.sleep(self.pause_s)


@asynccontextmanager
async def scripted_platform() -> AsyncIterator[ScriptedPlatform]:
    """The platform on a port of its own."""
    platform = ScriptedPlatform()
    server = await asyncio.start_server(platform.serve, "127.0.0.1", 0)
    platform.port = server.sockets[0].getsockname()[1]
    try:
        yield platform
    finally:
        server.close()
        await server.wait_closed()
