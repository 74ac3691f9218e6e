"""Further databases on the embedded server: templates, copies of them, scratch ones."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
from psycopg import sql

from local.cluster import SUPERUSER
from local.platform import Regime, apply_platform, set_passwords
from local.postgres import Postgres

PLATFORM_TEMPLATE = "platform_template"
END_WITHIN_S = 5
END_FOLLOWERS = """
select pg_terminate_backend(pg_replication_slots.active_pid, milliseconds)
from (values (%s::name, %s::bigint)) as asked(database, milliseconds)
join pg_replication_slots using (database)
where pg_replication_slots.active_pid is not null
"""


def create_platform_template(
    server: Postgres, name: str = PLATFORM_TEMPLATE, regime: Regime = "new"
) -> str:
    """Gives the name of a database that has the platform and nothing of ours, made when missing."""
    with psycopg.connect(server.url(SUPERUSER), autocommit=True) as connection:
        query = "select from pg_database where datname = %s"
        if connection.execute(query, [name]).fetchone() is None:
            statement = "create database {} template template0"
            connection.execute(sql.SQL(statement).format(sql.Identifier(name)))
    apply_platform(server.url(SUPERUSER, name), regime)
    set_passwords(server.url(SUPERUSER), server.config.passwords)
    return name


def clone_database(server: Postgres, template: str, name: str) -> str:
    """Makes a copy of a database to which nobody is connected; gives its address for postgres."""
    # Copying files is cheaper here than writing their every block to the log.
    copy = sql.SQL("create database {} template {} strategy file_copy")
    grant = sql.SQL("grant all on database {} to postgres")
    with psycopg.connect(server.url(SUPERUSER), autocommit=True) as connection:
        connection.execute(copy.format(sql.Identifier(name), sql.Identifier(template)))
        connection.execute(grant.format(sql.Identifier(name)))
    return server.url(database=name)


def drop_database(server: Postgres, name: str) -> None:
    """Drops a database, whoever is connected to it; fine when it is gone already."""
    statement = sql.SQL("drop database if exists {} with (force)").format(sql.Identifier(name))
    with psycopg.connect(server.url(SUPERUSER, "template1"), autocommit=True) as connection:
        # Whoever follows its changes is not counted among the connections that force ends.
        connection.execute(END_FOLLOWERS, [name, 1000 * END_WITHIN_S])
        connection.execute(statement)


@contextmanager
def scratch_database(server: Postgres, template: str) -> Iterator[str]:
    """Gives the address, for postgres, of a copy of `template` that is dropped at the end."""
    name = f"scratch_{secrets.token_hex(6)}"
    try:
        yield clone_database(server, template, name)
    finally:
        drop_database(server, name)
