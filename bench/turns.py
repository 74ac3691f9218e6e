"""What the reply engine adds to a model's time, and whether a hundred at once are answered."""

from __future__ import annotations

import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import psycopg

from bench import http_load
from bench.figures import Figure, percentile
from bench.sizes import Sizes
from bench.system import bare_environment, busy_s, own_ports, running
from bench.whatsapp import personal, signed_request, template
from local.child import Part
from local.parts import answers
from local.plan import ROOT
from local.ports import find_free_port
from local.stack import Stack

QUESTION = "How long does delivery take?"
PAUSE_S = 0.2
SETTLED_WITHIN_S = 20.0
DEADLINE_MS = 6000.0
ADDED_GOAL_MS = 150.0
INSTANT = {"first_token_s": 0.0, "token_s": 0.0}
# A model that thinks for 0.4 s and then speaks for a second or two.
USUAL = {"first_token_s": 0.4, "token_s": 0.02}
ADDED = """
select extract(epoch from reply.created_at - reply_jobs.not_before)::float8 * 1000
from private.reply_jobs
join public.messages as reply on reply.id = reply_jobs.reply_message_id
"""
# Of the newest turns: how many ended a second, from the first that was due to the last reply.
RATE = """
select count(*) / extract(epoch from max(newest.replied_at) - min(newest.not_before))::float8
from (
  select reply_jobs.not_before, reply.created_at as replied_at
  from private.reply_jobs
  join public.messages as reply on reply.id = reply_jobs.reply_message_id
  order by reply_jobs.created_at desc limit %s
) as newest
"""
WAITED = """
select
  extract(epoch from (
    select min(reply.created_at)
    from public.messages as reply
    where reply.conversation_id = asked.conversation_id
      and reply.sender_type in ('ai', 'system') and not reply.is_private
  ) - asked.created_at)::float8 * 1000
from public.messages as asked
where asked.sender_type = 'customer' and asked.seq = 1
"""
OPEN_SENDS = "select count(*) from private.deliveries where state in ('queued', 'sending')"
OUTCOMES = "select coalesce(outcome, 'open') from private.reply_jobs"


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """A whole running system whose model is scripted."""

    stack: Stack
    model_url: str

    def requests(self, count: int, first: int = 0) -> Iterator[bytes]:
        """Signed webhooks with the same question by so many customers, numbered from `first`."""
        plan = self.stack.plan
        body = template(plan.channel_setting("WHATSAPP_PHONE_NUMBER_ID"), QUESTION)
        secret = plan.channel_setting("WHATSAPP_WEBHOOK_SECRET").split(",")[0].encode()
        host = plan.webhooks_url.removeprefix("http://")
        for number in range(first, first + count):
            yield signed_request(host, personal(body, f"{time.time_ns()}", number), secret)

    def column(self, query: str, *parameters: object) -> list[Any]:
        """The first column of a query."""
        with psycopg.connect(self.stack.plan.db_url) as connection:
            return [row[0] for row in connection.execute(query.encode(), parameters or None)]

    def settled(self, count: int) -> bool:
        """Whether so many turns have ended and are sent, within the time that is worth waiting."""
        deadline = time.monotonic() + SETTLED_WITHIN_S
        while time.monotonic() < deadline:
            states = self.column(OUTCOMES)
            if len(states) == count and "open" not in states and self.column(OPEN_SENDS) == [0]:
                return True
            time.sleep(0.1)
        return False

    def busy_ms(self) -> dict[str, float]:
        """The processor time that each process of the system has used so far."""
        parts = {name: pid for name, pid in self.stack.pids.items() if name != "up"}
        return {name: busy_s(pid) * 1000 for name, pid in parts.items()}


