"""Chooses the ports of a run, so that two systems that start at once do not choose the same."""

from __future__ import annotations

import socket
import sys
from collections.abc import Callable
from dataclasses import fields

import psutil

from local.plan import Ports
from local.ports import LOOPBACK, NoFreePort, is_free

TRIES = 500
NAMES = {
    "api": "the API",
    "database": "Postgres",
    "webhooks": "webhooks",
    "standins": "stand-ins",
    "mail": "the stand-ins' mail server",
}


class Claims:
    """The ports of one run, kept from every other run on this machine until they are released.

    A claim is the name of an abstract socket: it leaves no file and ends with its process. The port
    itself is bound too, in the way that allows another to listen on it: else the kernel could give
    it to any connection going out before our own process listens.
    """

    def __init__(self) -> None:
        self._claims: list[socket.socket] = []

    def choose(self, wanted: Ports, say: Callable[[str], None]) -> Ports:
        """The wanted ports, each moved to the next free one where it is taken, which is said."""
        reserved = {getattr(wanted, item.name) for item in fields(Ports)}
        chosen: dict[str, int] = {}
        for item in fields(Ports):
            port = getattr(wanted, item.name)
            chosen[item.name] = found = self._first_free(port, reserved - {port})
            if found != port:
                what = NAMES[item.name]
                say(f"port {port} is taken by another program: {found} is used for {what}")
        return Ports(**chosen)

    def release(self) -> None:
        """Give every port back."""
        for claim in self._claims:
            claim.close()
        self._claims.clear()

    def _first_free(self, wanted: int, reserved: set[int]) -> int:
        for port in range(wanted, min(wanted + TRIES, 65536)):
            if port not in reserved and is_free(port) and self._claim(port):
                return port
        raise NoFreePort(f"no port is free between {wanted} and {wanted + TRIES}")

    def _claim(self, port: int) -> bool:
        if sys.platform != "linux":
            return True
        claim = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        held = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        held.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            claim.bind(f"\0romashka:port:{port}")
            held.bind((LOOPBACK, port))
        except OSError:
            claim.close()
            held.close()
            return False
        self._claims += [claim, held]
        return True


def listens(pid: int, port: int) -> bool:
    """Whether this process, or one it started, is who listens on the port."""
    try:
        process = psutil.Process(pid)
        family = [process, *process.children(recursive=True)]
        return any(
            connection.status == psutil.CONN_LISTEN and connection.laddr.port == port
            for member in family
            for connection in member.net_connections(kind="inet")
        )
    except psutil.Error:
        return False
