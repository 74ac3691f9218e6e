"""OAuth2: tokens renewed in time by a scripted token endpoint, and used for SMTP and IMAP."""

from __future__ import annotations

import asyncio
import base64
import http.server
import json
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import parse_qs

import pytest

from romashka.channels.accounts import Account
from romashka.channels.email import Email
from romashka.channels.errors import AccountBlocked, Unavailable
from romashka.channels.mail_oauth import Grant, Tokens, grant_of
from romashka.channels.mail_servers import mail_account
from romashka.channels.roster import Roster
from romashka.channels.smtp import token_login
from romashka.settings import BadSetting, Settings
from tests.mail.letterbox import account_on
from worker.imap_line import Refused
from worker.mailboxes import entry


@dataclass
class Endpoint:
    """A token endpoint that answers by its script, then with tokens of an hour."""

    url: str = ""
    script: list[tuple[int, dict[str, Any]]] = field(default_factory=list)
    asked: list[dict[str, str]] = field(default_factory=list)

    def answer(self, form: dict[str, str]) -> tuple[int, dict[str, Any]]:
        """The next answer."""
        self.asked.append(form)
        usual = {"access_token": f"token-{len(self.asked)}", "expires_in": 3600}
        status, body = self.script.pop(0) if self.script else (200, {})
        return status, (usual | body if status == 200 else body)


