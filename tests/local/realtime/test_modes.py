"""The modes that imitate the hosted service's pauses, gaps and losses."""

from __future__ import annotations

import time
from dataclasses import replace

import httpx
import pytest

from local.gateway.modes import HOSTED, HOSTED_BAD_DAY, PLAIN, BadDay
from tests.local.realtime.client import Client
from tests.local.realtime.gateways import ADA, Gateway, StartGateway
from tests.waiting import wait_until_async

NOTES = {"event": "*", "schema": "public", "table": "notes"}
CALM = BadDay(first_gap=None)


async def listener(gateway: Gateway) -> Client:
    """A client that hears of ada's notes both ways."""
    client = await Client.open(gateway.url, gateway.user(ADA))
    await client.join("changes", postgres_changes=[NOTES])
    await client.system("Subscribed")
    await client.join(f"desk:{ADA}", private=True)
    return client


def told(client: Client, operation: str) -> list[float | int]:
    """The ids of notes of which postgres_changes told this operation."""
    changes = [f.payload["data"] for f in client.frames if f.event == "postgres_changes"]
    rows = [data.get("record") or data["old_record"] for data in changes]
    return [row["id"] for row, data in zip(rows, changes, strict=True) if data["type"] == operation]


def announced(client: Client) -> list[int]:
    """The ids of new notes that were broadcast."""
    payloads = [f.payload for f in client.frames if f.event == "broadcast"]
    return [p["payload"]["record"]["id"] for p in payloads if p["event"] == "INSERT"]


async def test_changes_wait_for_the_next_poll_and_broadcasts_do_not(
    start_gateway: StartGateway,
) -> None:
    gateway = start_gateway(mode=replace(HOSTED, poll_interval=2.0))
    client = await listener(gateway)
    gateway.execute("insert into public.notes values (1, %s)", ADA)
    await client.until(lambda: 1 in told(client, "INSERT"))  # now a poll has just been
    gateway.execute("insert into public.notes values (2, %s), (3, %s)", ADA, ADA)
    await client.until(lambda: announced(client) == [1, 2, 3])
    assert told(client, "INSERT") == [1]
    gateway.execute("delete from public.notes where id = 2")
    await client.until(lambda: told(client, "DELETE") == [2])
    assert told(client, "INSERT") == [1, 3], "a row gone at the poll is not told"
    await client.close()


async def test_a_refused_join_stops_its_socket_and_no_other(start_gateway: StartGateway) -> None:
    gateway = start_gateway(mode=replace(HOSTED, refusal_stall=2.0))
    client, other = await listener(gateway), await listener(gateway)
    started = time.monotonic()
    refused = await client.start_join("desk:other", private=True)
    beat = await client.push("phoenix", "heartbeat", {})
    await wait_until_async(lambda: any(one.is_stalled for one in tuple(gateway.hub.sockets)))
    gateway.execute("insert into public.notes values (1, %s)", ADA)
    await other.until(lambda: announced(other) == [1])
    assert announced(client) == []
    assert (await client.reply(refused)).payload["status"] == "error"
    assert time.monotonic() - started >= 2.0
    await client.reply(beat)
    await client.until(lambda: announced(client) == [1])
    await client.close()
    await other.close()


async def test_a_refused_connection_hears_of_it_late(start_gateway: StartGateway) -> None:
    gateway = start_gateway(mode=replace(HOSTED, handshake_delay=0.5))
    started = time.monotonic()
    with pytest.raises(Exception, match="HTTP 401"):
        await Client.open(gateway.url, "rubbish")
    assert time.monotonic() - started >= 0.5


async def test_in_a_gap_what_the_database_sends_is_lost_in_silence(
    start_gateway: StartGateway,
) -> None:
    bad_day = replace(CALM, gap=2.0, changes_gap=2.0)
    gateway = start_gateway(mode=replace(PLAIN, name="bad", bad_day=bad_day))
    client = await listener(gateway)
    await client.join("room", broadcast={"ack": True, "self": True})
    gateway.execute("insert into public.notes values (1, %s)", ADA)
    await client.until(lambda: announced(client) == [1] and told(client, "INSERT") == [1])
    assert (await begin_gap(gateway, gateway.keys.service_role)) == 202
    gateway.execute("insert into public.notes values (2, %s)", ADA)
    ref = await client.push("realtime:room", "broadcast", {"event": "here", "payload": {}})
    await client.reply(ref)
    await client.find(lambda frame: frame.payload.get("event") == "here")
    assert announced(client) == [1]
    await wait_until_async(lambda: not in_gap(gateway))
    gateway.execute("insert into public.notes values (3, %s)", ADA)
    await client.until(lambda: announced(client) == [1, 3] and told(client, "INSERT") == [1, 3])
    assert not [f for f in client.frames if f.event in ("phx_close", "phx_error")]
    await client.close()


def in_gap(gateway: Gateway) -> bool:
    """Whether the gateway loses broadcasts now."""
    return gateway.hub.gaps.loses_broadcasts()


async def begin_gap(gateway: Gateway, token: str) -> int:
    """Ask for a gap; gives the status of the answer."""
    async with httpx.AsyncClient() as http:
        headers = {"authorization": f"Bearer {token}"}
        url = f"{gateway.url}/realtime/v1/control/gap"
        return (await http.post(url, headers=headers)).status_code


async def test_only_the_service_may_begin_a_gap(start_gateway: StartGateway) -> None:
    gateway = start_gateway(mode=replace(HOSTED_BAD_DAY, bad_day=CALM))
    assert await begin_gap(gateway, gateway.keys.anon) == 403
    assert await begin_gap(gateway, "rubbish") == 401
    assert not in_gap(gateway)


async def test_on_other_days_there_is_no_way_to_begin_a_gap(gateway: Gateway) -> None:
    assert await begin_gap(gateway, gateway.keys.service_role) == 404


async def test_a_gap_can_be_due_from_the_start(start_gateway: StartGateway) -> None:
    bad_day = BadDay(first_gap=0.0, gap=30.0)
    gateway = start_gateway(mode=replace(PLAIN, name="bad", bad_day=bad_day))
    assert in_gap(gateway)


async def test_over_the_limit_deliveries_vanish_in_silence(start_gateway: StartGateway) -> None:
    bad_day = replace(CALM, deliveries_per_second=10)
    gateway = start_gateway(mode=replace(PLAIN, name="bad", bad_day=bad_day))
    client = await Client.open(gateway.url, gateway.keys.anon)
    await client.join("room", broadcast={"ack": True, "self": True})
    refs = [
        await client.push("realtime:room", "broadcast", {"event": "n", "payload": {}})
        for _ in range(30)
    ]
    answers = [(await client.reply(ref)).payload["status"] for ref in refs]
    assert answers == ["ok"] * 30
    assert len([frame for frame in client.frames if frame.event == "broadcast"]) in range(10, 30)
    await client.close()
