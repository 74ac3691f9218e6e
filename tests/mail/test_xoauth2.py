"""XOAUTH2 against real servers: Dovecot and aiosmtpd, each asking whether a token is good."""

from __future__ import annotations

import base64
import http.server
import json
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from aiosmtpd.smtp import SMTP, AuthResult

from local.ports import find_free_port
from local.standins.email import Email as MailServer
from local.standins.record import Record
from tests.mail.dovecot import Dovecot, dovecot
from tests.mail.letterbox import ADDRESS, account_on
from tests.mail.mailroom import Mailroom, letter, owe
from tests.mail.workers import running_worker
from tests.waiting import wait_until_async

ALERTS = "select count(*) from alerts where kind = 'token' and resolved_at is null"
STATE = "select token_state || ' ' || status from channels where account = %s"
SENT = "select count(*) from messages where delivery_status = 'sent'"


@dataclass
class Provider:
    """Gives tokens for a grant, says which are good, and can end either."""

    url: str = ""
    granted: bool = True
    good: set[str] = field(default_factory=set)
    given: int = 0
    asked: int = 0

    def renew(self) -> tuple[int, dict[str, Any]]:
        """A new access token; the former one stays good."""
        self.asked += 1
        if not self.granted:
            return 400, {"error": "invalid_grant"}
        self.given += 1
        self.good.add(f"token-{self.given}")
        return 200, {"access_token": f"token-{self.given}", "expires_in": 3600}

    def look_up(self, token: str) -> tuple[int, dict[str, Any]]:
        """Whose a token is."""
        if token not in self.good:
            return 401, {"error": "invalid_token"}
        return 200, {"email": "support", "expires_in": 3600}


class Handler(http.server.BaseHTTPRequestHandler):
    """POST /token gives one, GET /tokeninfo looks one up."""

    provider: Provider

    def do_POST(self) -> None:
        """A refresh."""
        self.rfile.read(int(self.headers["content-length"]))
        self._answer(*self.provider.renew())

    def do_GET(self) -> None:
        """A mail server's question."""
        asked = parse_qs(urlsplit(self.path).query)
        self._answer(*self.provider.look_up(asked.get("access_token", [""])[0]))

    def _answer(self, status: int, body: dict[str, Any]) -> None:
        content = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
def provider() -> Iterator[Provider]:
    """The provider's server."""
    made = Provider()
    handler = type("Asked", (Handler,), {"provider": made})
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    made.url = f"http://127.0.0.1:{server.server_port}"
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield made
    server.shutdown()
    server.server_close()


@pytest.fixture
def imap(provider: Provider) -> Iterator[Dovecot]:
    """A Dovecot that asks the provider."""
    with dovecot(f"{provider.url}/tokeninfo") as running:
        yield running


@pytest.fixture
def room(fresh_database: Callable[[], str]) -> Iterator[Mailroom]:
    """A database of this test's own, with the channel of the mailbox."""
    opened = Mailroom(fresh_database(), "support")
    yield opened
    opened.close()


class ByToken(MailServer):
    """The stand-in's mail server, which lets in by token alone."""

    provider: Provider

    async def auth_XOAUTH2(self, server: SMTP, args: list[str]) -> AuthResult:
        """Look a token up."""
        said = base64.b64decode(args[1]).decode()
        token = said.partition("auth=Bearer ")[2].rstrip("\x01")
        return AuthResult(success=token in self.provider.good, handled=False)


def settings_for(provider: Provider, **more: str) -> dict[str, str]:
    """A worker's settings for a mailbox that is let in by token."""
    return {
        "EMAIL_ADDRESS": ADDRESS,
        "EMAIL_USER": "support",
        "EMAIL_OAUTH_PROVIDER": f"{provider.url}/token",
        "EMAIL_OAUTH_CLIENT_ID": "app",
        "EMAIL_OAUTH_CLIENT_SECRET": "s",
        "EMAIL_OAUTH_REFRESH_TOKEN": "refresh-1",
        **more,
    }


async def test_a_mailbox_is_read_by_token_and_by_a_new_one_once_the_first_is_over(
    provider: Provider, imap: Dovecot, room: Mailroom
) -> None:
    with running_worker(room.url, **settings_for(provider, EMAIL_IMAP_URL=imap.url)):
        await room.is_connected()
        imap.deliver("support", letter("By the first"))
        await room.has("By the first")
        assert room.value("select token_state from channels where type = 'email'") == "valid"
        provider.good.clear()
        imap.stop()
        # Lines that stand may be served on for some seconds.
        await wait_until_async(lambda: room.mailbox("state") == "away", 40)
        imap.start()
        imap.deliver("support", letter("By the second"))
        await room.has("By the first", "By the second", timeout=40)
    assert provider.given == 2


async def test_a_grant_that_is_over_makes_the_token_invalid_and_is_not_hammered(
    provider: Provider, imap: Dovecot, room: Mailroom
) -> None:
    provider.granted = False
    with running_worker(room.url, **settings_for(provider, EMAIL_IMAP_URL=imap.url)):
        await wait_until_async(lambda: room.value(ALERTS) == 1, 20)
        await wait_until_async(lambda: room.mailbox("state") == "refused", 20)
        assert room.value(STATE, ADDRESS) == "invalid disconnected"
        # The worker's other work goes on meanwhile, and a token is asked for no more.
        beats = "select seen_at from private.processes where kind = 'worker'"
        seen = room.value(beats)
        await wait_until_async(lambda: room.value(beats) > seen, 20)
    assert provider.asked == 1


async def test_a_mail_goes_out_by_token_and_by_a_new_one_once_the_first_is_over(
    provider: Provider, room: Mailroom
) -> None:
    port, record = find_free_port(0), Record()
    server = ByToken(
        account_on(f"smtp://127.0.0.1:{port}"), record, "http://127.0.0.1:9", port=port
    )
    server.provider = provider
    await server.start()
    settings = settings_for(provider, EMAIL_SMTP_URL=f"smtp://127.0.0.1:{port}")
    try:
        with running_worker(room.url, **settings):
            owe(room.url, ADDRESS, "One.")
            await wait_until_async(lambda: room.value(SENT) == 1, 20)
            provider.good.clear()
            owe(room.url, ADDRESS, "Two.")
            await wait_until_async(lambda: room.value(SENT) == 2, 20)
            assert provider.given == 2
            provider.good.clear()
            provider.granted = False
            owe(room.url, ADDRESS, "Three.")
            await wait_until_async(lambda: room.value(ALERTS) == 1, 20)
            await wait_until_async(lambda: room.value(STATE, ADDRESS) == "invalid disconnected", 20)
            assert provider.asked == 3
    finally:
        await server.close()
    assert [one["text"] for one in record.entries(platform="email", after=0)] == ["One.", "Two."]
