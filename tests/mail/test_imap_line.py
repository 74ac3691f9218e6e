"""What a server says between a search and the leave to idle is news too."""

from __future__ import annotations

import socketserver
import threading
from collections.abc import Callable, Iterator

import pytest

from romashka.channels.mail_servers import Server
from worker.imap_line import Line

CAPABILITY = b"* CAPABILITY IMAP4rev1 IDLE\r\n"
OPENED = b"* 1 EXISTS\r\n* OK [UIDVALIDITY 7] of\r\n* OK [UIDNEXT 2] next\r\n"
NEWS = b"* 2 EXISTS\r\n"


class Scripted(socketserver.StreamRequestHandler):
    """A stand-in for an IMAP server: answers each command with `says`, then with its tag."""

    says: dict[bytes, bytes]
    leave: bytes

    def handle(self) -> None:
        """One line."""
        self.wfile.write(b"* OK ready\r\n")
        while words := self.rfile.readline().split():
            tag, command = words[0], b" ".join(words[1:3])
            if command == b"IDLE":
                self.wfile.write(self.leave)
                self.rfile.readline()  # DONE
            said = next((text for key, text in self.says.items() if command.startswith(key)), b"")
            self.wfile.write(said + tag + b" OK done\r\n")


@pytest.fixture
def line_that_says() -> Iterator[Callable[..., Line]]:
    """Opens a line to a server that says the first with a search, the second when asked to idle."""
    servers: list[socketserver.ThreadingTCPServer] = []

    def open_line(after_search: bytes, leave: bytes, after_done: bytes = b"") -> Line:
        says = {b"CAPA": CAPABILITY, b"EXAMINE": OPENED, b"UID SEARCH": after_search}
        says[b"IDLE"] = after_done
        handler = type("Told", (Scripted,), {"says": says, "leave": leave})
        server = socketserver.ThreadingTCPServer(("127.0.0.1", 0), handler)
        server.daemon_threads = True
        servers.append(server)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        where = Server(host="127.0.0.1", port=server.server_address[1], security="plain")
        return Line(where, lambda box: box.client.login("shop", "secret"))

    yield open_line
    for server in servers:
        server.shutdown()
        server.server_close()


@pytest.mark.parametrize(
    ("after_search", "leave"),
    [
        (b"* SEARCH\r\n" + NEWS, b"+ idling\r\n"),
        (b"* SEARCH\r\n", NEWS + b"+ idling\r\n"),
        (b"* SEARCH\r\n", b"+ idling\r\n" + NEWS),
    ],
    ids=["with the search", "before the leave", "in one packet with the leave"],
)
def test_no_news_is_missed_on_the_way_to_idling(line_that_says, after_search, leave):
    line = line_that_says(after_search, leave)
    looks: list[bool] = []

    def is_over() -> bool:
        looks.append(True)
        return len(looks) > 2

    assert line.uids_after(1) == []
    line.wait(60, is_over)
    line.close()
    assert len(looks) < 2


def test_half_a_line_is_news_and_is_read_to_its_end(line_that_says):
    line = line_that_says(b"* SEARCH\r\n", b"+ idling\r\n* 2 EXI", b"STS\r\n")
    assert line.uids_after(1) == []
    line.wait(60, lambda: False)
    assert line.size(1) is None
    line.close()


def test_without_news_the_line_idles(line_that_says):
    line = line_that_says(b"* SEARCH\r\n", b"+ idling\r\n")
    looks: list[bool] = []

    def is_over() -> bool:
        looks.append(True)
        return len(looks) > 2

    line.uids_after(1)
    line.wait(60, is_over)
    line.close()
    assert len(looks) == 3
