"""From a visitor's call to the callback of whoever listens to the conversation (R44)."""

from __future__ import annotations

import asyncio
import time
from contextlib import AsyncExitStack
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

import httpx
import psycopg
from psycopg import sql

from bench.figures import Figure, percentile
from bench.realtime import TEN_YEARS_S, USER
from bench.sizes import Sizes
from bench.subscribers import Gate, Heard, RealClient
from bench.system import System, running_system
from local.gateway.tokens import sign
from local.parts import gateway

# A visitor may write twenty messages in a minute.
EACH = 15
PAUSE_S = 0.05
HEARD_WITHIN_S = 5.0
GOAL_MS = 100.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Visitor:
    """Somebody on the website: their token, and the conversation they have open."""

    token: str
    conversation: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """When a message was sent and its call answered (perf_counter), and who listens to it."""

    message_id: str
    sent: float
    stored: float
    heard: Heard


def website(sizes: Sizes) -> list[Figure]:
    """Visitors call send_message through the gateway, one after the other, and hear themselves."""
    with running_system((gateway,)) as system:
        said = asyncio.run(speak(system, sizes.rings))
    stored = [(one.stored - one.sent) * 1000 for one in said]
    known = [one for one in said if one.message_id in one.heard.at]
    heard = [(one.heard.at[one.message_id] - one.sent) * 1000 for one in known]
    note = f"call to callback, {len(said)} messages, {len(said) - len(known)} lost"
    return [
        line("stored and broadcast", 0.5, heard, note),
        line("stored and broadcast", 0.99, heard),
        line("stored", 0.5, stored, "call to answer"),
        line("stored", 0.99, stored),
    ]


async def speak(system: System, count: int) -> list[Said]:
    """Lets as many visitors as it takes say so much, at an even pace."""
    gate = Gate(address=system.plan.api_url.removeprefix("http://"), key=system.plan.anon_key)
    said: list[Said] = []
    async with AsyncExitStack() as stack:
        http = await stack.enter_async_context(httpx.AsyncClient(timeout=10))
        for begun in range(0, count, EACH):
            visitor = await arrive(system, http)
            topic = f"conversation:{visitor.conversation}"
            client = RealClient(gate, visitor.token, changes=False, topic=topic)
            stack.push_async_callback(client.stop)
            await client.start()
            for _ in range(min(EACH, count - begun)):
                said.append(await say(system, http, visitor, client.heard))
                await asyncio.sleep(PAUSE_S)
        await all_heard(said)
    return said


async def arrive(system: System, http: httpx.AsyncClient) -> Visitor:
    """Signs a new visitor in and opens their conversation."""
    user = str(uuid4())
    with psycopg.connect(system.plan.admin_db_url) as admin:
        query = sql.SQL(USER).format(sql.Literal("authenticated"))
        admin.execute(query, [user, None])
    claims = {"sub": user, "role": "authenticated", "exp": int(time.time()) + TEN_YEARS_S}
    token = sign(claims, system.plan.secrets.jwt_secret)
    arguments = {"p_identifier": "visitor", "p_channel": "website"}
    opened = await call(system, http, token, "create_conversation", arguments)
    return Visitor(token=token, conversation=str(opened))


async def say(system: System, http: httpx.AsyncClient, visitor: Visitor, heard: Heard) -> Said:
    """Lets a visitor say one thing."""
    message_id = str(uuid4())
    arguments = {
        "p_conversation_id": visitor.conversation,
        "p_content": "How long does delivery take?",
        "p_client_id": message_id,
    }
    sent = time.perf_counter()
    await call(system, http, visitor.token, "send_message", arguments)
    return Said(message_id=message_id, sent=sent, stored=time.perf_counter(), heard=heard)


async def call(
    system: System, http: httpx.AsyncClient, token: str, function: str, arguments: dict[str, Any]
) -> Any:
    """What a function gives to a visitor; raises httpx.HTTPStatusError."""
    headers = {"apikey": system.plan.anon_key, "Authorization": f"Bearer {token}"}
    url = f"{system.plan.api_url}/rest/v1/rpc/{function}"
    answer = await http.post(url, headers=headers, json=arguments)
    return answer.raise_for_status().json()


async def all_heard(said: list[Said]) -> None:
    """Waits until everything was heard, or for as long as it is worth."""
    deadline = time.monotonic() + HEARD_WITHIN_S
    while time.monotonic() < deadline:
        if all(one.message_id in one.heard.at for one in said):
            return
        await asyncio.sleep(0.02)


def line(name: str, share: float, milliseconds: list[float], note: str = "") -> Figure:
    """One figure; what is stored and broadcast has a goal."""
    value = percentile(milliseconds, share)
    has_goal = name == "stored and broadcast"
    return Figure(
        bench="website",
        name=f"{name} p{round(share * 100)}",
        value=value,
        unit="ms",
        goal=f"< {GOAL_MS:.0f}" if has_goal else "",
        reached=value < GOAL_MS if has_goal else None,
        note=note,
    )