@pytest.fixture
def endpoint() -> Iterator[Endpoint]:
    """The endpoint's server."""
    scripted = Endpoint()

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"])).decode()
            status, answer = scripted.answer({k: v[0] for k, v in parse_qs(body).items()})
            content = json.dumps(answer).encode()
            self.send_response(status)
            self.send_header("content-length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    scripted.url = f"http://127.0.0.1:{server.server_port}/token"
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield scripted
    server.shutdown()
    server.server_close()


@dataclass
class Time:
    """A clock that a test moves."""

    now: float = 1000.0

    def __call__(self) -> float:
        """The present second."""
        return self.now


def grant(endpoint: Endpoint) -> Grant:
    return Grant(
        endpoint=endpoint.url, client_id="app", client_secret="s", refresh_token="refresh-1"
    )


async def test_a_token_is_used_until_five_minutes_before_its_end(endpoint):
    clock = Time()
    tokens = Tokens(grant(endpoint), 5, clock=clock)
    assert [await tokens.access_token(), await tokens.access_token()] == ["token-1"] * 2
    clock.now += 3600 - 301
    assert await tokens.access_token() == "token-1"
    clock.now += 2
    assert await tokens.access_token() == "token-2"
    assert endpoint.asked[0] == {
        "grant_type": "refresh_token",
        "client_id": "app",
        "client_secret": "s",
        "refresh_token": "refresh-1",
    }
    await tokens.close()


async def test_a_rotated_refresh_token_is_handed_on_and_used(endpoint):
    kept, clock = [], Time()

    async def keep(token: str) -> None:
        kept.append(token)

    endpoint.script = [(200, {"refresh_token": "refresh-2"})]
    tokens = Tokens(grant(endpoint), 5, keep=keep, clock=clock)
    await tokens.access_token()
    clock.now += 3600
    await tokens.access_token()
    assert kept == ["refresh-2"]
    assert [form["refresh_token"] for form in endpoint.asked] == ["refresh-1", "refresh-2"]
    await tokens.close()


@pytest.mark.parametrize(
    ("status", "body", "kind"),
    [
        (400, {"error": "invalid_grant"}, AccountBlocked),
        (401, {"error": "invalid_client"}, AccountBlocked),
        (429, {}, Unavailable),
        (503, {}, Unavailable),
        (200, {"access_token": None}, Unavailable),
    ],
)
async def test_what_no_token_means(endpoint, status, body, kind):
    endpoint.script = [(status, body)]
    tokens = Tokens(grant(endpoint), 5)
    with pytest.raises(kind) as caught:
        await tokens.access_token()
    assert (caught.value.code == "reconnect_needed") is (kind is AccountBlocked)
    assert await tokens.access_token() == "token-2"
    await tokens.close()


def test_a_mailbox_with_a_password_has_no_grant():
    assert grant_of(account_on("smtp://127.0.0.1:25")) is None


@pytest.mark.parametrize(
    "options", [{"oauth_provider": "google"}, {"oauth_provider": "ftp://x", "oauth_client_id": "a"}]
)
def test_half_a_grant_is_a_bad_setting(options):
    account = Account(type="email", account="a@b.c", options=options)
    with pytest.raises(BadSetting):
        grant_of(account)


async def test_the_channel_logs_in_by_token(endpoint):
    usual = account_on("smtp://127.0.0.1:25", oauth_provider=endpoint.url, oauth_client_id="app")
    secrets = {**usual.secrets, "oauth_refresh_token": ("refresh-1",)}
    account = Account(type="email", account=usual.account, secrets=secrets, options=usual.options)
    channel = Email(Settings(), [account])
    server = Server()
    (await channel._login(channel.mailboxes[usual.account]))(server)
    assert server.said == f"user={usual.account}\x01auth=Bearer token-1\x01\x01"
    await channel.close()


class Server:
    """As much of an SMTP connection as a login sees."""

    def __init__(self, code: int = 235) -> None:
        self.esmtp_features = {"auth": " PLAIN XOAUTH2"}
        self.said = ""
        self._code = code

    def auth(self, mechanism: str, answer: Any) -> tuple[int, bytes]:
        """Hears the first answer."""
        self.said = answer()
        return self._code, base64.b64encode(b"{}")


def test_a_refused_token_stops_the_account():
    with pytest.raises(AccountBlocked):
        token_login("a@b.c", "old")(Server(535))


class Box:
    """As much of a mailbox's line as a login sees."""

    def __init__(self) -> None:
        self.said: list[str] = []

    def xoauth2(self, user: str, token: str, **_: object) -> None:
        """Hears a token."""
        self.said.append(token)

    def login(self, user: str, password: str, **_: object) -> None:
        """Hears a password."""
        self.said.append(password)


async def test_a_mailbox_that_was_connected_again_is_let_in_by_its_new_grant(endpoint):
    endpoint.script = [(400, {"error": "invalid_grant"})]
    account = mail_account(account_on("smtp://127.0.0.1:25"))
    now, box = {account.address: Tokens(grant(endpoint), 5)}, Box()
    enter = entry(account, lambda: now, asyncio.get_running_loop())
    with pytest.raises(Refused):
        await asyncio.to_thread(enter, box)
    again = Tokens(replace(grant(endpoint), refresh_token="refresh-9"), 5)
    await now[account.address].close()
    now = {account.address: again}
    await asyncio.to_thread(enter, box)
    now = {}
    await asyncio.to_thread(enter, box)
    assert box.said == ["token-2", account.password]
    assert endpoint.asked[-1]["refresh_token"] == "refresh-9"
    await again.close()


async def test_a_rotated_refresh_token_of_our_own_changes_no_channel(endpoint):
    endpoint.script = [(200, {"refresh_token": "refresh-2"})]
    options = {"oauth_provider": endpoint.url, "oauth_client_id": "app"}
    usual = account_on("smtp://127.0.0.1:25", **options)

    def stored(refresh: str) -> tuple[Account, ...]:
        secrets = {**usual.secrets, "oauth_refresh_token": (refresh,)}
        return (replace(usual, secrets=secrets),)

    roster = Roster(Settings())
    assert roster.take(stored("refresh-1"))
    channel = roster["email"]
    await channel.tokens[usual.account].access_token()
    assert not roster.take(stored("refresh-2"))
    assert roster["email"] is channel
    assert roster.take(stored("refresh-9"))
    await roster["email"].tokens[usual.account].access_token()
    assert [form["refresh_token"] for form in endpoint.asked] == ["refresh-1", "refresh-9"]
    await roster.close()
