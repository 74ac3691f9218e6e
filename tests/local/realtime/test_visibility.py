"""Whoever is told of a row can read it: events wait until their transaction is visible."""

from __future__ import annotations

import asyncio

import psycopg
import pytest

from local.gateway.gate import Snapshot
from tests.local.realtime.client import Client, Frame
from tests.local.realtime.gateways import ADA, Gateway

ROUNDS = 60
WRITERS = 4


@pytest.mark.parametrize(
    ("text", "xid", "visible"),
    [
        (b"10:20:", 5, True),
        (b"10:20:12,15", 12, False),
        (b"10:20:12,15", 13, True),
        (b"10:20:", 20, False),
        (b"10:20:", 25, False),
        (b"4294967290:4294967300:", 4, False),  # 4294967300 in full: the counter wrapped
        (b"4294967290:4294967300:", 3, True),
        (b"4294967290:4294967300:", 4294967291, True),
        (b"4294967280:4294967290:", 2, False),  # of the epoch that comes next
    ],
)
def test_a_snapshot_sees_what_ended_before_it(text: bytes, xid: int, visible: bool) -> None:
    assert Snapshot.parse(text).sees(xid) is visible


async def test_every_row_can_be_read_when_its_broadcast_comes(gateway: Gateway) -> None:
    client = await Client.open(gateway.url, gateway.user(ADA))
    await client.join(f"desk:{ADA}", private=True)
    writers = [write(gateway, first) for first in range(WRITERS)]
    reading = asyncio.create_task(missing_rows(gateway, client, ROUNDS * WRITERS))
    await asyncio.gather(*writers)
    assert await reading == []
    await client.close()


async def write(gateway: Gateway, first: int) -> None:
    """Insert notes, one transaction each."""
    async with await psycopg.AsyncConnection.connect(
        gateway.database_url, autocommit=True
    ) as connection:
        for number in range(ROUNDS):
            key = number * WRITERS + first
            await connection.execute("insert into public.notes values (%s, %s)", (key, ADA))


def announced(client: Client) -> list[Frame]:
    """The broadcasts of new rows so far."""
    return [f for f in client.frames if f.payload.get("event") == "INSERT"]


async def missing_rows(gateway: Gateway, client: Client, count: int) -> list[int]:
    """Look every announced row up as soon as it is announced; gives those not found."""
    missing = []
    async with await psycopg.AsyncConnection.connect(
        gateway.database_url, autocommit=True
    ) as connection:
        for place in range(count):
            frame = await client.until(lambda n=place: announced(client)[n : n + 1])
            key = frame[0].payload["payload"]["record"]["id"]
            found = await connection.execute("select from public.notes where id = %s", (key,))
            if await found.fetchone() is None:
                missing.append(key)
    return missing
