"""The unchanged Python client on the gateway: what the worker and `watch` rely on."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest
from realtime import AsyncRealtimeChannel, AsyncRealtimeClient
from supabase import acreate_client

from tests.local.realtime.gateways import ADA, BOB, END_STREAM, Gateway
from tests.waiting import wait_until_async


def channel_options(**config: Any) -> Any:
    """The options of a channel as the client wants them."""
    whole = {"broadcast": {"self": False, "ack": False}, "presence": {"key": "", "enabled": False}}
    return {"config": {**whole, "private": False, **config}}


@pytest.fixture
async def connect(gateway: Gateway) -> AsyncIterator[Callable[..., Any]]:
    """Opens clients with a token; they are closed at the end."""
    clients = []

    async def open_client(token: str, **options: Any) -> AsyncRealtimeClient:
        address = gateway.url.replace("http", "ws") + "/realtime/v1"
        client = AsyncRealtimeClient(address, token, **options)
        await client.connect()
        clients.append(client)
        return client

    yield open_client
    for client in clients:
        await client.close()


async def subscribed(channel: AsyncRealtimeChannel) -> list[str]:
    """Subscribe and wait until it is done; gives the list that later states go to."""
    states: list[str] = []
    await channel.subscribe(lambda state, _error: states.append(state.value))
    await wait_until_async(lambda: states)
    assert states == ["SUBSCRIBED"]
    return states


async def test_a_private_topic_brings_what_a_trigger_broadcasts(
    gateway: Gateway, connect: Any
) -> None:
    client = await connect(gateway.user(ADA))
    channel = client.channel(f"desk:{ADA}", channel_options(private=True))
    heard: list[Any] = []
    channel.on_broadcast("INSERT", heard.append)
    await subscribed(channel)
    gateway.execute("insert into public.notes values (1, %s, 'tea', 2, 1.50)", ADA)
    await wait_until_async(lambda: heard)
    record = {"id": 1, "author": ADA, "body": "tea", "stars": 2, "price": 1.5}
    assert heard[0]["payload"]["record"] == record


async def test_a_topic_of_another_is_refused(gateway: Gateway, connect: Any) -> None:
    client = await connect(gateway.user(BOB))
    states: list[str] = []
    channel = client.channel(f"desk:{ADA}", channel_options(private=True))
    joining = asyncio.create_task(
        channel.subscribe(lambda state, _error: states.append(state.value))
    )
    await wait_until_async(lambda: "CHANNEL_ERROR" in states)
    joining.cancel()


async def test_clients_broadcast_to_each_other(gateway: Gateway, connect: Any) -> None:
    one, two = [await connect(gateway.keys.anon) for _ in range(2)]
    heard: list[Any] = []
    receiver = two.channel("room").on_broadcast("wave", heard.append)
    await subscribed(receiver)
    sender = one.channel("room")
    await subscribed(sender)
    await sender.send_broadcast("wave", {"from": "one"})
    await wait_until_async(lambda: heard)
    assert heard[0]["payload"] == {"from": "one"}


async def test_row_changes_come_filtered_and_by_policy(gateway: Gateway, connect: Any) -> None:
    client = await connect(gateway.user(ADA))
    heard: list[Any] = []
    told: list[Any] = []
    channel = client.channel("changes")
    channel.on_postgres_changes(
        "INSERT", heard.append, table="notes", schema="public", filter="stars=gt.3"
    )
    channel.on_system(told.append)
    await subscribed(channel)
    await wait_until_async(lambda: told)
    gateway.execute("insert into public.notes (id, author, stars) values (1, %s, 5)", BOB)
    gateway.execute("insert into public.notes (id, author, stars) values (2, %s, 1)", ADA)
    gateway.execute("insert into public.notes (id, author, stars) values (3, %s, 5)", ADA)
    await wait_until_async(lambda: heard)
    assert [change["data"]["record"]["id"] for change in heard] == [3]


async def test_an_error_about_a_change_reaches_the_client_as_nothing(
    gateway: Gateway, connect: Any
) -> None:
    client = await connect(gateway.user(ADA))
    heard: list[Any] = []
    told: list[Any] = []
    channel = client.channel("changes")
    channel.on_postgres_changes("*", heard.append, schema="public")
    channel.on_system(told.append)
    await subscribed(channel)
    await wait_until_async(lambda: told)
    gateway.execute("insert into public.wordlist values ('no key')")
    gateway.execute("insert into public.ledger values (1, 'a', 'b')")
    await wait_until_async(lambda: heard)
    assert [change["data"]["table"] for change in heard] == ["ledger"]


async def test_presence_is_shared(gateway: Gateway, connect: Any) -> None:
    one, two = [await connect(gateway.keys.anon) for _ in range(2)]
    joined: list[Any] = []
    left: list[Any] = []
    watching = two.channel("den", channel_options(presence={"key": "two", "enabled": True}))
    watching.on_presence_join(lambda key, _now, new: joined.append((key, new)))
    watching.on_presence_leave(lambda key, _now, gone: left.append(key))
    await subscribed(watching)
    present = one.channel("den", channel_options(presence={"key": "one", "enabled": True}))
    await subscribed(present)
    await present.track({"mood": "fine"})
    await wait_until_async(lambda: joined)
    assert joined[0][0] == "one"
    assert joined[0][1][0]["mood"] == "fine"
    await present.untrack()
    await wait_until_async(lambda: left == ["one"])


async def test_a_new_token_keeps_the_channel_alive(gateway: Gateway, connect: Any) -> None:
    client = await connect(gateway.user(ADA, exp=time.time() + 2.5))
    heard: list[Any] = []
    channel = client.channel(f"desk:{ADA}", channel_options(private=True))
    channel.on_broadcast("INSERT", heard.append)
    states = await subscribed(channel)
    await client.set_auth(gateway.user(ADA, exp=time.time() + 60))
    other = await connect(gateway.user(ADA, exp=time.time() + 2.6))
    ended = await subscribed(other.channel("short", channel_options()))
    await wait_until_async(lambda: len(ended) > 1)
    gateway.execute("insert into public.notes values (1, %s)", ADA)
    await wait_until_async(lambda: heard)
    assert states == ["SUBSCRIBED"]


# The client reads a field that its WebSocket library calls old; as an error that would end it.
@pytest.mark.filterwarnings("ignore:ConnectionClosed:DeprecationWarning")
async def test_a_client_that_was_sent_away_comes_back_by_itself(
    gateway: Gateway, connect: Any
) -> None:
    client = await connect(gateway.user(ADA), max_retries=50, initial_backoff=0.1)
    heard: list[Any] = []
    channel = client.channel(f"desk:{ADA}", channel_options(private=True))
    channel.on_broadcast("INSERT", heard.append)
    states = await subscribed(channel)
    gateway.execute(END_STREAM)
    await wait_until_async(lambda: states.count("SUBSCRIBED") == 2, 15)
    gateway.execute("insert into public.notes values (1, %s)", ADA)
    await wait_until_async(lambda: heard)


async def test_supabase_with_an_opaque_key_hears_and_sends(gateway: Gateway) -> None:
    client = await acreate_client(gateway.url, "sb_secret_test")
    heard: list[Any] = []
    channel = client.channel("room", channel_options(broadcast={"self": True, "ack": False}))
    channel.on_broadcast("wave", heard.append)
    await subscribed(channel)
    await channel.send_broadcast("wave", {"n": 1})
    await wait_until_async(lambda: heard)
    await client.realtime.close()