@contextmanager
def running_desk(model: Mapping[str, float]) -> Iterator[Desk]:
    """Starts everything as `make up` does, with a stand-in for the model."""
    port = find_free_port(0)
    url = f"http://127.0.0.1:{port}"
    with tempfile.TemporaryDirectory(prefix="romashka-bench-") as directory:
        environ = bare_environment() | {
            "OPENAI_API_KEY": "bench",
            "OPENAI_BASE_URL": f"{url}/v1",
        }
        stand_in = Part(
            name="openai",
            command=(sys.executable, "-m", "local.standins.openai", "--port", str(port)),
            environment=bare_environment(),
            directory=ROOT,
            log=Path(directory) / "openai.log",
            is_ready=lambda _: answers(f"{url}/v1/models"),
        )
        with running(stand_in):
            script = {"default": dict(model)}
            httpx.post(f"{url}/_standin/script", json=script).raise_for_status()
            with Stack(Path(directory), environ, ports=own_ports()) as stack:
                yield Desk(stack=stack, model_url=url)


def engine(sizes: Sizes) -> list[Figure]:
    """From a turn that may be claimed to the committed reply of a model that takes no time.

    One turn after the other, and then so many customers in the same moment.
    """
    count = sizes.conversations
    with running_desk(INSTANT) as desk:
        for request in desk.requests(sizes.turns):
            http_load.run(desk.stack.plan.ports.webhooks, iter([request]), 1, 0)
            time.sleep(PAUSE_S)
        desk.settled(sizes.turns)
        added = desk.column(ADDED)
        outcomes = Counter(desk.column(OUTCOMES))
        at_once, before = desk.requests(count, first=sizes.turns), desk.busy_ms()
        http_load.run(desk.stack.plan.ports.webhooks, at_once, count, 0)
        desk.settled(sizes.turns + count)
        used = {name: (spent - before[name]) / count for name, spent in desk.busy_ms().items()}
        crowded = desk.column(f"{ADDED} order by reply_jobs.created_at desc limit %s", count)
        (rate,) = desk.column(RATE, count)
    return [
        figure("engine", "added time p50", percentile(added, 0.5), told(outcomes)),
        figure("engine", "added time p95", percentile(added, 0.95)),
        figure("engine", f"{count} at once, added p50", percentile(crowded, 0.5)),
        Figure(
            bench="engine",
            name=f"{count} at once, added p95",
            value=percentile(crowded, 0.95),
            unit="ms",
            goal="150 ms",
            reached=percentile(crowded, 0.95) <= ADDED_GOAL_MS,
        ),
        Figure(bench="engine", name=f"{count} at once, turns", value=rate, unit="1/s"),
        processor(f"{count} at once, processor a turn", used),
    ]


def hundred(sizes: Sizes) -> list[Figure]:
    """So many customers write at the same moment; the database's clock says how long they wait."""
    with running_desk(USUAL) as desk:
        count = sizes.conversations
        requests = desk.requests(count)
        load = http_load.run(desk.stack.plan.ports.webhooks, requests, count, 0)
        desk.settled(count)
        waited = desk.column(WAITED)
        outcomes = Counter(desk.column(OUTCOMES))
    in_time = sum(wait is not None and wait <= DEADLINE_MS for wait in waited)
    share = in_time / count
    known = [wait for wait in waited if wait is not None]
    return [
        Figure(
            bench="hundred",
            name=f"of {count}, answered or handed over in 6 s",
            value=share * 100,
            unit="%",
            goal="100 %",
            reached=share == 1.0,
            note=f"{load.statuses[200]} taken; {told(outcomes)}",
        ),
        figure("hundred", "waited p50", percentile(known, 0.5)),
        figure("hundred", "waited p95", percentile(known, 0.95)),
        figure("hundred", "waited at most", max(known)),
    ]


def processor(name: str, used: Mapping[str, float]) -> Figure:
    """The processor time of our own processes, and of each: the platforms' is not ours."""
    ours = sum(spent for part, spent in used.items() if part != "standins")
    parts = (f"{part} {spent:.1f}" for part, spent in sorted(used.items(), key=lambda one: -one[1]))
    return figure("engine", name, ours, f"without standins; {', '.join(parts)}")


def told(outcomes: Mapping[str, int]) -> str:
    """The outcomes of turns in words."""
    return ", ".join(f"{count} {name}" for name, count in sorted(outcomes.items()))


def figure(bench: str, name: str, value: float, note: str = "") -> Figure:
    """One time in milliseconds."""
    return Figure(bench=bench, name=name, value=value, unit="ms", note=note)
