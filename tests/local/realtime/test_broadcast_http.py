"""Broadcasts over HTTP, and what the handshake refuses."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from local.gateway.tokens import sign
from tests.local.realtime.client import Client
from tests.local.realtime.gateways import ADA, BOB, Gateway

HELLO = {"topic": "square", "event": "hello", "payload": {"n": 1}}
BLANK = ["can't be blank"]
TOO_LARGE = {"x": "x" * 3_200_000}
UPGRADE = {
    "connection": "Upgrade",
    "upgrade": "websocket",
    "sec-websocket-version": "13",
    "sec-websocket-key": "dGhlIHNhbXBsZSBub25jZQ==",
}


async def post(
    gateway: Gateway, path: str = "/broadcast", token: str | None = None, **options: Any
) -> httpx.Response:
    """A request to the broadcast API, by default as anon."""
    headers = options.pop("headers", {})
    if token != "":
        headers = {"authorization": f"Bearer {token or gateway.keys.anon}", **headers}
    async with httpx.AsyncClient() as http:
        url = f"{gateway.url}/realtime/v1/api{path}"
        return await http.post(url, headers=headers, **options)


async def listening(gateway: Gateway, version: int) -> Client:
    """A client on the topic `square`."""
    client = await Client.open(gateway.url, gateway.keys.anon, version)
    await client.join("square")
    return client


@pytest.mark.parametrize("version", [1, 2])
async def test_a_batch_arrives_as_text_in_its_order(gateway: Gateway, version: int) -> None:
    client = await listening(gateway, version)
    answer = await post(gateway, json={"messages": [HELLO, {**HELLO, "event": "again"}]})
    assert (answer.status_code, answer.text) == (202, "")
    await client.until(lambda: len(client.frames) == 3)
    frames = client.frames[1:]
    assert [frame.payload["event"] for frame in frames] == ["hello", "again"]
    assert frames[0].payload == {"type": "broadcast", "event": "hello", "payload": {"n": 1}}
    assert not any(frame.is_binary for frame in frames)
    await client.close()


@pytest.mark.parametrize("version", [1, 2])
async def test_a_single_message_arrives_in_binary_at_version_2(
    gateway: Gateway, version: int
) -> None:
    client = await listening(gateway, version)
    assert (await post(gateway, "/broadcast/square/events/one", json={"n": 1})).status_code == 202
    frame = await client.until(lambda: client.frames[1:])
    if version == 2:
        assert (frame[0].is_binary, frame[0].event, frame[0].payload) == (True, "one", {"n": 1})
        assert frame[0].meta is None
    else:
        assert frame[0].payload == {"type": "broadcast", "event": "one", "payload": {"n": 1}}
    await client.close()


async def test_a_list_as_a_body_becomes_an_object(gateway: Gateway) -> None:
    client = await listening(gateway, 1)
    await post(gateway, "/broadcast/square/events/one", json=[1, 2])
    assert (await client.event("broadcast")).payload["payload"] == {"_json": [1, 2]}
    await client.close()


async def test_bytes_as_a_body_reach_version_2(gateway: Gateway) -> None:
    client = await listening(gateway, 2)
    headers = {"content-type": "application/octet-stream"}
    await post(gateway, "/broadcast/square/events/raw", content=b"\x00\xff", headers=headers)
    assert (await client.event("raw")).payload == b"\x00\xff"
    await client.close()


@pytest.mark.parametrize(
    ("body", "errors"),
    [
        ({}, {"messages": BLANK}),
        ({"messages": []}, {"messages": BLANK}),
        ({"messages": "x"}, {"messages": BLANK}),
        ({"messages": [{"topic": "t", "payload": {}}]}, {"messages": [{"event": BLANK}]}),
        ({"messages": [{"event": "e", "payload": {}}]}, {"messages": [{"topic": BLANK}]}),
        ({"messages": [{**HELLO, "payload": [1]}]}, {"messages": [{"payload": ["is invalid"]}]}),
        ({"messages": [{**HELLO, "payload": "x"}]}, {"messages": [{"payload": ["is invalid"]}]}),
        (
            {"messages": [{**HELLO, "payload": TOO_LARGE}]},
            {"messages": [{"payload": ["Payload size exceeds tenant limit"]}]},
        ),
    ],
)
async def test_a_bad_batch_is_refused_with_what_is_wrong(
    gateway: Gateway, body: Any, errors: Any
) -> None:
    answer = await post(gateway, json=body)
    assert (answer.status_code, answer.json()) == (422, {"errors": errors})


async def test_a_batch_that_is_no_json_is_refused(gateway: Gateway) -> None:
    headers = {"content-type": "application/json"}
    assert (await post(gateway, content=b"{", headers=headers)).status_code == 422


@pytest.mark.parametrize("token", ["", "rubbish"])
@pytest.mark.parametrize("path", ["/broadcast", "/broadcast/square/events/one"])
async def test_without_a_good_token_nothing_is_taken(
    gateway: Gateway, path: str, token: str
) -> None:
    answer = await post(gateway, path, token, json={"messages": [HELLO]})
    assert (answer.status_code, answer.json()) == (401, {"message": "Unauthorized"})


async def test_the_apikey_header_and_opaque_keys_do_as_well(gateway: Gateway) -> None:
    for headers in (
        {"apikey": gateway.keys.anon},
        {"apikey": "sb_publishable_test"},
        {"authorization": "Bearer sb_secret_test"},
    ):
        answer = await post(gateway, token="", headers=headers, json={"messages": [HELLO]})
        assert answer.status_code == 202


async def test_private_messages_of_a_batch_are_dropped_without_the_right(
    gateway: Gateway,
) -> None:
    client = await Client.open(gateway.url, gateway.keys.anon, 1)
    topic = f"desk:{ADA}"
    await client.join(topic, gateway.user(ADA), private=True)
    message = {"topic": topic, "event": "note", "private": True}
    for sender in (BOB, ADA):
        body = {"messages": [{**message, "payload": {"by": sender}}]}
        assert (await post(gateway, token=gateway.user(sender), json=body)).status_code == 202
    assert (await client.event("broadcast")).payload["payload"] == {"by": ADA}
    await client.close()


async def test_a_private_single_message_without_the_right_is_forbidden(gateway: Gateway) -> None:
    path = f"/broadcast/desk:{ADA}/events/note?private=true"
    denied = await post(gateway, path, gateway.user(BOB), json={})
    assert (denied.status_code, denied.json()) == (403, {"message": "Unauthorized"})
    assert (await post(gateway, path, gateway.user(ADA), json={})).status_code == 202


async def test_other_media_types_are_not_supported(gateway: Gateway) -> None:
    headers = {"content-type": "text/plain"}
    answer = await post(gateway, "/broadcast/t/events/e", content=b"x", headers=headers)
    assert answer.status_code == 415
    assert answer.json() == {
        "error": "Unsupported Media Type. Use application/json or application/octet-stream"
    }


async def test_a_single_message_may_not_be_too_large(gateway: Gateway) -> None:
    answer = await post(gateway, "/broadcast/t/events/e", json=TOO_LARGE)
    assert answer.status_code == 422
    assert answer.json() == {"errors": {"payload": ["Payload size exceeds tenant limit"]}}


@pytest.mark.parametrize(
    ("query", "error"),
    [
        ("", "API key is missing"),
        ("apikey=rubbish", "The token provided is not a valid JWT"),
        ("apikey=sb_publishable_other", "The token provided is not a valid JWT"),
        ("forged", "Failed to validate JWT signature"),
        ("over", "Token has expired"),
        ("no role", "Fields `role` and `exp` are required in JWT"),
    ],
)
async def test_a_connection_without_a_good_key_is_refused_with_the_reason(
    gateway: Gateway, query: str, error: str
) -> None:
    made = {
        "forged": sign({"role": "anon", "exp": 4e9}, "y" * 40),
        "over": gateway.token("anon", exp=1),
        "no role": sign({"exp": 4e9}, gateway.secret),
    }
    if query in made:
        query = f"apikey={made[query]}"
    async with httpx.AsyncClient() as http:
        url = f"{gateway.url}/realtime/v1/websocket?{query}"
        answer = await http.get(url, headers=UPGRADE)
    assert (answer.status_code, answer.json()) == (401, {"error": error})


async def test_an_unknown_protocol_version_is_forbidden(gateway: Gateway) -> None:
    async with httpx.AsyncClient() as http:
        url = f"{gateway.url}/realtime/v1/websocket?vsn=9.0.0&apikey={gateway.keys.anon}"
        assert (await http.get(url, headers=UPGRADE)).status_code == 403
