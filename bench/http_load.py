"""A lean HTTP client for load: so many connections, one request at a time on each."""

from __future__ import annotations

import select
import socket
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field

ANSWER_WITHIN_S = 10.0
SIZE = 65536
HEAD_END = b"\r\n\r\n"
LENGTH = b"content-length: "


class BadAnswer(Exception):
    """The server closed a connection, or said something that is no HTTP."""


@dataclass(slots=True, kw_only=True)
class Load:
    """What came back: counts by status, seconds from each request to its answer, the whole time."""

    statuses: Counter[int] = field(default_factory=Counter)
    waits: list[float] = field(default_factory=list)
    seconds: float = 0.0

    @property
    def rate(self) -> float:
        """Answers with 200 per second."""
        return self.statuses[200] / self.seconds


@dataclass(slots=True, kw_only=True)
class Wire:
    """One connection: what it sent when, and what has come back so far."""

    socket: socket.socket
    sent_at: float = 0.0
    answer: bytes = b""

    def ask(self, request: bytes) -> None:
        """Sends a request; they are small enough for the socket's buffer."""
        self.answer = b""
        self.sent_at = time.perf_counter()
        self.socket.sendall(request)

    def hear(self) -> int | None:
        """Takes what has come; gives the status once the answer is whole."""
        piece = self.socket.recv(SIZE)
        if not piece:
            raise BadAnswer("the connection was closed")
        self.answer += piece
        head, found, body = self.answer.partition(HEAD_END)
        if not found:
            return None
        lower = head.lower()
        at = lower.find(LENGTH)
        if at < 0:
            raise BadAnswer(head.decode(errors="replace"))
        length = int(lower[at + len(LENGTH) :].split(b"\r\n", 1)[0])
        return int(head[9:12]) if len(body) >= length else None


def run(port: int, requests: Iterator[bytes], connections: int, seconds: float) -> Load:
    """Sends requests over 127.0.0.1 for so long, and waits for the last answers."""
    wires = {}
    poll = select.epoll()
    for _ in range(connections):
        wire = Wire(socket=socket.create_connection(("127.0.0.1", port), timeout=ANSWER_WITHIN_S))
        wire.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        wires[wire.socket.fileno()] = wire
        poll.register(wire.socket, select.EPOLLIN)
    try:
        return _exchange(poll, wires, requests, seconds)
    finally:
        poll.close()
        for wire in wires.values():
            wire.socket.close()


def _exchange(
    poll: select.epoll, wires: dict[int, Wire], requests: Iterator[bytes], seconds: float
) -> Load:
    load = Load()
    began = time.perf_counter()
    for wire in wires.values():
        wire.ask(next(requests))
    waiting = len(wires)
    while waiting:
        ready = poll.poll(ANSWER_WITHIN_S)
        if not ready:
            raise BadAnswer(f"no answer within {ANSWER_WITHIN_S:.0f} s")
        for number, _ in ready:
            wire = wires[number]
            status = wire.hear()
            if status is None:
                continue
            now = time.perf_counter()
            load.statuses[status] += 1
            load.waits.append(now - wire.sent_at)
            if now - began < seconds:
                wire.ask(next(requests))
            else:
                waiting -= 1
    load.seconds = time.perf_counter() - began
    return load
