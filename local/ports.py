"""Finds free TCP ports on the loopback address."""

from __future__ import annotations

import socket

LOOPBACK = "127.0.0.1"
TRIES = 200


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
    """Gives a port that the kernel says is free."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.bind((LOOPBACK, 0))
        port: int = probe.getsockname()[1]
    return port
