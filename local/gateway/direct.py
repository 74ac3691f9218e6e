"""A shorter way out for frames: written to the transport as they are, encoded once for everybody.

uvicorn's WebSocket builds each frame anew for each client and needs a task to be woken for it.
With a hundred clients on a topic that is most of the time a broadcast takes.
"""

from __future__ import annotations

import struct
from collections.abc import Callable
from typing import Any

from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from websockets.http11 import Request

EXTENSION = "gateway.write"
FINAL_TEXT, FINAL_BINARY = 0x81, 0x82

Write = Callable[[bytes], bool]


def packet(frame: str | bytes) -> bytes:
    """A whole WebSocket message as a server sends it: one frame, not masked, not compressed."""
    is_text = isinstance(frame, str)
    body = frame.encode() if isinstance(frame, str) else frame
    kind, size = FINAL_TEXT if is_text else FINAL_BINARY, len(body)
    if size < 126:
        return struct.pack("!BB", kind, size) + body
    if size < 65_536:
        return struct.pack("!BBH", kind, 126, size) + body
    return struct.pack("!BBQ", kind, 127, size) + body


class DirectWebSocket(WebSocketsSansIOProtocol):
    """uvicorn's WebSocket, which also offers `write` to its application."""

    def handle_connect(self, event: Request) -> None:
        """Begin as ever, and put the way out where the application finds it."""
        super().handle_connect(event)
        if hasattr(self, "scope"):
            extensions: dict[Any, Any] = self.scope["extensions"] or {}
            extensions[EXTENSION] = self.write

    def write(self, data: bytes) -> bool:
        """Write a packet now; False when it would have to wait, or the connection is ending."""
        if self.close_sent or self.disconnected or not self.writable.is_set():
            return False
        if not self.handshake_complete or self.conn.extensions:
            return False
        self.transport.write(data)
        return True
