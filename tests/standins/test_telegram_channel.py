"""Our own Telegram channel against the stand-in: what it sends is what the platform takes."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

import pytest

from romashka.channels import build_channels
from romashka.channels.base import Choice, OutboundFile, OutboundMessage, Signal
from romashka.channels.errors import Rejected, Throttled, Unreachable
from romashka.channels.events import Media
from romashka.channels.telegram import Telegram
from romashka.settings import Settings
from tests.standins.conftest import BOT_SECRET, BOT_TOKEN, Receiver
from tests.standins.test_telegram import control, record
from tests.web import WEB

MESSAGE = OutboundMessage(
    delivery_id="d",
    message_id="m",
    account="1065",
    identities={"external": "2300"},
    content="Grüße \N{BLOSSOM}",
    choices=(Choice(id="topic-1", title="Returns"), Choice(id="x" * 100, title="Delivery")),
)


@pytest.fixture
async def channel(standins: str, receiver: Receiver) -> AsyncIterator[Telegram]:
    """The channel, its platform being the stand-in."""
    settings = Settings(
        telegram_bot_token=BOT_TOKEN,
        telegram_webhook_secret=(BOT_SECRET,),
        telegram_api_url=f"{standins}/telegram",
    )
    channel = build_channels(settings)["telegram"]
    assert isinstance(channel, Telegram)
    yield channel
    await channel.close()


def put(standins: str, content: bytes, name: str = "a.jpg") -> dict[str, Any]:
    """Put a file at the platform; its id and size."""
    return dict(WEB.post(f"{standins}/telegram/files/{name}", content=content).json())


def ours(standins: str, content: bytes, kind: str, mime_type: str) -> OutboundFile:
    """A file of ours behind an address, which the stand-in serves too."""
    file_id = put(standins, content)["file_id"]
    url = f"{standins}/telegram/file/bot{BOT_TOKEN}/documents/{file_id}"
    return OutboundFile(
        kind=kind, url=url, mime_type=mime_type, filename="Grüße 1.jpg", size=len(content)
    )


async def test_a_text_with_buttons_is_taken(channel: Telegram, standins: str) -> None:
    (name,) = await channel.send(replace(MESSAGE, reply_to="2300:7"))
    (entry,) = record(standins, "sendMessage")
    assert (entry["message_id"], entry["text"]) == (name, MESSAGE.content)


async def test_files_are_taken_alone_and_as_an_album(channel: Telegram, standins: str) -> None:
    photo = ours(standins, b"picture", "image", "image/jpeg")
    video = ours(standins, b"film", "video", "video/mp4")
    paper = ours(standins, b"paper", "document", "application/pdf")
    files = (photo, video, paper)
    names = await channel.send(
        replace(MESSAGE, choices=(), files=files, identities={"external": "2301"})
    )
    assert len(set(names)) == 3
    (album,), (document,) = record(standins, "sendMediaGroup"), record(standins, "sendDocument")
    assert [item["type"] for item in album["payload"]["media"]] == ["photo", "video"]
    assert document["recipient"] == "2301"


async def test_a_customers_file_is_fetched(channel: Telegram, standins: str) -> None:
    put_there = put(standins, b"voice", "a.oga")
    media = Media(kind="audio", id=put_there["file_id"], mime_type="audio/ogg")
    found = await channel.fetch("1065", media, 1000)
    assert (found.content, found.mime_type) == (b"voice", "audio/ogg")
    with pytest.raises(Rejected):
        await channel.fetch("1065", replace(media, id="gone"), 1000)


async def test_blocked_and_throttled_are_told_apart(channel: Telegram, standins: str) -> None:
    control(standins, mode="blocked", times=1)
    with pytest.raises(Unreachable):
        await channel.send(replace(MESSAGE, identities={"external": "2302"}))
    control(standins, mode="throttle", times=1, retry_after_s=3)
    with pytest.raises(Throttled) as caught:
        await channel.send(replace(MESSAGE, identities={"external": "2303"}))
    assert caught.value.retry_after == 3.0


async def test_a_burst_to_one_chat_is_taken_by_a_strict_platform(
    channel: Telegram, standins: str
) -> None:
    control(standins, mode="strict")
    for _ in range(3):
        await channel.send(replace(MESSAGE, identities={"external": "2304"}))
    assert len(record(standins, "sendMessage")) == 3


async def test_typing_is_seen_and_the_bots_state_told(channel: Telegram, standins: str) -> None:
    signal = Signal(kind="typing", account="1065", identities={"external": "2300"})
    await channel.signal(signal)
    assert record(standins, "sendChatAction")[0]["recipient"] == "2300"
    assert (await channel.check("1065")).startswith("@stand_in_bot, http://127.0.0.1:")
