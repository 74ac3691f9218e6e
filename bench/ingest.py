"""How fast SQL takes messages in, one a call and in batches, against plain one-row inserts."""

from __future__ import annotations

import tempfile
import time
from pathlib import Path

from bench import database
from bench.figures import Figure, Round, compare
from bench.pgbench import Driver
from bench.report import say
from bench.sizes import Sizes
from bench.whatsapp import FIRST_NUMBER, PHONE, WAMID, event_template, template

PLAIN = f"insert into bench.plain (body) values ('{'x' * 200}');\n"
HEADERS = '{"content-type": "application/json", "user-agent": "facebookexternalua"}'
STORED = "select count(*) from public.messages"
GOALS = {"ingest": 0.30, "batch": 2.5}


class NotAllStored(Exception):
    """The table does not hold exactly the messages that were sent."""


def ingest(sizes: Sizes) -> list[Figure]:
    """One message a call, commits not waited for: what the functions themselves cost."""
    return measure("ingest", sizes, batch=1, durable=False)


def batch(sizes: Sizes) -> list[Figure]:
    """Durable batches against durable one-row inserts: what group commit is worth."""
    return measure("batch", sizes, batch=sizes.batch, durable=True)


def measure(name: str, sizes: Sizes, *, batch: int, durable: bool) -> list[Figure]:
    """The rounds of one comparison on a server of their own."""
    with database.running_server() as server, tempfile.TemporaryDirectory() as folder:
        database.add_customers(server.url(), sizes.customers)
        database.add_plain_table(server.url())
        driver = Driver(server=server, durable=durable, folder=Path(folder))
        rounds = []
        for number in range(sizes.rounds):
            database.close_turns(server.url())
            plain = driver.run("plain", PLAIN, sizes.seconds)
            before = database.count(server.url(), STORED)
            ours = driver.run("ingest", script(batch, sizes.customers), sizes.seconds)
            stored = database.count(server.url(), STORED) - before
            if stored != ours.transactions * batch:
                raise NotAllStored(f"{stored} of {ours.transactions * batch}")
            rounds.append(Round(ours=ours.rate * batch, plain=plain.rate))
            say(f"{name} {number + 1}: {ours.rate * batch:,.0f}/s against {plain.rate:,.0f}/s")
    what = f"messages of {batch} a call | plain inserts"
    return compare(name, rounds, GOALS[name], what)


def script(batch: int, customers: int) -> str:
    """A pgbench script that ingests so many messages of random customers in one call."""
    picks = "".join(
        f"\\set who{place} random(1, {customers})\n\\set n{place} :n * {batch} + {place}\n"
        for place in range(batch)
    )
    events = " || ',' || ".join(event(place) for place in range(batch))
    body = quoted(template().decode())
    return (
        "\\set n :n + 1\n"
        f"{picks}"
        "select private.ingest_events('whatsapp',"
        f" array_fill(convert_to({body}, 'UTF8'), array[{batch}]),"
        f" ('[{', '.join([HEADERS] * batch)}]')::jsonb,"
        f" ('[' || {events} || ']')::jsonb,"
        f" array_fill(null::text, array[{batch}]));\n"
    )


def event(place: int) -> str:
    """The SQL that makes the text of one request's events, with an id nobody had before."""
    text = f"[{event_template()}]".replace("%", "%%")
    text = text.replace(WAMID, "wamid.%1$s").replace(PHONE, "%2$s")
    unique = f"'{time.time_ns()}.' || :client_id::int || '.' || :n{place}::bigint"
    return f"format({quoted(text)}, {unique}, {FIRST_NUMBER} + :who{place}::bigint)"


def quoted(text: str) -> str:
    """The text as an SQL literal."""
    return "'" + text.replace("'", "''") + "'"
