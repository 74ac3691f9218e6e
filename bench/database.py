"""A Postgres of our own for measuring: as shipped and durable, with room for its log."""

from __future__ import annotations

import secrets
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg

from bench.whatsapp import ACCOUNT, FIRST_NUMBER, USER
from local.embedded import ROLES, prepare
from local.ports import find_free_port
from local.postgres import Postgres, PostgresConfig

# Both sides of a comparison get the same: enough memory for what is preloaded, and no checkpoint
# that falls into the one side's slice.
SETTINGS = {
    "shared_buffers": "512MB",
    "max_wal_size": "4GB",
    "checkpoint_timeout": "30min",
    "max_connections": "60",
}

CUSTOMERS = """
with people as (
  insert into public.customer_profiles (name, phone)
  select 'Customer ' || number, (%(first)s + number)::text
  from generate_series(1, %(count)s::bigint) as number
  returning id, name, phone
),
named as (
  insert into public.customer_identities (customer_id, channel_id, kind, value, is_verified)
  select people.id, %(channel)s::uuid, names.kind, names.value, true
  from people
  cross join lateral (
    values ('phone', people.phone), ('bsuid', %(user)s || people.phone)
  ) as names (kind, value)
)
insert into public.conversations (
  customer_id, customer_name, user_name, customer_phone, channel_type, channel_id, language
)
select
  people.id, people.name, people.name, people.phone, 'whatsapp', %(channel)s::uuid, 'en'
from people
"""
PLAIN = """
create schema bench;
create table bench.plain (id bigint generated always as identity primary key, body text not null);
"""


@contextmanager
def running_server() -> Iterator[Postgres]:
    """Gives a running server with the shipped schema, removed at the end."""
    with tempfile.TemporaryDirectory(prefix="romashka-bench-") as directory:
        config = PostgresConfig(
            directory=Path(directory),
            port=find_free_port(0),
            passwords={role: secrets.token_hex(16) for role in ROLES},
            settings=SETTINGS,
        )
        with Postgres(config) as server:
            prepare(server, with_seed=False)
            yield server


def add_customers(url: str, count: int, account: str = ACCOUNT) -> None:
    """Stores a WhatsApp channel and customers with one open conversation each."""
    with psycopg.connect(url, autocommit=True) as connection:
        row = connection.execute(
            "select private.register_channel('whatsapp', %s, 'bench')", [account]
        ).fetchone()
        assert row is not None
        known = {"channel": row[0], "count": count, "first": FIRST_NUMBER, "user": USER}
        connection.execute(CUSTOMERS, known)
        connection.execute("vacuum analyze")


def add_plain_table(url: str) -> None:
    """Makes the table that plain inserts go to."""
    with psycopg.connect(url) as connection:
        connection.execute(PLAIN)


def close_turns(url: str) -> None:
    """Ends every open turn, as answers would, so that each round finds the same."""
    with psycopg.connect(url) as connection:
        connection.execute("delete from private.reply_jobs")


def count(url: str, query: str) -> int:
    """The one number that a query gives."""
    with psycopg.connect(url) as connection:
        row = connection.execute(query.encode()).fetchone()
    assert row is not None
    return int(row[0])
