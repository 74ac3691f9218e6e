"""The media loop on a real database and a real Storage: what a platform gives becomes a file."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import httpx
import pytest

from local.postgres import Postgres
from romashka.channels.base import Fetched, Inlet, OutboundFile, OutboundMessage
from romashka.channels.errors import AccountBlocked, Rejected, Throttled, Unavailable
from romashka.channels.events import Media
from tests.waiting import wait_until_async
from tests.worker.gateways import Gateway
from tests.worker.offices import ACCOUNT, Office, fetching
from worker.sending import send
from worker.storage import Storage, StorageAway

PNG = b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR" + bytes(20)
HEX = hashlib.sha256(PNG).hexdigest()
BASE64 = base64.b64encode(hashlib.sha256(PNG).digest()).decode()
PHOTO = {"kind": "image", "id": "m1", "mime_type": "image/png", "filename": "my photo.png"}


class Platform:
    """A channel whose platform gives these bytes, or first these errors, for every file."""

    type = "whatsapp"
    accounts: Sequence[str] = (ACCOUNT,)
    inlets: Mapping[str, Inlet] = {}

    def __init__(self, *errors: Exception, content: bytes = PNG) -> None:
        self.asked: list[tuple[str | None, int]] = []
        self.sent: list[OutboundMessage] = []
        self.content = content
        self._errors = list(errors)

    async def fetch(self, account: str, media: Media, limit: int) -> Fetched:
        self.asked.append((media.id, limit))
        if self._errors:
            raise self._errors.pop(0)
        return Fetched(content=self.content, mime_type="image/png")

    async def send(self, message: OutboundMessage) -> tuple[str, ...]:
        self.sent.append(message)
        return ("wamid.sent",)

    async def close(self) -> None:
        return None


@pytest.fixture
def gateway(server: Postgres, office: Office, jwt_secret: str, tmp_path: Path) -> Iterator[Gateway]:
    """Storage for the office's database."""
    superuser = server.url("supabase_admin", database=office.url.rsplit("/", 1)[1])
    running = Gateway(superuser, jwt_secret, tmp_path)
    running.start()
    yield running
    running.kill()


@pytest.fixture
async def storage(gateway: Gateway) -> AsyncIterator[Storage]:
    """The bucket, through Supabase's client."""
    opened = Storage(gateway.url, gateway.key, timeout_s=10)
    yield opened
    await opened.close()


def write(office: Office, *files: Mapping[str, Any], external_id: str = "wamid.photo") -> None:
    """A customer sends files."""
    event = {
        "kind": "message",
        "account": ACCOUNT,
        "external_id": external_id,
        "identities": [{"kind": "phone", "value": "4915100000009"}],
        "message_type": "image",
        "media": list(files or [PHOTO]),
    }
    office.rows(
        "select private.ingest_events('whatsapp', array[''::bytea], '[{}]', %s, array[null::text])",
        json.dumps([[event]]),
    )


def media(office: Office) -> list[dict[str, Any]]:
    """What the newest message says of its files."""
    query = "select metadata -> 'media' as media from messages where metadata ? 'media'"
    return office.rows(query + " order by created_at")[-1]["media"]


def states(office: Office) -> list[str]:
    """The states of all files."""
    return [row["state"] for row in office.rows("select state from private.media_files")]


def said(state: str, office: Office) -> Callable[[], bool]:
    """Whether all files have this state."""
    return lambda: set(states(office)) == {state}


@pytest.mark.parametrize("sha256", [HEX, BASE64, None])
async def test_file_lands_in_storage_and_can_be_read_by_its_address(
    office: Office, storage: Storage, sha256: str | None
) -> None:
    write(office, {**PHOTO, "sha256": sha256})
    async with fetching(office, {"whatsapp": Platform()}, storage):
        await wait_until_async(said("stored", office))
    [file] = media(office)
    (row,) = office.rows("select id, conversation_id, media_url from messages")
    assert file["path"] == row["media_url"]
    assert file["path"] == f"{row['conversation_id']}/customer/{row['id']}-0-my-photo.png"
    assert (file["mime_type"], file["size"], file["filename"]) == (
        "image/png",
        len(PNG),
        "my photo.png",
    )
    address = await storage.signed_url(file["path"], 60)
    async with httpx.AsyncClient() as http:
        answer = await http.get(address)
    assert (answer.content, answer.headers["content-type"]) == (PNG, "image/png")


