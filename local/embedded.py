"""Brings up the embedded database as a whole: server, platform, schema, seed data."""

from __future__ import annotations

import os
import secrets
import shutil
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import psutil
import psycopg

from local.binaries import DEFAULT_MAJOR
from local.cluster import SUPERUSER
from local.databases import drop_database
from local.errors import PortTaken
from local.platform import Regime, apply_platform, set_passwords
from local.ports import find_free_port
from local.postgres import Postgres, PostgresConfig, Timings
from local.schema import ROOT, apply_schema, seed

DATABASE = "postgres"
ROLES = (SUPERUSER, "postgres", "authenticator")
# For servers that are thrown away: nothing there must survive the machine.
THROWAWAY = {"fsync": "off", "full_page_writes": "off", "max_connections": "200"}
# Files kept in memory: a database is 800 of them, and to make them is dear on a disk.
MEMORY = Path("/dev/shm")  # noqa: S108 - only a folder with a random name is made there
MEMORY_NEEDED = 2 * 1024**3
PORT_TRIES = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Prepared:
    """What was done to the database at a start: versions applied, seconds spent."""

    applied: tuple[str, ...]
    seeded: bool
    platform_s: float
    schema_s: float


def configuration(
    directory: Path, port: int, passwords: Mapping[str, str], major: int = DEFAULT_MAJOR
) -> PostgresConfig:
    """Gives the configuration of the server that keeps its files in `directory`."""
    return PostgresConfig(directory=directory, port=port, passwords=passwords, major=major)


def prepare(
    server: Postgres, root: Path = ROOT, regime: Regime = "new", with_seed: bool = True
) -> Prepared:
    """Gives a running server's database the platform, this checkout's schema and its seed.

    Can be repeated at every start. Raises PlatformChanged, MigrationFailed, HistoryDiffers.
    """
    began = time.monotonic()
    apply_platform(server.url(SUPERUSER, DATABASE), regime)
    set_passwords(server.url(SUPERUSER, DATABASE), server.config.passwords)
    ready = time.monotonic()
    applied = apply_schema(server.url(), root)
    seeded = with_seed and seed(server.url(), root / "supabase" / "seed.sql")
    done = time.monotonic()
    return Prepared(
        applied=tuple(applied), seeded=seeded, platform_s=ready - began, schema_s=done - ready
    )


def rebuild(server: Postgres, root: Path = ROOT, regime: Regime = "new") -> Prepared:
    """Drops the whole embedded database with its contents and makes it anew."""
    drop_database(server, DATABASE)
    with psycopg.connect(server.url(SUPERUSER, "template1"), autocommit=True) as connection:
        connection.execute("create database postgres template template0")
    return prepare(server, root, regime)


def describe(timings: Timings, prepared: Prepared) -> str:
    """Gives one line on what took how long."""
    return (
        f"initdb {timings.initdb_s:.2f} s, start {timings.start_s:.2f} s,"
        f" platform {prepared.platform_s:.2f} s, schema {prepared.schema_s:.2f} s"
        f" ({', '.join(prepared.applied) or 'nothing to apply'})"
    )


@contextmanager
def throwaway_server(
    major: int = DEFAULT_MAJOR, settings: Mapping[str, str] | None = None
) -> Iterator[Postgres]:
    """Gives a running server in a temporary directory that is removed at the end.

    It lies in memory where there is room.
    """
    with tempfile.TemporaryDirectory(prefix="romashka-", dir=folder_in_memory()) as directory:
        config = PostgresConfig(
            directory=Path(directory),
            port=find_free_port(0),
            passwords={role: secrets.token_hex(16) for role in ROLES},
            major=major,
            settings={**THROWAWAY, **(settings or {})},
        )
        server = start_somewhere(config)
        try:
            yield server
        finally:
            server.stop()


def folder_in_memory() -> Path | None:
    """Where files are kept in memory; None where there is no such place, or no room in it."""
    if not os.access(MEMORY, os.W_OK):
        return None
    room = min(shutil.disk_usage(MEMORY).free, psutil.virtual_memory().available)
    return MEMORY if room >= MEMORY_NEEDED else None


def start_somewhere(config: PostgresConfig) -> Postgres:
    """Starts a server, on another port where somebody took the chosen one in the meantime."""
    for _ in range(PORT_TRIES):
        server = Postgres(config)
        try:
            server.start()
        except PortTaken:
            config = replace(config, port=find_free_port(0))
        else:
            return server
    raise PortTaken(config.port, find_free_port(0))
