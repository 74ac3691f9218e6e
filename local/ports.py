"""Finds free TCP ports on the loopback address."""

from __future__ import annotations

import os
import socket
from itertools import count, islice

LOOPBACK = "127.0.0.1"
TRIES = 200
# The kernel takes ports for outgoing connections from 32768 on.
QUIET = range(20000, 32768)
# Processes that look at the same time begin at places of their own.
_places = count(2503 * os.getpid())


class NoFreePort(Exception):
    """No port is free near the preferred one."""


def is_free(port: int) -> bool:
    """Tells whether nobody listens on this port of 127.0.0.1."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((LOOPBACK, port))
        except OSError:
            return False
    return True


def find_free_port(preferred: int) -> int:
    """Gives `preferred` or the next free port after it; 0 means any. Raises NoFreePort."""
    if preferred == 0:
        return any_port()
    for port in range(preferred, min(preferred + TRIES, 65536)):
        if is_free(port):
            return port
    raise NoFreePort(f"no port is free between {preferred} and {preferred + TRIES - 1}")


def any_port() -> int:
    """Gives a free port, each time another one; raises NoFreePort.

    No outgoing connection takes it before it is listened on: the kernel takes theirs from above.
    """
    for place in islice(_places, len(QUIET)):
        port = QUIET[place % len(QUIET)]
        if is_free(port):
            return port
    raise NoFreePort(f"no port is free between {QUIET[0]} and {QUIET[-1]}")