@pytest.mark.parametrize(
    ("platform", "file", "reason"),
    [
        (Platform(), {**PHOTO, "sha256": "0" * 64}, "wrong_sum"),
        (Platform(), {**PHOTO, "sha256": "no sum"}, "wrong_sum"),
        (Platform(content=b"MZ\x90\x00" + bytes(90)), PHOTO, "unwanted"),
        (Platform(), {**PHOTO, "kind": "audio"}, "unwanted"),
        (Platform(), {**PHOTO, "size": 10**9}, "too_large"),
        (Platform(Rejected("404", "gone")), PHOTO, "404"),
    ],
)
async def test_file_that_is_not_kept_says_why_and_harms_nothing(
    office: Office, storage: Storage, platform: Platform, file: dict[str, Any], reason: str
) -> None:
    write(office, file)
    async with fetching(office, {"whatsapp": platform}, storage):
        await wait_until_async(said("failed", office))
    assert media(office)[0]["error"].startswith(reason)
    assert office.value("select count(*) from storage.objects") == 0
    assert office.value("select count(*) from dead_letters where kind = 'media'") == 1


@pytest.mark.parametrize(
    "error", [Unavailable("gone for a moment"), Throttled("lookups", "slow", 0.0), KeyError("bug")]
)
async def test_passing_error_is_tried_again(
    office: Office, storage: Storage, error: Exception
) -> None:
    write(office)
    async with fetching(office, {"whatsapp": Platform(error)}, storage):
        await wait_until_async(said("stored", office))


async def test_refused_account_keeps_its_files(office: Office, storage: Storage) -> None:
    write(office)
    async with fetching(office, {"whatsapp": Platform(AccountBlocked("190", "token"))}, storage):
        query = "select count(*) from alerts where kind = 'channel'"
        await wait_until_async(lambda: office.value(query) == 1)
    assert states(office) == ["pending"]


async def test_images_have_a_limit_of_their_own(office: Office, storage: Storage) -> None:
    platform = Platform()
    write(office, PHOTO, {**PHOTO, "kind": "document", "id": "m2"})
    async with fetching(office, {"whatsapp": platform}, storage):
        await wait_until_async(said("stored", office))
    assert sorted(platform.asked) == [("m1", 16 * 1024 * 1024), ("m2", 25 * 1024 * 1024)]


async def test_storage_that_is_away_is_tried_again(
    office: Office, gateway: Gateway, storage: Storage
) -> None:
    gateway.kill()
    write(office)
    async with fetching(office, {"whatsapp": Platform()}, storage):
        tried = "select min(failures) > 0 from private.media_files"
        await wait_until_async(lambda: office.value(tried))
        gateway.start()
        await wait_until_async(said("stored", office), timeout=20)


async def test_file_of_a_message_taken_back_is_deleted(office: Office, storage: Storage) -> None:
    write(office)
    async with fetching(office, {"whatsapp": Platform()}, storage):
        await wait_until_async(said("stored", office))
        office.rows("select private.apply_revoke(messages) from public.messages")
        office.rows("select private.ring_worker(0, 0, 1)")
        objects = "select count(*) from storage.objects"
        await wait_until_async(lambda: office.value(objects) == 0)
    assert "media" not in office.value("select metadata from messages")


async def test_our_file_gets_an_address_before_it_is_sent(storage: Storage) -> None:
    await storage.upload("c/agent/offer.png", PNG, "image/png")
    platform = Platform()
    message = OutboundMessage(
        delivery_id="d",
        message_id="m",
        account=ACCOUNT,
        identities={},
        content="",
        files=(
            OutboundFile(kind="image", url="", path="c/agent/offer.png"),
            OutboundFile(kind="image", url="https://elsewhere.example/b.png"),
        ),
    )
    assert (await send(platform, message, 5, storage)).result == "sent"
    ours, other = platform.sent[0].files
    async with httpx.AsyncClient() as http:
        assert (await http.get(ours.url)).content == PNG
    assert other.url == "https://elsewhere.example/b.png"


async def test_message_waits_while_its_file_cannot_be_read(storage: Storage) -> None:
    message = OutboundMessage(
        delivery_id="d",
        message_id="m",
        account=ACCOUNT,
        identities={},
        content="",
        files=(OutboundFile(kind="image", url="", path="c/agent/not-there.png"),),
    )
    platform = Platform()
    result = await send(platform, message, 5, storage)
    assert (result.result, result.code, platform.sent) == ("retry", "storage", [])


async def test_silent_storage_is_away(office: Office) -> None:
    silent = Storage("http://127.0.0.1:9", "key", timeout_s=1)
    with pytest.raises(StorageAway):
        await silent.remove(["x"])
    await silent.close()
