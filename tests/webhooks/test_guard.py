"""Addresses, proxies, the count of wrong signatures, and the size of a body."""

from __future__ import annotations

import io
from collections.abc import Callable
from contextlib import ExitStack
from ipaddress import ip_network
from typing import Any

import pytest

from romashka.channels.base import LONGEST_BODY
from romashka.settings import Settings
from tests.webhooks.conftest import Site
from tests.webhooks.senders import meta_signed, whatsapp_body
from webhooks.answers import Problem
from webhooks.guard import LARGE, LARGE_AT_ONCE, Guard, rate_key, read_body

PROXY = Settings(webhook_trusted_proxies=(ip_network("10.0.0.0/8"),))


def client(settings: Settings, peer: str, forwarded: str | None = None) -> str:
    environ = {"REMOTE_ADDR": peer}
    if forwarded is not None:
        environ["HTTP_X_FORWARDED_FOR"] = forwarded
    return str(Guard(settings).client(environ))


def test_the_peer_is_the_client() -> None:
    assert client(Settings(), "203.0.113.7") == "203.0.113.7"


def test_a_forwarded_address_of_a_stranger_is_not_believed() -> None:
    assert client(PROXY, "203.0.113.7", "198.51.100.1") == "203.0.113.7"


@pytest.mark.parametrize(
    ("forwarded", "expected"),
    [
        ("198.51.100.1", "198.51.100.1"),
        ("6.6.6.6, 198.51.100.1", "198.51.100.1"),
        ("6.6.6.6, 198.51.100.1, 10.0.0.9", "198.51.100.1"),
        ("198.51.100.1, rubbish", "10.0.0.1"),
        ("", "10.0.0.1"),
        ("10.0.0.2", "10.0.0.1"),
        ("::ffff:198.51.100.1", "198.51.100.1"),
    ],
)
def test_our_proxies_tell_the_last_address_before_them(forwarded: str, expected: str) -> None:
    assert client(PROXY, "10.0.0.1", forwarded) == expected


def test_an_ipv4_address_in_ipv6_is_an_ipv4_address() -> None:
    assert client(Settings(), "::ffff:203.0.113.7") == "203.0.113.7"


def test_an_ipv6_customer_is_counted_by_64_bits() -> None:
    guard = Guard(Settings())
    keys = {
        rate_key(guard.client({"REMOTE_ADDR": address}))
        for address in ("2001:db8:0:1::1", "2001:db8:0:1:ffff::2", "2001:db8:0:2::1")
    }
    assert len(keys) == 2


def test_an_address_that_is_not_listed_gets_403(start_site: Callable[..., Site]) -> None:
    site = start_site(webhook_allowed_addresses=(ip_network("203.0.113.0/24"),))
    assert site.message().status_code == 403
    allowed = {"environ_overrides": {"REMOTE_ADDR": "203.0.113.9"}}
    assert site.post(whatsapp_body(), **allowed).status_code == 200


def test_guessing_signatures_is_slowed_down(start_site: Callable[..., Site]) -> None:
    site = start_site(webhook_rate_per_minute=3)
    answers = [site.client.post("/webhooks/whatsapp", data=b"{}") for _ in range(4)]
    assert [answer.status_code for answer in answers] == [401, 401, 401, 429]
    assert answers[-1].headers["Retry-After"] == "60"


def test_authentic_requests_are_never_slowed_down(start_site: Callable[..., Site]) -> None:
    site = start_site(webhook_rate_per_minute=1)
    for _ in range(3):
        site.client.post("/webhooks/whatsapp", data=b"{}")
    assert [site.message(f"wamid.{n}").status_code for n in range(5)] == [200] * 5


def test_guessing_the_verify_token_is_slowed_down(start_site: Callable[..., Site]) -> None:
    site = start_site(webhook_rate_per_minute=2)
    guess = "/webhooks/whatsapp?hub.mode=subscribe&hub.challenge=1&hub.verify_token=x"
    assert [site.client.get(guess).status_code for _ in range(3)] == [403, 403, 429]


@pytest.mark.parametrize(
    ("change", "status"),
    [
        ({}, 401),
        ({"X-Hub-Signature-256": ""}, 401),
        ({"X-Hub-Signature-256": "sha256=\xe9"}, 401),
        ({"X-Hub-Signature-256": "x" * 8000}, 401),
        (meta_signed(b"other"), 401),
        ({"X-Hub-Signature-256": meta_signed(b"{}")["X-Hub-Signature-256"].upper()}, 401),
        (meta_signed(b"{}", "an-older-secret"), 200),
        (meta_signed(b"{}") | {"Content-Encoding": "gzip"}, 415),
        (meta_signed(b"{}") | {"Content-Encoding": "identity"}, 200),
        (meta_signed(b"{}") | {"Content-Type": "text/plain"}, 200),
    ],
    ids=range(10),
)
def test_the_headers_decide(change: dict[str, str], status: int, shared_site: Site) -> None:
    answer = shared_site.client.post("/webhooks/whatsapp", data=b"{}", headers=change)
    assert answer.status_code == status


def environ(body: bytes, **more: Any) -> dict[str, Any]:
    return {"wsgi.input": io.BytesIO(body), "CONTENT_LENGTH": str(len(body)), **more}


def test_a_body_of_exactly_the_limit_is_read() -> None:
    assert len(read_body(environ(b"x" * LONGEST_BODY), LONGEST_BODY, 1.0)) == LONGEST_BODY


@pytest.mark.parametrize(
    ("given", "status"),
    [
        (environ(b"x" * (LONGEST_BODY + 1)), 413),
        (environ(b"x" * (LONGEST_BODY + 1), CONTENT_LENGTH="", HTTP_TRANSFER_ENCODING="c"), 413),
        (environ(b"short", CONTENT_LENGTH="6"), 400),
        (environ(b"x", HTTP_CONTENT_ENCODING="br"), 415),
    ],
    ids=["large", "large in chunks", "cut short", "packed"],
)
def test_a_body_that_is_not_taken(given: dict[str, Any], status: int) -> None:
    with pytest.raises(Problem) as caught:
        read_body(given, LONGEST_BODY, 1.0)
    assert caught.value.status == status


def test_an_endless_body_is_not_read_for_ever() -> None:
    class Endless(io.RawIOBase):
        given = 0

        def read(self, size: int = -1) -> bytes:
            self.given += size
            return b"x" * size

    endless = Endless()
    with pytest.raises(Problem):
        read_body({"wsgi.input": endless}, LONGEST_BODY, 1.0)
    assert endless.given < 32 * 1024 * 1024


def guarded(length: int) -> dict[str, str]:
    """A request of that declared length."""
    return {"REMOTE_ADDR": "203.0.113.9", "CONTENT_LENGTH": str(length)}


def test_of_large_requests_only_some_are_in_hand_at_a_time() -> None:
    guard, most = Guard(Settings()), 2 * LARGE
    with ExitStack() as held:
        for _ in range(LARGE_AT_ONCE):
            held.enter_context(guard.in_hand(guarded(LARGE + 1), most))
        for environ in (guarded(LARGE + 1), {"HTTP_TRANSFER_ENCODING": "chunked"}):
            with pytest.raises(Problem) as refused, guard.in_hand(environ, most):
                pass
            assert (refused.value.status, refused.value.retry_after_s) == (503, 2)
        with guard.in_hand(guarded(LARGE), most), guard.in_hand(guarded(LARGE * 9), LARGE):
            pass
    with guard.in_hand(guarded(LARGE + 1), most):
        pass
