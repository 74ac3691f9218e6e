"""Addresses that somebody names are fetched without reaching into our own network."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import unquote

import pytest

from console.documents import Unreadable
from console.documents.fetching import LARGEST, fetch, is_allowed


class Pages(BaseHTTPRequestHandler):
    """What a server may answer, good and bad."""

    released = threading.Event()

    def do_GET(self) -> None:
        getattr(self, f"_{unquote(self.path).strip('/').partition('?')[0]}")()

    def _page(self) -> None:
        self._say(200, b"<p>Hello</p>", {"Content-Type": "text/html; charset=utf-8"})

    def _latin(self) -> None:
        self._say(
            200, "<p>Größe</p>".encode("latin-1"), {"Content-Type": "text/html; charset=latin-1"}
        )

    def _größe(self) -> None:
        self._page()

    def _moved(self) -> None:
        self._say(302, b"", {"Location": "/page"})

    def _broken(self) -> None:
        self._say(302, b"", {"Location": "http://[x"})

    def _round(self) -> None:
        self._say(302, b"", {"Location": "/round"})

    def _inside(self) -> None:
        self._say(302, b"", {"Location": "http://169.254.169.254/latest/meta-data/"})

    def _file(self) -> None:
        self._say(302, b"", {"Location": "file:///etc/passwd"})

    def _image(self) -> None:
        self._say(200, b"x", {"Content-Type": "image/png"})

    def _gone(self) -> None:
        self._say(404, b"", {})

    def _packed(self) -> None:
        self._say(200, b"x", {"Content-Type": "text/html", "Content-Encoding": "gzip"})

    def _large(self) -> None:
        self._say(200, b"x" * (LARGEST + 1), {"Content-Type": "text/plain"})

    def _slow(self) -> None:
        """A byte now and then, so that no single read takes long."""
        self.send_response(200)
        self.send_header("Content-Type", "text/plain")
        self.end_headers()
        try:
            while not self.released.wait(0.1):
                self.wfile.write(b"x")
        except OSError:
            return

    def _say(self, status: int, body: bytes, headers: dict[str, str]) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        try:
            self.wfile.write(body)
        except OSError:
            return

    def log_message(self, format: str, *args: object) -> None:
        """Says nothing."""


@pytest.fixture(scope="module")
def site() -> Iterator[str]:
    """A server on this machine."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), Pages)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_address[1]}"
    Pages.released.set()
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.mark.parametrize(
    "address",
    [
        *("127.0.0.1", "127.9.9.9", "0.0.0.0", "10.0.0.1", "172.16.0.1", "192.168.1.1"),
        *("169.254.169.254", "100.64.0.1", "224.0.0.1", "255.255.255.255", "192.0.2.1"),
        *("::1", "::", "fe80::1", "fe80::1%eth0", "fd00:ec2::254", "ff02::1", "2001:db8::1"),
        *("::ffff:127.0.0.1", "::ffff:10.0.0.1", "64:ff9b::7f00:1", "2002:7f00:1::", "2001::1"),
        *("fec0::1", "::7f00:1"),
    ],
)
def test_an_address_that_is_not_public_is_refused(address: str) -> None:
    assert is_allowed(address) is False


@pytest.mark.parametrize("address", ["1.1.1.1", "2606:4700:4700::1111", "::ffff:1.1.1.1"])
def test_a_public_address_is_allowed(address: str) -> None:
    assert is_allowed(address) is True


def test_only_loopback_passes_with_the_override() -> None:
    assert [is_allowed(one, loopback=True) for one in ("127.0.0.1", "::1", "10.0.0.1")] == [
        True,
        True,
        False,
    ]


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "[::ffff:127.0.0.1]", "2130706433"])
def test_this_machine_is_not_fetched_from(site: str, host: str) -> None:
    with pytest.raises(Unreadable, match="not a public address"):
        fetch(site.replace("127.0.0.1", host) + "/page")


