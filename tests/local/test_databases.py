"""Databases beside the main one on the embedded server."""

from __future__ import annotations

import secrets

import psycopg

from local.cluster import SUPERUSER
from local.databases import PLATFORM_TEMPLATE, clone_database, drop_database
from local.postgres import Postgres


def test_a_database_goes_although_somebody_follows_its_changes(server: Postgres) -> None:
    name = f"followed_{secrets.token_hex(6)}"
    clone_database(server, PLATFORM_TEMPLATE, name)
    options = {"autocommit": True, "replication": "database"}
    follower = psycopg.connect(server.url(SUPERUSER, name), **options)
    slot = f"slot_{secrets.token_hex(6)}"
    follower.pgconn.exec_(f"CREATE_REPLICATION_SLOT {slot} TEMPORARY LOGICAL pgoutput".encode())
    follower.pgconn.exec_(
        f"START_REPLICATION SLOT {slot} LOGICAL 0/0"
        " (proto_version '1', publication_names 'any')".encode()
    )
    with psycopg.connect(server.url(SUPERUSER)) as connection:
        active = "select count(*) from pg_replication_slots where database = %s and active"
        assert connection.execute(active, [name]).fetchone() == (1,)

    drop_database(server, name)
    with psycopg.connect(server.url(SUPERUSER)) as connection:
        found = connection.execute("select from pg_database where datname = %s", [name])
        assert found.fetchone() is None
    follower.close()
