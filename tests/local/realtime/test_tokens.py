"""Tokens in joins and later: whose they are, when they end, what changes with a new one."""

from __future__ import annotations

import time

import pytest

from local.gateway.tokens import TokenError, decode, sign
from tests.local.realtime.client import Client
from tests.local.realtime.gateways import ADA, BOB, Gateway

NOTES = {"event": "*", "schema": "public", "table": "notes"}
VERSIONS = pytest.mark.parametrize("version", [1, 2])


def soon(gateway: Gateway, seconds: float, **claims: object) -> str:
    """Ada's token that ends in so many seconds."""
    return gateway.user(ADA, exp=time.time() + seconds, **claims)


def at_once(said: dict[str, str]) -> dict[str, str]:
    """What the server said, where it came to a second later on a busy machine."""
    return {name: text.replace(" 6 seconds", " 5 seconds") for name, text in said.items()}


@VERSIONS
@pytest.mark.parametrize(
    ("token", "reason"),
    [
        ("garbage", "MalformedJWT: The token provided is not a valid JWT"),
        (sign({"role": "anon", "exp": 4e9}, "another secret that is long enough"), "signature"),
        ("no role", "InvalidJWTToken: Fields `role` and `exp` are required in JWT"),
        ("no end", "InvalidJWTToken: Fields `role` and `exp` are required in JWT"),
        ("over", "InvalidJWTToken: Token has expired 5 seconds ago"),
    ],
)
async def test_a_join_with_a_bad_token_is_refused_with_the_reason(
    gateway: Gateway, version: int, token: str, reason: str
) -> None:
    client = await Client.open(gateway.url, gateway.keys.anon, version)
    made = {
        "no role": sign({"sub": ADA, "exp": 4e9}, gateway.secret),
        "no end": sign({"role": "authenticated"}, gateway.secret),
        "over": soon(gateway, -5.1),
    }
    answer = await client.join("porch", made.get(token, token))
    reasons = {"signature": "JwtSignatureError: Failed to validate JWT signature"}
    assert answer["status"] == "error"
    assert at_once(answer["response"]) == {"reason": reasons.get(reason, reason)}
    await client.close()


@pytest.mark.parametrize("key", ["sb_publishable_test", "sb_secret_test"])
async def test_an_opaque_key_connects_and_joins_like_the_token_it_means(
    gateway: Gateway, key: str
) -> None:
    client = await Client.open(gateway.url, key)
    assert (await client.join("porch", key))["status"] == "ok"
    await client.close()


async def test_the_secret_key_speaks_for_the_service_role(gateway: Gateway) -> None:
    client = await Client.open(gateway.url, "sb_secret_test")
    assert (await client.join("anything", private=True))["status"] == "ok"
    await client.join("changes", postgres_changes=[NOTES])
    await client.system("Subscribed")
    gateway.execute("insert into public.notes values (1, %s, 'tea')", BOB)
    assert (await client.event("postgres_changes")).payload["data"]["record"]["author"] == BOB
    await client.close()


@VERSIONS
async def test_a_channel_ends_with_its_token(gateway: Gateway, version: int) -> None:
    client = await Client.open(gateway.url, gateway.keys.anon, version)
    await client.join("porch", soon(gateway, 2.0))
    closed = await client.event("phx_close")
    said = [frame for frame in client.frames if frame.event == "system"]
    assert [frame.payload["message"] for frame in said] == ["Token has expired 0 seconds ago"]
    assert said[0].payload["status"] == "error"
    assert closed.ref == client.join_refs["realtime:porch"]
    await client.close()


async def test_a_renewed_token_keeps_the_channel(gateway: Gateway) -> None:
    client = await Client.open(gateway.url, gateway.keys.anon)
    await client.join("porch", soon(gateway, 2.0))
    await client.push("realtime:porch", "access_token", {"access_token": soon(gateway, 60)})
    other = await Client.open(gateway.url, gateway.keys.anon)
    await other.join("other", soon(gateway, 2.2))
    await other.event("phx_close")
    await client.settle()
    assert not [frame for frame in client.frames if frame.event in ("system", "phx_close")]
    await client.close()
    await other.close()


@VERSIONS
async def test_a_new_token_is_told_subscribed_again_and_the_same_one_is_not(
    gateway: Gateway, version: int
) -> None:
    client = await Client.open(gateway.url, gateway.keys.anon, version)
    first, second = gateway.user(ADA), gateway.user(ADA, n=2)
    await client.join("changes", first, postgres_changes=[NOTES])
    await client.system("Subscribed")
    for token in (first, None, "sb_publishable_x", 7):
        await client.push("realtime:changes", "access_token", {"access_token": token})
    await client.settle()
    assert len([frame for frame in client.frames if frame.event == "system"]) == 1
    await client.push("realtime:changes", "access_token", {"access_token": second})
    await client.until(lambda: len([f for f in client.frames if f.event == "system"]) == 2)
    await client.close()


async def test_with_another_users_token_come_that_users_rows(gateway: Gateway) -> None:
    client = await Client.open(gateway.url, gateway.keys.anon)
    await client.join("changes", gateway.user(ADA), postgres_changes=[NOTES])
    await client.system("Subscribed")
    start = len(client.frames)
    await client.push("realtime:changes", "access_token", {"access_token": gateway.user(BOB)})
    await client.event("system", start=start)
    gateway.execute("insert into public.notes values (1, %s), (2, %s)", ADA, BOB)
    told = await client.event("postgres_changes")
    assert told.payload["data"]["record"]["id"] == 2
    await client.close()


@VERSIONS
@pytest.mark.parametrize(
    ("token", "message"),
    [
        ("garbage", "The token provided is not a valid JWT"),
        ("over", "Token has expired 5 seconds ago"),
        ("bob", f"You do not have permissions to read from this Channel topic: desk:{ADA}"),
    ],
)
async def test_a_token_that_is_no_good_closes_the_channel_with_the_reason(
    gateway: Gateway, version: int, token: str, message: str
) -> None:
    client = await Client.open(gateway.url, gateway.keys.anon, version)
    await client.join(f"desk:{ADA}", gateway.user(ADA), private=True)
    made = {"over": soon(gateway, -5.1), "bob": gateway.user(BOB)}
    payload = {"access_token": made.get(token, token)}
    await client.push(f"realtime:desk:{ADA}", "access_token", payload)
    await client.event("phx_close")
    assert at_once((await client.event("system")).payload)["message"] == message
    await client.close()


def test_no_other_algorithm_is_accepted() -> None:
    with pytest.raises(TokenError, match=r"not a valid JWT|validate"):
        decode("eyJhbGciOiJub25lIn0.eyJyb2xlIjoiYW5vbiIsImV4cCI6NDAwMDAwMDAwMH0.", "x" * 32)


def test_claims_come_back_as_they_were_signed() -> None:
    claims = {"role": "anon", "exp": 4_000_000_000, "nested": {"a": [1]}}
    assert decode(sign(claims, "x" * 32), "x" * 32) == claims
