"""Files between our channel and the platform: looked up, read, checked, put up and sent."""

from __future__ import annotations

import base64
import hashlib
import http.server
import threading
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from romashka.channels.base import OutboundFile, OutboundMessage
from romashka.channels.errors import AccountBlocked, Rejected, SendError, Throttled, Unavailable
from romashka.channels.events import Media
from romashka.channels.whatsapp import WhatsApp
from tests.standins.conftest import NUMBER
from tests.standins.test_whatsapp import control

PNG = b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR" + bytes(200)
SUM = hashlib.sha256(PNG)
LIMIT = 10_000


def put_up(client: httpx.Client, content: bytes = PNG, kind: str = "image/png") -> str:
    """A customer's file at the platform."""
    answer = client.post(
        f"/whatsapp/v25.0/{NUMBER}/media",
        data={"messaging_product": "whatsapp", "type": kind},
        files={"file": ("a.png", content, kind)},
    )
    return str(answer.json()["id"])


def of(media_id: str, **more: Any) -> Media:
    return Media(kind="image", id=media_id, **more)


async def refusal(channel: WhatsApp, media: Media, limit: int = LIMIT) -> SendError:
    with pytest.raises(SendError) as caught:
        await channel.fetch(NUMBER, media, limit)
    return caught.value


@pytest.mark.parametrize("sha256", [SUM.hexdigest(), base64.b64encode(SUM.digest()).decode()])
async def test_a_file_is_had_by_its_id(
    channel: WhatsApp, client: httpx.Client, sha256: str
) -> None:
    media = of(put_up(client), sha256=sha256, size=len(PNG))
    found = await channel.fetch(NUMBER, media, LIMIT)
    assert (found.content, found.mime_type) == (PNG, "image/png")


@pytest.mark.parametrize(
    ("mode", "expected", "code"),
    [
        ("expired", Rejected, "404"),
        ("wrong_sum", Rejected, "wrong_sum"),
        ("wrong_size", Rejected, "wrong_size"),
        ("token", AccountBlocked, "190"),
        ("unavailable", Unavailable, "503"),
    ],
)
async def test_a_file_that_is_not_right_is_refused(
    channel: WhatsApp, client: httpx.Client, mode: str, expected: type[SendError], code: str
) -> None:
    media = of(put_up(client))
    control(client, media=mode)
    error = await refusal(channel, media)
    assert (type(error), error.code) == (expected, code)


@pytest.mark.parametrize(
    ("more", "code"), [({"sha256": "0" * 64}, "wrong_sum"), ({"size": 1}, "wrong_size")]
)
async def test_the_webhooks_word_counts_as_well(
    channel: WhatsApp, client: httpx.Client, more: dict[str, Any], code: str
) -> None:
    assert (await refusal(channel, of(put_up(client), **more))).code == code


async def test_never_more_than_the_limit_is_read(channel: WhatsApp, client: httpx.Client) -> None:
    error = await refusal(channel, of(put_up(client)), limit=100)
    assert (type(error), error.code) == (Rejected, "too_large")


@pytest.mark.parametrize("media_id", ["../1065/messages", "1?fields=x", "1 2", "é"])
async def test_an_id_is_never_a_path(
    channel: WhatsApp, client: httpx.Client, media_id: str
) -> None:
    assert (await refusal(channel, of(media_id))).code == "bad_id"


async def test_an_account_that_is_not_ours_is_blocked(channel: WhatsApp) -> None:
    with pytest.raises(AccountBlocked):
        await channel.fetch("2000", of("1"), LIMIT)


async def test_after_fifteen_failed_look_ups_the_platform_is_left_alone(
    channel: WhatsApp, client: httpx.Client
) -> None:
    held = of(put_up(client))
    for _ in range(15):
        assert type(await refusal(channel, of("4711"))) is Rejected
    error = await refusal(channel, held)
    assert isinstance(error, Throttled)
    assert error.retry_after == 1800.0


def message(url: str, **more: Any) -> OutboundMessage:
    return OutboundMessage(
        delivery_id="d",
        message_id="m",
        account=NUMBER,
        identities={"phone": "49151"},
        content="Here you are",
        **{"files": (OutboundFile(kind="image", url=url, mime_type="image/png"),), **more},
    )


@pytest.fixture(scope="module")
def files() -> Iterator[str]:
    """The address of a server that gives our own files to whoever asks."""

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(404 if "missing" in self.path else 200)
            self.send_header("content-length", str(len(PNG)))
            self.end_headers()
            self.wfile.write(PNG)

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


def sent(client: httpx.Client) -> list[dict[str, Any]]:
    entries = client.get("/record").json()["received"]
    return [entry["payload"] for entry in entries]


async def test_our_files_are_put_up_and_sent_by_id(
    channel: WhatsApp, client: httpx.Client, files: str
) -> None:
    file = OutboundFile(kind="file", url=f"{files}/offer.pdf", mime_type="application/pdf")
    image = OutboundFile(kind="image", url=f"{files}/a.png", mime_type="image/png")
    ids = await channel.send(message("", files=(image, file), reply_to="wamid.theirs"))
    first, second = sent(client)
    assert len(ids) == 2
    assert first["context"] == {"message_id": "wamid.theirs"}
    assert "context" not in second
    assert first["image"]["caption"] == "Here you are"
    assert second["document"]["filename"] == "offer.pdf"
    url = client.get(f"/whatsapp/v25.0/{first['image']['id']}").json()["url"]
    assert client.get(url).content == PNG


async def test_parts_that_are_out_are_not_sent_again(
    channel: WhatsApp, client: httpx.Client, files: str
) -> None:
    image = OutboundFile(kind="image", url=f"{files}/a.png", mime_type="image/png")
    ids = await channel.send(message("", files=(image, image), parts_sent=("wamid.first",)))
    assert ids[0] == "wamid.first"
    assert len(sent(client)) == 1


async def test_our_own_file_that_is_away_is_tried_again(channel: WhatsApp, files: str) -> None:
    with pytest.raises(Unavailable):
        await channel.send(message(f"{files}/missing.png"))
