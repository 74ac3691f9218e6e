"""When the log is interrupted clients are sent away, so that they come back and catch up."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import psycopg
import pytest

from local.cluster import SUPERUSER
from local.postgres import Postgres
from tests.local.realtime.client import Client
from tests.local.realtime.conftest import SCHEMA
from tests.local.realtime.gateways import ADA, END_STREAM, Gateway, running_gateway
from tests.waiting import wait_until_async

NOTES = {"event": "*", "schema": "public", "table": "notes"}


@pytest.fixture
def alone(
    server: Postgres, platform_database: Callable[[], str], jwt_secret: str
) -> Iterator[Gateway]:
    """A gateway with a database of its own, which the tests here take away."""
    name = platform_database().rpartition("/")[2]
    url = server.url(SUPERUSER, name)
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(SCHEMA.read_bytes())
    with running_gateway(url, jwt_secret) as gateway:
        yield gateway


async def interrupt(gateway: Gateway) -> None:
    """End the gateway's stream in the server; other gateways have databases of their own."""
    gateway.execute(END_STREAM)


async def test_every_client_is_sent_away_to_try_again(alone: Gateway) -> None:
    clients = [await Client.open(alone.url, alone.keys.anon, version) for version in (1, 2)]
    for client in clients:
        await client.join("room")
    await interrupt(alone)
    assert [await client.ended() for client in clients] == [1013, 1013]


async def test_who_comes_back_misses_nothing_from_then_on(alone: Gateway) -> None:
    client = await Client.open(alone.url, alone.user(ADA))
    await client.join("changes", postgres_changes=[NOTES])
    await client.system("Subscribed")
    await interrupt(alone)
    await client.ended()
    again = await Client.open(alone.url, alone.user(ADA))
    await again.join("changes", postgres_changes=[NOTES])
    await again.system("Subscribed")
    alone.execute("insert into public.notes values (1, %s)", ADA)
    assert (await again.event("postgres_changes")).payload["data"]["record"]["id"] == 1
    await again.close()


async def test_a_join_waits_until_the_log_is_read(alone: Gateway, server: Postgres) -> None:
    client = await Client.open(alone.url, alone.user(ADA))
    await client.join("room")
    with psycopg.connect(server.url(SUPERUSER, "template1"), autocommit=True) as elsewhere:
        name = alone.database_url.rpartition("/")[2]
        elsewhere.execute(f"alter database {name} allow_connections false")
        await interrupt(alone)
        await client.ended()
        client = await Client.open(alone.url, alone.user(ADA))
        ref = await client.start_join(
            f"desk:{ADA}", private=True, broadcast={"replication_ready": True}
        )
        assert not alone.hub.reader.ready.is_set()
        elsewhere.execute(f"alter database {name} allow_connections true")
    assert (await client.reply(ref)).payload["status"] == "ok"
    assert alone.hub.reader.ready.is_set()
    await client.system("Replication connection established")
    alone.execute("insert into public.notes values (1, %s)", ADA)
    await client.find(lambda frame: frame.payload.get("event") == "INSERT")
    await client.close()


async def test_nothing_is_left_of_clients_that_went(alone: Gateway) -> None:
    clients = [await Client.open(alone.url, alone.user(ADA)) for _ in range(3)]
    for client in clients:
        await client.join("changes", postgres_changes=[NOTES], presence={"enabled": True})
        await client.push("realtime:changes", "presence", {"event": "track", "payload": {}})
        await client.system("Subscribed")
    for client in clients:
        await client.close()
    hub = alone.hub
    await wait_until_async(lambda: not hub.sockets)
    assert not list(hub.subscriptions.of_table("public", "notes", "INSERT"))
    assert not hub.rooms.has(("changes", False))
    assert hub.presence.state(("changes", False)) == "{}"


async def test_slots_do_not_outlive_their_gateway(
    server: Postgres, platform_database: Callable[[], str], jwt_secret: str
) -> None:
    name = platform_database().rpartition("/")[2]
    url = server.url(SUPERUSER, name)
    count = "select count(*) from pg_replication_slots where database = current_database()"
    with psycopg.connect(url, autocommit=True) as connection:
        with running_gateway(url, jwt_secret) as gateway:
            client = await Client.open(gateway.url, gateway.keys.anon)
            await client.join("room")
            assert connection.execute(count.encode()).fetchone() == (1,)
            await client.close()
        await wait_until_async(lambda: connection.execute(count.encode()).fetchone() == (0,))


async def test_a_client_sent_away_in_the_middle_of_a_join_leaves_nothing(alone: Gateway) -> None:
    client = await Client.open(alone.url, alone.user(ADA))
    await client.join("room")
    with psycopg.connect(alone.database_url) as blocker:
        blocker.execute("lock table realtime.messages in access exclusive mode")
        await client.start_join(f"desk:{ADA}", private=True)
        await wait_until_async(lambda: waiting_queries(alone))
        await interrupt(alone)
        assert await client.ended() == 1013
        await wait_until_async(lambda: not alone.hub.sockets)
        await wait_until_async(lambda: not waiting_queries(alone))
    assert not alone.hub.rooms.has((f"desk:{ADA}", True))


def waiting_queries(gateway: Gateway) -> int:
    """How many questions about rights wait for a lock."""
    count = (
        "select count(*) from pg_stat_activity"
        " where wait_event_type = 'Lock' and query like '%may_read%'"
    )
    return int(gateway.execute(count)[0][0])
