"""One client's WebSocket: straight out or through a bounded queue, and when to give up on it."""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import TYPE_CHECKING

import structlog
from starlette.websockets import WebSocket, WebSocketDisconnect

from local.gateway.direct import EXTENSION, Write, packet
from local.gateway.faults import fault
from local.gateway.limits import Limits, Window
from local.gateway.protocol import (
    FrameError,
    Message,
    SharedFrame,
    Version,
    Wire,
    parse,
    push,
    reply,
)
from local.gateway.tokens import Claims

if TYPE_CHECKING:
    from local.gateway.channels import Channel

log = structlog.get_logger(__name__)

NORMAL, TOO_BIG, RESTART, TRY_LATER = 1000, 1009, 1012, 1013
CLOSE_PATIENCE = 1.0

Handler = Callable[["Socket", Message], Awaitable[None]]


def _cannot(_: bytes) -> bool:
    return False


class Socket:
    """A connected client. What it cannot take at once waits in a queue, so no sender ever waits."""

    def __init__(
        self, websocket: WebSocket, version: Version, token: str, claims: Claims, limits: Limits
    ) -> None:
        self.version = version
        self.token = token
        self.claims = claims
        self.channels: dict[str, Channel] = {}
        self.joins = Window(limits.joins_per_second, 1.0)
        self._websocket = websocket
        self._write_now: Write = (websocket.scope.get("extensions") or {}).get(EXTENSION, _cannot)
        self._limits = limits
        self._queue: deque[Wire] = deque()
        self._queued = 0
        self._wake = asyncio.Event()
        self._aborted = asyncio.Event()
        self._closing: tuple[int, str] | None = None
        self._sending_since: float | None = None
        self._heard_at = time.monotonic()
        self._stalled_until = 0.0

    def send(self, frame: Wire) -> None:
        """Send one frame, or queue it; a client that lets too many pile up is cut off."""
        if self._closing is None and not (self._is_free and self._write_now(packet(frame))):
            self._enqueue(frame)

    def deliver(self, frame: SharedFrame) -> None:
        """Send or queue a frame that others get as well."""
        ready = frame.packet(self.version)
        if ready is None or self._closing is not None:
            return
        if not (self._is_free and self._write_now(ready)):
            wire = frame.wire(self.version)
            if wire is not None:
                self._enqueue(wire)

    @property
    def _is_free(self) -> bool:
        """Whether nothing waits that would have to go first."""
        return not self._queue and self._sending_since is None and not self.is_stalled

    def _enqueue(self, frame: Wire) -> None:
        self._queue.append(frame)
        self._queued += len(frame)
        limits = self._limits
        if len(self._queue) > limits.queued_frames or self._queued > limits.queued_bytes:
            self._queue.clear()
            self.close(TRY_LATER, "too slow")
            return
        self._wake.set()

    def reply(self, message: Message, status: str, response: object) -> None:
        """Answer one message."""
        self.send(reply(self.version, message, status, response))

    def close(self, code: int, reason: str = "") -> None:
        """End the connection after what is queued; the first reason counts."""
        if self._closing is None:
            self._closing = (code, reason)
            self._wake.set()
            # Whoever does not read cannot be told either: end it even if the close gets stuck.
            asyncio.get_running_loop().call_later(CLOSE_PATIENCE, self.abort)

    def abort(self) -> None:
        """End the connection at once, whatever is queued."""
        self._aborted.set()

    def stall(self, seconds: float) -> None:
        """Neither read nor write for a while, as the real server does after a refused join."""
        self._stalled_until = time.monotonic() + seconds

    @property
    def is_stalled(self) -> bool:
        """Whether it neither reads nor writes just now."""
        return time.monotonic() < self._stalled_until

    def cut_off_if_due(self) -> str | None:
        """End the connection of a client that does not read or has fallen silent; say which."""
        now, limits = time.monotonic(), self._limits
        if self._sending_since is not None and now - self._sending_since > limits.slow_after:
            self.close(TRY_LATER, "too slow")
            return "too slow"
        if now - self._heard_at > limits.silent_after:
            self.close(NORMAL, "silent")
            return "silent"
        return None

    async def run(self, handle: Handler) -> None:
        """Serve the client until either side ends the connection."""
        parts = (self._read(handle), self._write(), self._aborted.wait())
        tasks = {asyncio.create_task(part) for part in parts}
        try:
            await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def _read(self, handle: Handler) -> None:
        while True:
            event = await self._websocket.receive()
            if event["type"] == "websocket.disconnect":
                return
            self._heard_at = time.monotonic()
            data: Wire = event["text"] if event.get("text") is not None else event["bytes"]
            if len(data) > self._limits.frame_bytes:
                self.close(TOO_BIG, "frame too large")
                continue
            await self._handle(handle, data)
            await self._sit_out()

    async def _handle(self, handle: Handler, data: Wire) -> None:
        try:
            message = parse(self.version, data)
        except FrameError:
            return  # the real server ignores what it cannot read, and so do we
        try:
            await handle(self, message)
        except Exception as error:
            # The edge of the loop: one client's odd message must not end its connection.
            log.error("a message failed", kind=message.event[:20], **fault(error))
            self.send(push(self.version, message.topic, "phx_error", "{}", None, message.join_ref))

    async def _write(self) -> None:
        queue = self._queue
        with suppress(WebSocketDisconnect, RuntimeError):
            while True:
                await self._wake.wait()
                self._wake.clear()
                await self._sit_out()
                while queue:
                    frame = queue.popleft()
                    self._queued -= len(frame)
                    self._sending_since = time.monotonic()
                    await self._send_now(frame)
                    self._sending_since = None
                if self._closing is not None:
                    await self._websocket.close(*self._closing)
                    return

    async def _send_now(self, frame: Wire) -> None:
        if isinstance(frame, str):
            await self._websocket.send({"type": "websocket.send", "text": frame})
        else:
            await self._websocket.send({"type": "websocket.send", "bytes": frame})

    async def _sit_out(self) -> None:
        while self.is_stalled:
            await asyncio.sleep(self._stalled_until - time.monotonic())
