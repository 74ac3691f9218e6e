"""A TCP proxy in front of Postgres that a test can cut and mend."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from urllib.parse import urlsplit, urlunsplit

from local.ports import find_free_port


class Proxy:
    """Passes bytes both ways while it is open."""

    def __init__(self, target: tuple[str, int]) -> None:
        self._target = target
        self._pairs: set[socket.socket] = set()
        # No outgoing connection takes the port while it is cut.
        self.port = find_free_port(0)
        self._listener = socket.create_server(("127.0.0.1", self.port))
        self._accept_in_background()

    def cut(self) -> None:
        """Break every connection and take no new ones."""
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        for one in list(self._pairs):
            self._end(one)

    def mend(self) -> None:
        """Take connections again, on the same port."""
        self._listener = socket.create_server(("127.0.0.1", self.port))
        self._accept_in_background()

    def _accept_in_background(self) -> None:
        threading.Thread(target=self._accept, args=(self._listener,), daemon=True).start()

    def _accept(self, listener: socket.socket) -> None:
        while True:
            try:
                client, _ = listener.accept()
            except OSError:
                return
            try:
                server = socket.create_connection(self._target)
            except OSError:
                client.close()
                continue
            self._pairs |= {client, server}
            if listener is not self._listener or listener.fileno() < 0:
                # Cut while this connection was being made.
                self._end(client)
                self._end(server)
                return
            for one, other in ((client, server), (server, client)):
                threading.Thread(target=self._pass_on, args=(one, other), daemon=True).start()

    def _pass_on(self, source: socket.socket, sink: socket.socket) -> None:
        try:
            while data := source.recv(65536):
                sink.sendall(data)
        except OSError:
            pass
        self._end(source)
        self._end(sink)

    def _end(self, one: socket.socket) -> None:
        self._pairs.discard(one)
        with suppress(OSError):
            one.shutdown(socket.SHUT_RDWR)
        one.close()


@contextmanager
def proxied(database_url: str) -> Iterator[tuple[str, Proxy]]:
    """The address through a new proxy, and the proxy."""
    parts = urlsplit(database_url)
    proxy = Proxy((parts.hostname or "127.0.0.1", parts.port or 5432))
    credentials = parts.netloc.rpartition("@")[0]
    yield urlunsplit(parts._replace(netloc=f"{credentials}@127.0.0.1:{proxy.port}")), proxy
    proxy.cut()
