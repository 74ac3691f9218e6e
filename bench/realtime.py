"""From an insert to the subscriber's callback, under row level security, and what it costs."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

import psycopg
from psycopg import sql

from bench import database
from bench.figures import Figure, percentile
from bench.polled_slot import PolledSlot
from bench.report import say
from bench.sizes import Sizes
from bench.subscribers import Gate, Heard, LeanSocket, RealClient, Subscriber
from bench.system import System, busy_s, running_system
from local.gateway.tokens import sign
from local.parts import gateway

PER_SECOND = 20
LAST_WITHIN_S = 5.0
TEN_YEARS_S = 315_360_000
INSERT = """
insert into public.messages (id, conversation_id, sender_type, content)
values (%s, %s, 'customer', 'How long does delivery take?')
"""
AGENT = "select private.ensure_agent(%s, %s, 'Bench', 'agent')"
USER = "insert into auth.users (id, email, aud, role) values (%s, %s, {0}, {0})"


@dataclass(frozen=True, slots=True, kw_only=True)
class Rung:
    """When each message's insert began and was committed (perf_counter), and the gateway's CPU."""

    sent: dict[str, float]
    committed: dict[str, float]
    cpu: float


def realtime(sizes: Sizes) -> list[Figure]:
    """Broadcasts and postgres_changes with one subscriber and with many, then the polled slot."""
    with running_system((gateway,)) as system:
        database.add_customers(system.plan.db_url, 20, account="realtime")
        tokens = agents(system, sizes.subscribers)
        figures = []
        for what, changes in (("broadcast", False), ("postgres_changes", True)):
            for count in (1, sizes.subscribers):
                figures += asyncio.run(listen(system, tokens[:count], sizes, changes=changes))
                say(f"realtime: {what} to {count} done")
        return [*figures, *poll(system, sizes)]


def agents(system: System, count: int) -> list[str]:
    """Tokens of so many agents, each somebody of their own."""
    tokens = []
    role = sql.Literal("authenticated")
    with (
        psycopg.connect(system.plan.admin_db_url) as admin,
        psycopg.connect(system.plan.db_url, autocommit=True) as ours,
    ):
        for number in range(count):
            user, email = str(uuid4()), f"agent{number}@bench.local"
            admin.execute(sql.SQL(USER).format(role), [user, email])
            admin.commit()
            ours.execute(AGENT, [user, email])
            claims = {"sub": user, "role": "authenticated", "exp": int(time.time()) + TEN_YEARS_S}
            tokens.append(sign(claims, system.plan.secrets.jwt_secret))
    return tokens


async def listen(
    system: System, tokens: Sequence[str], sizes: Sizes, *, changes: bool
) -> list[Figure]:
    """One real client and lean sockets for the rest hear so many messages."""
    gate = Gate(address=system.plan.api_url.removeprefix("http://"), key=system.plan.anon_key)
    people: list[Subscriber] = [RealClient(gate, tokens[0], changes=changes)]
    people += [LeanSocket(gate, token, changes=changes) for token in tokens[1:]]
    async with AsyncExitStack() as stack:
        for person in people:
            stack.push_async_callback(person.stop)
            await person.start()
        rung = await asyncio.to_thread(ring, system, sizes.rings)
        await all_heard([person.heard for person in people], rung)
    name = f"{'postgres_changes' if changes else 'broadcast'} to {len(people)}"
    return figures_of(name, rung, [person.heard for person in people])


def ring(system: System, count: int) -> Rung:
    """Inserts messages at an even pace, each committed at once."""
    gateway_pid = system.pids["gateway"]
    sent: dict[str, float] = {}
    committed: dict[str, float] = {}
    with psycopg.connect(system.plan.db_url, autocommit=True) as connection:
        row: Any = connection.execute("select array_agg(id) from public.conversations").fetchone()
        began, used = time.perf_counter(), busy_s(gateway_pid)
        for number in range(count):
            time.sleep(max(0.0, began + number / PER_SECOND - time.perf_counter()))
            message_id = str(uuid4())
            sent[message_id] = time.perf_counter()
            connection.execute(INSERT, [message_id, row[0][number % len(row[0])]])
            committed[message_id] = time.perf_counter()
        time.sleep(1 / PER_SECOND)
        share = (busy_s(gateway_pid) - used) / (time.perf_counter() - began)
    return Rung(sent=sent, committed=committed, cpu=share)


async def all_heard(people: Sequence[Heard], rung: Rung) -> None:
    """Waits until everybody has heard everything, or for as long as it is worth."""
    deadline = time.monotonic() + LAST_WITHIN_S
    while time.monotonic() < deadline:
        if all(len(heard.at) >= len(rung.sent) for heard in people):
            return
        await asyncio.sleep(0.02)


def figures_of(name: str, rung: Rung, people: Sequence[Heard]) -> list[Figure]:
    """Times from before the insert to the callback, what was lost, and the gateway's CPU."""
    waits, after = waits_of(rung.sent, people), waits_of(rung.committed, people)
    lost = len(rung.sent) * len(people) - len(waits)
    note = f"insert to callback, {len(rung.sent)} messages, {lost} lost"
    return [
        line(f"{name} p50", percentile(waits, 0.5), "ms", note),
        line(
            f"{name} p99",
            percentile(waits, 0.99),
            "ms",
            f"from the commit: {percentile(after, 0.5):.1f} and {percentile(after, 0.99):.1f}",
        ),
        line(f"{name} gateway CPU", rung.cpu * 100, "%", f"of a core, {PER_SECOND} messages/s"),
    ]


def waits_of(since: Mapping[str, float], people: Sequence[Heard]) -> list[float]:
    """Milliseconds until each subscriber's callback, for whatever was heard."""
    return [
        max(0.0, heard.at[message_id] - at) * 1000
        for heard in people
        for message_id, at in since.items()
        if message_id in heard.at
    ]


def poll(system: System, sizes: Sizes) -> list[Figure]:
    """The same inserts seen by a slot that is polled, with neither rights nor sockets."""
    slot = PolledSlot(system.plan.admin_db_url)
    with slot:
        rung = ring(system, min(sizes.rings, 100))
        time.sleep(0.3)
    seen = slot.seen(list(rung.sent))
    waits = [(seen[name] - at) * 1000 for name, at in rung.sent.items() if name in seen]
    note = "a slot polled every 100 ms; no rights, no sockets"
    return [
        line("polled slot p50", percentile(waits, 0.5), "ms", note),
        line("polled slot p99", percentile(waits, 0.99), "ms"),
    ]


def line(name: str, value: float, unit: str, note: str = "") -> Figure:
    """One figure of this benchmark."""
    return Figure(bench="realtime", name=name, value=value, unit=unit, note=note)
