"""What the inbox, the dashboard and the probes ask, at a million messages."""

from __future__ import annotations

import json
import time
from statistics import median

import psycopg
from psycopg import Connection

from bench import database, million
from bench.figures import Figure
from bench.report import say
from bench.sizes import Sizes
from local.cluster import SUPERUSER

GOAL_MS = 500.0
TIMES = 5
LIST = """
select id, customer_name, channel_type, status, priority, ai_mode, last_message, last_message_at,
  unread_count
from public.conversations
"""
# As an agent's front-end asks, under row level security.
AS_AGENT = {
    "inbox, 50 open conversations": LIST
    + "where status <> 'resolved' order by last_message_at desc limit 50",
    "open a conversation": "select * from public.messages_since(%(conversation)s, 0)",
    "conversation context": "select public.get_conversation_context(%(conversation)s)",
    "search customers by name": LIST
    + "where customer_name ilike '%%mer 777%%' order by last_message_at desc limit 50",
    "search customers by phone": LIST + "where customer_phone = '4915000000777'",
    "performance, 24 hours": "select public.get_performance_metrics('24 hours')",
    "performance, 30 days": "select public.get_performance_metrics('30 days')",
    "deliveries, 30 days": "select * from public.delivery_slo('30 days')",
    "dead letters": "select * from public.dead_letters limit 100",
}
# As our own processes ask, several times a minute or second.
AS_SERVICE = {
    "/readyz": "select private.readiness()",
    "/metrics": "select private.queue_metrics()",
    "sweep": "select private.sweep()",
    "upkeep": "select private.upkeep()",
    "claim turns": "select private.claim_reply_jobs('bench', 10)",
    "claim deliveries": "select private.claim_deliveries('bench', '{whatsapp}', 10)",
}


def queries(sizes: Sizes) -> list[Figure]:
    """Loads a month, then asks everything five times; the slowest answer counts."""
    with database.running_server() as server:
        began = time.perf_counter()
        million.load(server.url(SUPERUSER), sizes.messages)
        say(f"queries: {sizes.messages:,} messages loaded in {time.perf_counter() - began:.0f} s")
        with psycopg.connect(server.url()) as connection:
            row = connection.execute("select id from public.conversations limit 1").fetchone()
            named = {"conversation": row[0] if row else None}
            return [
                *(measure(connection, name, AS_SERVICE[name], named) for name in AS_SERVICE),
                *(as_agent(connection, name, AS_AGENT[name], named) for name in AS_AGENT),
            ]


def as_agent(connection: Connection, name: str, query: str, named: dict[str, object]) -> Figure:
    """The same under an agent's role and token."""
    claims = json.dumps({"sub": million.AGENT_ID, "role": "authenticated"})
    connection.execute("select set_config('request.jwt.claims', %s, true)", [claims])
    connection.execute("set local role authenticated")
    return measure(connection, name, query, named)


def measure(connection: Connection, name: str, query: str, named: dict[str, object]) -> Figure:
    """Asks one question five times and undoes whatever it did."""
    times = []
    for _ in range(TIMES):
        with connection.transaction(force_rollback=True):
            began = time.perf_counter()
            connection.execute(query.encode(), named).fetchall()
            times.append((time.perf_counter() - began) * 1000)
    worst = max(times)
    return Figure(
        bench="queries",
        name=name,
        value=worst,
        unit="ms",
        goal=f"< {GOAL_MS:.0f}",
        reached=worst < GOAL_MS,
        note=f"slowest of {TIMES}; median {median(times):.1f}",
    )
