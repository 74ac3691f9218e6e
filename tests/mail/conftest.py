"""What the mail tests share: somewhere that files can be fetched from."""

from __future__ import annotations

import http.server
import threading
from collections.abc import Iterator

import pytest


class Files(http.server.BaseHTTPRequestHandler):
    """Storage with a small file, a huge one, and one that is gone."""

    def do_GET(self) -> None:
        """One file; the huge one is cut where the reader hangs up."""
        sizes = {"/small": 10, "/huge": 30 * 1024 * 1024}
        self.send_response(200 if self.path in sizes else 404)
        self.send_header("content-length", str(sizes.get(self.path, 0)))
        self.send_header("content-type", "application/pdf")
        self.end_headers()
        try:
            self.wfile.write(b"x" * sizes.get(self.path, 0))
        except ConnectionError:
            return

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture(scope="session")
def httpserver_url() -> Iterator[str]:
    """The address of a server with files."""
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Files)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()
