"""What one client may do, and that whoever does more loses its own connection and no other."""

from __future__ import annotations

import asyncio
import json
import socket
from contextlib import suppress

import pytest
from websockets.exceptions import ConnectionClosed

from local.gateway.badday import GapClock
from local.gateway.limits import Limits, Window
from local.gateway.modes import BadDay, mode_named
from tests.local.realtime.client import Client
from tests.local.realtime.gateways import Gateway, StartGateway
from tests.waiting import wait_until_async

HELLO = {"type": "broadcast", "event": "hello", "payload": {}}


async def pair(gateway: Gateway) -> tuple[Client, Client]:
    """Two clients."""
    one = await Client.open(gateway.url, gateway.keys.anon)
    return one, await Client.open(gateway.url, gateway.keys.anon)


async def test_a_socket_has_so_many_channels_and_no_more(start_gateway: StartGateway) -> None:
    gateway = start_gateway(limits=Limits(channels_per_socket=2))
    client, other = await pair(gateway)
    for name in ("one", "two", "one"):
        assert (await client.join(name))["status"] == "ok"
    refused = await client.join("three")
    assert refused["response"] == {"reason": "ChannelRateLimitReached: Too many channels"}
    await client.push("realtime:one", "phx_leave", {})
    assert (await client.join("three"))["status"] == "ok"
    assert (await other.join("one"))["status"] == "ok"
    await client.close()
    await other.close()


async def test_a_client_joins_only_so_often(start_gateway: StartGateway) -> None:
    client, other = await pair(start_gateway(limits=Limits(joins_per_second=3)))
    answers = [await client.join("one") for _ in range(4)]
    assert [answer["status"] for answer in answers] == ["ok", "ok", "ok", "error"]
    reason = "ClientJoinRateLimitReached: Too many joins per second"
    assert answers[-1]["response"] == {"reason": reason}
    assert (await other.join("one"))["status"] == "ok"
    await client.close()
    await other.close()


async def test_too_many_messages_close_the_channel(start_gateway: StartGateway) -> None:
    client, other = await pair(start_gateway(limits=Limits(messages_per_second=5)))
    await client.join("room")
    await other.join("room")
    for _ in range(6):
        await client.push("realtime:room", "broadcast", HELLO)
    await client.event("phx_close")
    await client.system("Too many messages per second")
    await client.settle()
    await other.settle()
    assert len([frame for frame in other.frames if frame.event == "broadcast"]) == 5
    await client.close()
    await other.close()


async def test_a_frame_over_the_limit_ends_the_connection(gateway: Gateway) -> None:
    client, other = await pair(gateway)
    with suppress(ConnectionClosed):
        await client.send(json.dumps(["x" * 5_000_000]))
    assert await client.ended() == 1009
    await other.settle()
    await other.close()


async def test_a_silent_client_is_sent_away(start_gateway: StartGateway) -> None:
    client, other = await pair(start_gateway(limits=Limits(silent_after=1.0)))
    beating = asyncio.create_task(beat(other))
    assert await client.ended() == 1000
    beating.cancel()
    await other.settle()
    await other.close()


async def beat(client: Client) -> None:
    """Send heartbeats for ever."""
    while True:
        await client.settle()
        await asyncio.sleep(0.1)


@pytest.mark.parametrize(
    "limits", [Limits(queued_frames=20), Limits(slow_after=0.5)], ids=["queue", "time"]
)
async def test_a_client_that_does_not_read_is_cut_off_alone(
    start_gateway: StartGateway, limits: Limits
) -> None:
    gateway = start_gateway(limits=limits)
    deaf = await deaf_client(gateway)
    writer = await Client.open(gateway.url, gateway.keys.anon)
    await writer.join("room", broadcast={"ack": True, "self": True})
    big = {**HELLO, "payload": {"x": "x" * 500_000}}
    for _ in range(30):
        ref = await writer.push("realtime:room", "broadcast", big)
        await writer.reply(ref)
    await wait_until_async(lambda: len(gateway.hub.sockets) == 1)
    await writer.settle()
    assert len([frame for frame in writer.frames if frame.event == "broadcast"]) >= 30
    deaf.close()
    await writer.close()


async def deaf_client(gateway: Gateway) -> socket.socket:
    """A client that joins a room and then reads nothing more."""
    loop = asyncio.get_running_loop()
    host, port = gateway.url.removeprefix("http://").split(":")
    raw = socket.socket()
    raw.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    raw.setblocking(False)
    await loop.sock_connect(raw, (host, int(port)))
    await loop.sock_sendall(
        raw,
        f"GET /realtime/v1/websocket?apikey={gateway.keys.anon} HTTP/1.1\r\nHost: {host}\r\n"
        "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n".encode(),
    )
    await loop.sock_recv(raw, 2000)
    join = json.dumps({"topic": "realtime:room", "event": "phx_join", "ref": "1", "payload": {}})
    join = join.replace('"payload": {}', '"payload": {"config": {}}')
    # A frame of a client: text, masked with zeros.
    await loop.sock_sendall(raw, bytes([0x81, 0x80 | len(join)]) + bytes(4) + join.encode())
    await loop.sock_recv(raw, 2000)
    return raw


def test_a_window_allows_so_many_and_then_again_later() -> None:
    now = 0.0
    window = Window(2, 10.0, lambda: now)
    assert [window.allows() for _ in range(3)] == [True, True, False]
    now = 9.9
    assert not window.allows()
    now = 10.0
    assert [window.allows() for _ in range(3)] == [True, True, False]


def test_gaps_come_when_they_are_due_and_then_again() -> None:
    now = 0.0
    gaps = GapClock(BadDay(first_gap=10, gap=8, changes_gap=2, every=100), lambda: now)
    expected = {0: (0, 0), 10: (1, 1), 12: (1, 0), 17.9: (1, 0), 18: (0, 0), 110: (1, 1)}
    for now, (broadcasts, changes) in expected.items():
        assert (gaps.loses_broadcasts(), gaps.loses_changes()) == (broadcasts, changes), now


def test_an_unknown_mode_is_refused_with_the_names() -> None:
    with pytest.raises(ValueError, match="plain, hosted, hosted-bad-day"):
        mode_named("sunny")
