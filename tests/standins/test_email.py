"""The mail server among the stand-ins: its record, its controls, and what it sends back."""

from __future__ import annotations

import http.server
import threading
from collections.abc import Iterator

import httpx
import pytest

from local.ports import find_free_port
from local.standins.app import create_app
from local.standins.behaviour import BadControl
from local.standins.mail_behaviour import MailBehaviour
from romashka.channels.email import Email
from romashka.channels.mail import read_mail
from romashka.channels.mail.providers.generic import GenericInlet
from romashka.settings import Settings
from tests.mail.letterbox import ADDRESS, account_on, message
from tests.waiting import wait_until_async


@pytest.fixture
def posted() -> Iterator[tuple[str, list[tuple[dict[str, str], bytes]]]]:
    """The address of a webhook, and what was posted there."""
    found: list[tuple[dict[str, str], bytes]] = []

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            found.append(({k.lower(): v for k, v in self.headers.items()}, body))
            self.send_response(200)
            self.send_header("content-length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}", found
    server.shutdown()
    server.server_close()


@pytest.mark.parametrize("mode", ["bounce", "auto_reply"])
async def test_what_comes_back_is_signed_and_names_our_mail(posted, mode):
    url, found = posted
    port = find_free_port(0)
    account = account_on(f"smtp://127.0.0.1:{port}")
    app, channel = create_app([account], url, mail_port=port), Email(Settings(), [account])
    transport = httpx.ASGITransport(app=app)
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(transport=transport, base_url="http://standins") as http,
    ):
        assert (await http.post("/control/email", json={"mode": mode})).status_code == 200
        [message_id] = await channel.send(message())
        await wait_until_async(lambda: found)
        record = (await http.get("/record?platform=email")).json()["received"]
    await channel.close()
    assert [entry["message_id"] for entry in record] == [message_id]
    [(headers, body)] = found
    assert GenericInlet(["whsec_YSBzZWNyZXQ="]).verify(headers, body) == {}
    [event] = read_mail(body, channel.mailboxes[ADDRESS].mailbox)
    if mode == "bounce":
        assert (event.external_id, event.status, event.error_code) == (
            message_id,
            "failed",
            "5.1.1",
        )
    else:
        assert event.metadata["automatic"] == "auto_reply"
        assert event.thread["references"] == [message_id]


@pytest.mark.parametrize("wish", [{"mode": "odd"}, {"colour": "red"}, {"times": "2"}, {"to": 3}])
def test_a_wish_that_makes_no_sense_is_refused(wish):
    with pytest.raises(BadControl):
        MailBehaviour.from_json(wish)
