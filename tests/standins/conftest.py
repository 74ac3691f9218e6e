"""The stand-ins as a process, and somebody who receives the webhooks they send."""

from __future__ import annotations

import http.server
import json
import os
import subprocess
import sys
import threading
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field
from typing import Any

import httpx
import pytest

from local.ports import find_free_port
from romashka.channels import build_channels
from romashka.channels.whatsapp import WhatsApp
from romashka.settings import Settings
from tests.system import ROOT
from tests.waiting import wait_until
from tests.web import WEB

NUMBER, TOKEN, SECRET = "15550001", "a-token", "an-app-secret"
BOT_TOKEN, BOT_SECRET = "1065:AA-bot-token", "daisy"
BUSINESS = "15559999"


@dataclass
class Receiver:
    """Takes webhooks as our Flask does; `answers` are given first, then always 200.

    `said` is the body of every 200.
    """

    url: str
    answers: list[int] = field(default_factory=list)
    paths: list[str] = field(default_factory=list)
    bodies: list[bytes] = field(default_factory=list)
    signatures: list[str] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)
    said: bytes = b""

    def statuses(self) -> list[dict[str, Any]]:
        """Every receipt that came, in order."""
        values = [json.loads(body)["entry"][0]["changes"][0]["value"] for body in self.bodies]
        return [status for value in values for status in value["statuses"]]

    def items(self) -> list[dict[str, Any]]:
        """Every item that came from Messenger or Instagram, in order."""
        entries = [json.loads(body)["entry"][0] for body in self.bodies]
        return [item for one in entries for item in one.get("messaging") or one["standby"]]

    def names(self) -> list[str]:
        """The names of the receipts in order."""
        return [status["status"] for status in self.statuses()]


@pytest.fixture(scope="session")
def receiving() -> Iterator[Receiver]:
    """The receiver's server."""
    receiver = Receiver(url="")

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            receiver.paths.append(self.path)
            receiver.signatures.append(self.headers["x-hub-signature-256"])
            receiver.headers.append({name.lower(): value for name, value in self.headers.items()})
            # The last of them: tests wait for it, and read the others.
            receiver.bodies.append(body)
            status = receiver.answers.pop(0) if receiver.answers else 200
            said = receiver.said if status == 200 else b""
            self.send_response(status)
            self.send_header("content-length", str(len(said)))
            self.end_headers()
            self.wfile.write(said)

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    # One at a time and in order: what came before a request was noted before it is answered.
    server = http.server.HTTPServer(("127.0.0.1", 0), Handler)
    receiver.url = f"http://127.0.0.1:{server.server_port}"
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield receiver
    server.shutdown()
    server.server_close()


@pytest.fixture(scope="session")
def standins(receiving: Receiver) -> Iterator[str]:
    """The address of a running process of stand-ins."""
    port = find_free_port(0)
    environment = {
        **os.environ,
        "WHATSAPP_PHONE_NUMBER_ID": NUMBER,
        "WHATSAPP_API_TOKEN": TOKEN,
        "WHATSAPP_BUSINESS_ACCOUNT_ID": BUSINESS,
        "WHATSAPP_WEBHOOK_SECRET": f"{SECRET},older",
        "TELEGRAM_BOT_TOKEN": BOT_TOKEN,
        "TELEGRAM_WEBHOOK_SECRET": f"{BOT_SECRET},older",
        "INSTAGRAM_ACCOUNT_ID": NUMBER,
        "INSTAGRAM_ACCESS_TOKEN": TOKEN,
        "INSTAGRAM_APP_SECRET": SECRET,
        "MESSENGER_PAGE_ID": NUMBER,
        "MESSENGER_ACCESS_TOKEN": TOKEN,
        "MESSENGER_APP_SECRET": SECRET,
    }
    options = ["--port", str(port), "--webhooks-url", receiving.url]
    process = subprocess.Popen(
        [sys.executable, "-m", "local.standins", *options], env=environment, cwd=ROOT
    )
    address = f"http://127.0.0.1:{port}"
    wait_until(lambda: answers(address), timeout=20)
    yield address
    process.terminate()
    process.wait(10)


@pytest.fixture
def receiver(receiving: Receiver, standins: str) -> Receiver:
    """The receiver with nothing received, the stand-ins with nothing recorded or changed."""
    for platform in ("whatsapp", "instagram", "messenger", "telegram"):
        WEB.delete(f"{standins}/control/{platform}").raise_for_status()
    WEB.delete(f"{standins}/record").raise_for_status()
    WEB.post(f"{receiving.url}/after-all-of-before", content=b"").raise_for_status()
    receiving.answers, receiving.paths = [], []
    receiving.bodies, receiving.signatures = [], []
    receiving.headers, receiving.said = [], b""
    return receiving


@pytest.fixture(scope="session")
def trusted(standins: str) -> Iterator[httpx.Client]:
    """A client with the right token."""
    headers = {"Authorization": f"Bearer {TOKEN}"}
    with httpx.Client(base_url=standins, headers=headers, timeout=10) as client:
        yield client


@pytest.fixture
def client(trusted: httpx.Client, receiver: Receiver) -> httpx.Client:
    """The client with the right token, of stand-ins with nothing recorded or changed."""
    return trusted


@pytest.fixture
async def channel(standins: str) -> AsyncIterator[WhatsApp]:
    """Our channel, with the stand-in as its platform."""
    built = build_channels(
        Settings(
            whatsapp_phone_number_id=NUMBER,
            whatsapp_api_token=TOKEN,
            whatsapp_business_account_id=BUSINESS,
            whatsapp_api_url=f"{standins}/whatsapp",
        )
    )["whatsapp"]
    assert isinstance(built, WhatsApp)
    yield built
    await built.close()


def answers(address: str) -> bool:
    """Whether the stand-ins are there."""
    try:
        return WEB.get(f"{address}/healthz").status_code == 200
    except httpx.TransportError:
        return False
