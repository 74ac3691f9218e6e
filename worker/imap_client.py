"""imaplib with a buffer of our own, in which can be seen what the server said and nobody read.

imaplib's own buffer is behind an attribute that is deprecated from Python 3.14 on, where it is not
even what is read from; `read` and `readline` are documented and may be overridden.
"""

from __future__ import annotations

import imaplib
import socket
import ssl

from imap_tools.mailbox import BaseMailBox

from romashka.channels.mail_servers import Server, tls_context

LONGEST_LINE = 1_000_000
STEP = 64 * 1024


class Buffered(imaplib.IMAP4):
    """Reads from its socket alone; a read that runs out of time loses nothing."""

    _source: socket.socket | None = None
    _received = bytearray()

    def read(self, size: int) -> bytes:
        """So many bytes; fewer at the end of the line. Raises OSError."""
        while len(self._waiting()) < size and self._fill():
            pass
        return self._take(size)

    def readline(self) -> bytes:
        """Up to and with a line's end; less at the end of all. Raises OSError, IMAP4.error."""
        looked_at = 0
        while (end := self._waiting().find(b"\n", looked_at)) < 0:
            looked_at = len(self._received)
            if looked_at > LONGEST_LINE:
                raise self.error(f"more than {LONGEST_LINE} bytes in one line")
            if not self._fill():
                return self._take(looked_at)
        return self._take(end + 1)

    @property
    def has_more(self) -> bool:
        """Whether something is received and not yet read: no poll of the socket sees it."""
        is_held_back = isinstance(self.sock, ssl.SSLSocket) and self.sock.pending() > 0
        return bool(self._waiting()) or is_held_back

    def _waiting(self) -> bytearray:
        """What is received; what came before TLS began is nobody's word."""
        if self._source is not self.sock:
            self._source, self._received = self.sock, bytearray()
        return self._received

    def _fill(self) -> bool:
        found = self.sock.recv(STEP)
        self._received += found
        return bool(found)

    def _take(self, size: int) -> bytes:
        with memoryview(self._received) as view:
            taken = bytes(view[:size])
        del self._received[:size]
        return taken


class TlsBuffered(Buffered, imaplib.IMAP4_SSL):
    """The same over TLS from the first byte."""


class Box(BaseMailBox):
    """imap_tools' mailbox over a client of ours; raises OSError and imaplib's errors."""

    client: Buffered

    def __init__(self, server: Server, timeout_s: float) -> None:
        self._server = server
        self._timeout_s = timeout_s
        super().__init__()

    def _get_mailbox_client(self) -> Buffered:
        server, timeout_s = self._server, self._timeout_s
        if server.security == "tls":
            return TlsBuffered(
                server.host, server.port, ssl_context=tls_context(), timeout=timeout_s
            )
        client = Buffered(server.host, server.port, timeout=timeout_s)
        if server.security == "starttls":
            try:
                client.starttls(ssl_context=tls_context())
            except BaseException:
                client.shutdown()
                raise
        return client
