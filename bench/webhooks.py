"""Durable signed webhooks per second, against the same Flask without a database."""

from __future__ import annotations

import random
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from bench import database, http_load
from bench.figures import Figure, Round, compare, spread
from bench.report import say
from bench.sizes import Sizes
from bench.system import System, bare_environment, busy_s, running, running_system
from bench.whatsapp import personal, signed_request, template
from local.child import Part
from local.parts import answers
from local.parts import webhooks as shipped
from local.plan import ROOT, Plan
from local.ports import find_free_port

GOAL = 0.9
# More than any slice can send: signing is done before it begins.
READY_PER_SECOND = 12_000
STORED = "select count(*) from public.messages"


class NotAllStored(Exception):
    """The table does not hold exactly the messages that were answered with 200."""


def webhooks(sizes: Sizes) -> list[Figure]:
    """gunicorn, Flask and Postgres as shipped; no worker or gateway takes part of the machine."""
    with running_system((shipped,)) as system:
        account = system.plan.channel_setting("WHATSAPP_PHONE_NUMBER_ID")
        database.add_customers(system.plan.db_url, sizes.customers, account)
        port = find_free_port(0)
        with running(plain_part(system.plan, port)) as plain:
            rounds, waits = [], []
            costs = {name: Cost(pid=pid) for name, pid in (*system.pids.items(), ("plain", plain))}
            for number in range(sizes.rounds):
                database.close_turns(system.plan.db_url)
                with measured(costs["plain"]) as done:
                    other = done.add(slice_of(system, port, sizes))
                with measured(costs["webhooks"]) as mine, measured(costs["postgres"]) as stored:
                    ours = stored.add(mine.add(checked_slice(system, sizes)))
                rounds.append(Round(ours=ours.rate, plain=other.rate))
                waits += ours.waits
                say(f"webhooks {number + 1}: {ours.rate:,.0f}/s against {other.rate:,.0f}/s")
    what = "durable webhooks | plain Flask, no database"
    milliseconds = [wait * 1000 for wait in waits]
    note = f"{sizes.connections} connections"
    return [
        *compare("webhooks", rounds, GOAL, what),
        *spread("webhooks", "answer", milliseconds, note),
        *(cost.figure(name) for name, cost in costs.items()),
    ]


@dataclass(slots=True, kw_only=True)
class Cost:
    """Processor time that one part spent, and on how many webhooks."""

    pid: int
    seconds: float = 0.0
    webhooks: int = 0

    def add(self, load: http_load.Load) -> http_load.Load:
        """Counts what was answered with 200."""
        self.webhooks += load.statuses[200]
        return load

    def figure(self, name: str) -> Figure:
        """Processor time per webhook."""
        spent = self.seconds / max(1, self.webhooks) * 1e6
        return Figure(bench="webhooks", name=f"CPU each, {name}", value=spent, unit="us")


@contextmanager
def measured(cost: Cost) -> Iterator[Cost]:
    """Adds the processor time of a part meanwhile."""
    before = busy_s(cost.pid)
    yield cost
    cost.seconds += busy_s(cost.pid) - before


def plain_part(plan: Plan, port: int) -> Part:
    """The process of the plain application."""
    return Part(
        name="plain",
        command=(sys.executable, "-m", "gunicorn", "-c", "bench/plain_app.py"),
        environment=bare_environment()
        | {"PLAIN_BIND": f"127.0.0.1:{port}", "PLAIN_SECRET": secret_of(plan)},
        directory=ROOT,
        log=plan.state / "log" / "plain.log",
        is_ready=lambda _: answers(f"http://127.0.0.1:{port}/healthz"),
    )


def checked_slice(system: System, sizes: Sizes) -> http_load.Load:
    """A slice through the shipped application; every 200 must be a row. Raises NotAllStored."""
    url = system.plan.db_url
    before = database.count(url, STORED)
    load = slice_of(system, system.plan.ports.webhooks, sizes)
    stored = database.count(url, STORED) - before
    if stored != load.statuses[200]:
        raise NotAllStored(f"{stored} rows for {load.statuses[200]} answers with 200")
    return load


def slice_of(system: System, port: int, sizes: Sizes) -> http_load.Load:
    """One slice of load on the application behind a port."""
    count = READY_PER_SECOND * sizes.seconds + sizes.connections
    ready = signed(system.plan, port, count, sizes.customers)
    return http_load.run(port, iter(ready), sizes.connections, sizes.seconds)


def signed(plan: Plan, port: int, count: int, customers: int) -> list[bytes]:
    """Requests with ids nobody had before, of random customers."""
    body = template(plan.channel_setting("WHATSAPP_PHONE_NUMBER_ID"))
    secret = secret_of(plan).encode()
    run = time.time_ns()
    host = f"127.0.0.1:{port}"
    return [
        signed_request(host, personal(body, f"{run}.{number}", pick(customers)), secret)
        for number in range(count)
    ]


def pick(customers: int) -> int:
    """The number of a random customer."""
    return random.randint(1, customers)


def secret_of(plan: Plan) -> str:
    """The secret with which the platform signs."""
    return plan.channel_setting("WHATSAPP_WEBHOOK_SECRET").split(",")[0]
