"""What is received and not yet read is seen, over TLS too; what came before TLS is not believed."""

from __future__ import annotations

import datetime
import ipaddress
import socketserver
import ssl
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from romashka.channels.mail_servers import Server
from worker.imap_client import Box

GREETING = b"* OK ready\r\n"
CAPABILITY = b"* CAPABILITY IMAP4rev1 IDLE STARTTLS\r\n"
LITERAL = b"* 1 FETCH (BODY[] {200000}\r\n" + b"x" * 200000 + b")\r\n"


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A key and a certificate for this machine that signs itself, in one file."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    now = datetime.datetime.now(datetime.UTC)
    address = x509.IPAddress(ipaddress.ip_address("127.0.0.1"))
    made = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([address]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    path = tmp_path_factory.mktemp("tls") / "both.pem"
    secret = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    path.write_bytes(secret + made.public_bytes(serialization.Encoding.PEM))
    return path


class Talking(socketserver.BaseRequestHandler):
    """A stand-in for a server: after NOOP come news, in one packet with the answer."""

    context: ssl.SSLContext
    security: str

    def handle(self) -> None:
        """One line."""
        if self.security == "tls":
            self.request = self.context.wrap_socket(self.request, server_side=True)
        self.request.sendall(GREETING)
        while words := self.request.recv(4096).split():
            tag, command = words[0], words[1].upper()
            if command == b"STARTTLS":
                # Somebody in between adds a line to the server's.
                self.request.sendall(tag + b" OK go on\r\n* 99 EXISTS\r\n")
                self.request = self.context.wrap_socket(self.request, server_side=True)
                continue
            said = {b"CAPABILITY": CAPABILITY, b"FETCH": LITERAL}.get(command, b"")
            more = b"* 2 EXISTS\r\n" if command == b"NOOP" else b""
            self.request.sendall(said + tag + b" OK done\r\n" + more)

    def finish(self) -> None:
        """Hang up; the socket under TLS is another one than the server's."""
        self.request.close()


@pytest.fixture
def box_over(certificate: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[str], Box]]:
    """Opens a box over a line that is made safe that way."""
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    servers: list[socketserver.ThreadingTCPServer] = []

    def open_box(security: str) -> Box:
        handler = type("Told", (Talking,), {"context": context, "security": security})
        server = socketserver.ThreadingTCPServer(("127.0.0.1", 0), handler)
        server.daemon_threads = True
        servers.append(server)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        where = Server(host="127.0.0.1", port=server.server_address[1], security=security)
        return Box(where, 5.0)

    yield open_box
    for server in servers:
        server.shutdown()
        server.server_close()


@pytest.mark.parametrize("security", ["plain", "starttls", "tls"])
def test_what_is_received_and_not_read_is_seen(box_over, security):
    box = box_over(security)
    client = box.client
    client.state = "SELECTED"
    assert not client.has_more
    _, [(_, content), _] = client.fetch("1", "(BODY[])")
    assert content == b"x" * 200000
    client.noop()
    assert client.has_more
    assert client.readline() == b"* 2 EXISTS\r\n"
    assert not client.has_more
    client.shutdown()


def test_what_came_before_tls_is_not_believed(box_over):
    box = box_over("starttls")
    assert isinstance(box.client.sock, ssl.SSLSocket)
    assert box.client.response("EXISTS")[1] == [None]
    box.client.shutdown()