def named(monkeypatch: pytest.MonkeyPatch, *answers: list[str]) -> list[str]:
    """Has every name be found at these addresses, look-up by look-up; gives the names asked."""
    asked: list[str] = []
    real, left = socket.getaddrinfo, list(answers)

    def found(host: str, port: int, *args: Any, **more: Any) -> Any:
        if host[0].isdigit():
            return real(host, port, *args, **more)
        asked.append(host)
        return [(2, 1, 6, "", (address, port)) for address in left.pop(0)]

    monkeypatch.setattr(socket, "getaddrinfo", found)
    return asked


def test_a_name_that_is_inside_as_well_is_not_fetched_from(
    site: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = named(monkeypatch, ["127.0.0.1", "10.0.0.1"])
    with pytest.raises(Unreadable, match="not a public address"):
        fetch(site.replace("127.0.0.1", "shop.example") + "/page", loopback=True)
    assert asked == ["shop.example"]


def test_a_name_that_changes_its_mind_is_looked_up_once(
    site: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = named(monkeypatch, ["127.0.0.1"], ["169.254.169.254"])
    url = site.replace("127.0.0.1", "shop.example") + "/page"
    assert fetch(url, loopback=True).content == b"<p>Hello</p>"
    assert asked == ["shop.example"]


def test_a_redirect_to_a_name_that_is_inside_is_not_followed(
    site: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = named(monkeypatch, ["127.0.0.1"], ["192.168.1.1"])
    with pytest.raises(Unreadable, match="not a public address"):
        fetch(site.replace("127.0.0.1", "shop.example") + "/moved", loopback=True)
    assert asked == ["shop.example", "shop.example"]


def test_a_name_that_nobody_answers_for_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    released = threading.Event()

    def silent(*_: Any, **__: Any) -> list[Any]:
        released.wait(5.0)
        raise socket.gaierror("nobody answers")

    monkeypatch.setattr(socket, "getaddrinfo", silent)
    started = time.monotonic()
    with pytest.raises(Unreadable, match=r"more than 0\.3 s"):
        fetch("http://shop.example/page", within_s=0.3)
    released.set()
    assert time.monotonic() - started < 3.0


def test_a_page_is_fetched(site: str) -> None:
    found = fetch(f"{site}/moved", loopback=True)
    assert (found.kind, found.content, found.source) == ("html", b"<p>Hello</p>", f"{site}/moved")


@pytest.mark.parametrize("path", ["/größe", "/gr%C3%B6%C3%9Fe", "/page?q=größe"])
def test_an_address_may_have_letters_of_its_language(site: str, path: str) -> None:
    assert fetch(site + path, loopback=True).content == b"<p>Hello</p>"


def test_a_page_in_another_charset_is_fetched_as_utf8(site: str) -> None:
    assert fetch(f"{site}/latin", loopback=True).content.decode() == "<p>Größe</p>"


@pytest.mark.parametrize(
    ("path", "says"),
    [
        ("/inside", "not a public address"),
        ("/file", "only http and https"),
        ("/round", "more than 5 times"),
        ("/broken", "leads to no address"),
        ("/image", "image/png"),
        ("/gone", "answers 404"),
        ("/packed", "compressed"),
        ("/large", "more than 10 MB"),
    ],
)
def test_what_is_refused_says_why(site: str, path: str, says: str) -> None:
    with pytest.raises(Unreadable, match=says):
        fetch(site + path, loopback=True)


def test_a_server_that_drips_is_cut_off(site: str) -> None:
    with pytest.raises(Unreadable, match=r"more than 0\.5 s"):
        fetch(f"{site}/slow", loopback=True, within_s=0.5)


@pytest.mark.parametrize(
    ("url", "says"),
    [
        ("ftp://a.example/", "only http"),
        ("file:///etc/passwd", "only http"),
        ("http://", "has a host"),
        ("http://a:b@a.example/", "neither a user"),
        ("http://a.example:port/", "no address"),
        ("http://a.example/a b", "no spaces"),
        ("http://[::1", "no address"),
        ("http://a..example/", "does not answer"),
    ],
)
def test_what_is_no_address_says_so(url: str, says: str) -> None:
    with pytest.raises(Unreadable, match=says):
        fetch(url)
