"""Fetches an address that somebody named, without reaching into the network it is fetched from.

The address is looked up once; every answer has to be public, and the peer of the connection is
looked at again before a byte is sent, so a name that changes its mind reaches nothing. Redirects
are new addresses and are judged the same. No proxy is used.
"""

from __future__ import annotations

import http.client
import ipaddress
import socket
import ssl
import threading
import time
from collections.abc import Iterator
from concurrent.futures import Future
from contextlib import contextmanager, suppress
from urllib.parse import SplitResult, quote, urljoin, urlsplit

from console.documents import Document, Unreadable
from romashka.channels.downloads import is_public

LARGEST = 10 * 1024 * 1024
WITHIN_S = 20.0
MOST_REDIRECTS = 5
REDIRECTS = frozenset({301, 302, 303, 307, 308})
TYPES = {
    "text/html": "html",
    "application/xhtml+xml": "html",
    "text/markdown": "markdown",
    "text/x-markdown": "markdown",
    "text/plain": "markdown",
    "application/pdf": "pdf",
    "text/csv": "csv",
    "application/csv": "csv",
}
# What an address may hold as it is; letters of other alphabets are written in percent.
SAFE = "/?%:@!$&'()*+,;=~"


def is_allowed(address: str, *, loopback: bool = False) -> bool:
    """Whether an IP address may be connected to: a public one, or with `loopback` this machine."""
    found = ipaddress.ip_address(address.partition("%")[0])
    if isinstance(found, ipaddress.IPv6Address) and found.ipv4_mapped is not None:
        found = found.ipv4_mapped
    return loopback if found.is_loopback else is_public(str(found))


def fetch(url: str, *, loopback: bool = False, within_s: float = WITHIN_S) -> Document:
    """The document at an address; raises Unreadable, saying why.

    `loopback` lets this machine's own addresses pass, for stand-ins (KNOWLEDGE_FETCH_LOOPBACK).
    """
    deadline = time.monotonic() + within_s
    wanted = url
    for _ in range(MOST_REDIRECTS + 1):
        parts = _checked(wanted)
        try:
            with _connection(parts, deadline, loopback=loopback) as connection:
                found = _get(connection, parts, deadline)
        except (OSError, UnicodeError, http.client.HTTPException) as error:
            if time.monotonic() >= deadline:
                raise Unreadable(f"{parts.hostname} took more than {within_s:g} s") from None
            raise Unreadable(f"{parts.hostname} does not answer ({error or type(error)})") from None
        if isinstance(found, tuple):
            return Document(source=url, kind=found[0], content=found[1], url=url)
        following = _following(wanted, found)
        if parts.scheme == "https" and urlsplit(following).scheme == "http":
            raise Unreadable(f"{parts.hostname} leads from https to http")
        wanted = following
    raise Unreadable(f"{url} leads from one address to the next, more than {MOST_REDIRECTS} times")


def _checked(url: str) -> SplitResult:
    try:
        parts = urlsplit(url)
        _ = parts.port
    except ValueError as error:
        raise Unreadable(f"no address: {error}") from None
    if parts.scheme not in ("http", "https"):
        raise Unreadable(f"only http and https are fetched, not {parts.scheme or 'a bare name'}")
    if not parts.hostname or parts.username is not None or parts.password is not None:
        raise Unreadable("an address has a host and neither a user nor a password")
    if any(ord(letter) <= ord(" ") for letter in url):
        raise Unreadable("an address has no spaces")
    return parts


def _following(url: str, place: str) -> str:
    try:
        return urljoin(url, place)
    except ValueError as error:
        raise Unreadable(f"{url} leads to no address: {error}") from None


@contextmanager
def _connection(
    parts: SplitResult, deadline: float, *, loopback: bool
) -> Iterator[http.client.HTTPConnection]:
    """A connection whose peer was judged; whatever it does, it is cut at the deadline."""
    port = parts.port or (443 if parts.scheme == "https" else 80)
    connection = http.client.HTTPConnection(parts.hostname or "", port)
    plain = _connect(parts.hostname or "", port, deadline, loopback=loopback)
    sockets: list[socket.socket] = [plain]
    # A peer that sends a byte now and then outlasts the limit of each read.
    cut = threading.Timer(max(0.0, deadline - time.monotonic()), _cut, (sockets,))
    cut.daemon = True
    cut.start()
    connection.sock = plain
    try:
        if parts.scheme == "https":
            context = ssl.create_default_context()
            sockets[0] = context.wrap_socket(plain, server_hostname=parts.hostname)
            connection.sock = sockets[0]
        yield connection
    finally:
        cut.cancel()
        connection.close()
        sockets[0].close()


def _connect(host: str, port: int, deadline: float, *, loopback: bool) -> socket.socket:
    addresses = _looked_up(host, port, deadline)
    if not all(is_allowed(address, loopback=loopback) for address in addresses):
        raise Unreadable(f"{host} is not a public address")
    left = max(0.1, deadline - time.monotonic())
    sock = socket.create_connection((addresses[0], port), timeout=left)
    if not is_allowed(str(sock.getpeername()[0]), loopback=loopback):
        sock.close()
        raise Unreadable(f"{host} is not a public address")
    return sock


def _looked_up(host: str, port: int, deadline: float) -> list[str]:
    """The addresses of a host; the library's look-up has no limit: it is left at the deadline."""
    answer: Future[list[str]] = Future()

    def look() -> None:
        try:
            found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
            answer.set_result([str(one[4][0]) for one in found])
        except Exception as error:  # it is raised where it is waited for
            answer.set_exception(error)

    threading.Thread(target=look, daemon=True).start()
    return answer.result(timeout=max(0.0, deadline - time.monotonic()))


def _get(
    connection: http.client.HTTPConnection, parts: SplitResult, deadline: float
) -> str | tuple[str, bytes]:
    """Where the answer leads to, or its kind and content."""
    path, query = quote(parts.path or "/", SAFE), quote(parts.query, SAFE)
    target = f"{path}?{query}" if query else path
    headers = {"Accept": ", ".join(TYPES), "Accept-Encoding": "identity", "User-Agent": "romashka"}
    connection.request("GET", target, headers=headers)
    answer = connection.getresponse()
    if answer.status in REDIRECTS and (place := answer.getheader("Location")):
        return place
    if answer.status != http.client.OK:
        raise Unreadable(f"{parts.hostname} answers {answer.status}")
    declared = answer.getheader("Content-Type", "").partition(";")[0].strip().lower()
    if declared not in TYPES:
        raise Unreadable(f"{parts.hostname} sends {declared or 'no type'}, which is no document")
    if answer.getheader("Content-Encoding", "identity").lower() not in ("", "identity"):
        raise Unreadable(f"{parts.hostname} sends it compressed, unasked")
    content = answer.read(LARGEST + 1)
    if len(content) > LARGEST:
        raise Unreadable(f"more than {LARGEST // 1024 // 1024} MB")
    if time.monotonic() >= deadline:
        raise TimeoutError
    return TYPES[declared], _in_utf8(content, answer.headers.get_content_charset())


def _in_utf8(content: bytes, charset: str | None) -> bytes:
    """A text in the charset that its server names, as every reader takes it."""
    if charset in (None, "utf-8") or content.startswith(b"%PDF"):
        return content
    with suppress(LookupError, UnicodeDecodeError):
        return content.decode(charset or "utf-8").encode()
    return content


def _cut(sockets: list[socket.socket]) -> None:
    """End a connection from outside; the library may have let go of its socket already."""
    with suppress(OSError):
        sockets[0].shutdown(socket.SHUT_RDWR)
