"""Brings up the embedded database as a whole: server, platform, schema, seed data."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import psycopg

from local.binaries import DEFAULT_MAJOR
from local.cluster import SUPERUSER
from local.platform import Regime, apply_platform, set_passwords
from local.postgres import Postgres, PostgresConfig, Timings
from local.schema import ROOT, apply_schema, drop_database, seed, with_database

DATABASE = "postgres"


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
    admin = server.url(SUPERUSER, DATABASE)
    began = time.monotonic()
    apply_platform(admin, regime)
    set_passwords(admin, other_passwords(server))
    ready = time.monotonic()
    applied = apply_schema(server.url(), root)
    seeded = with_seed and seed(server.url(), root / "supabase" / "seed.sql")
    done = time.monotonic()
    return Prepared(
        applied=tuple(applied), seeded=seeded, platform_s=ready - began, schema_s=done - ready
    )


def other_passwords(server: Postgres) -> dict[str, str]:
    """Gives the passwords of the roles that the platform made."""
    passwords = server.config.passwords
    return {role: password for role, password in passwords.items() if role != SUPERUSER}


def rebuild(server: Postgres, root: Path = ROOT, regime: Regime = "new") -> Prepared:
    """Drops the whole embedded database with its contents and makes it anew."""
    maintenance = server.url(SUPERUSER, "template1")
    drop_database(maintenance, DATABASE)
    with psycopg.connect(maintenance, autocommit=True) as connection:
        connection.execute(f"create database {DATABASE} template template0")
    return prepare(server, root, regime)


def describe(timings: Timings, prepared: Prepared) -> str:
    """Gives one line on what took how long."""
    return (
        f"initdb {timings.initdb_s:.2f} s, start {timings.start_s:.2f} s,"
        f" platform {prepared.platform_s:.2f} s, schema {prepared.schema_s:.2f} s"
        f" ({', '.join(prepared.applied) or 'nothing to apply'})"
    )


__all__ = ["configuration", "describe", "prepare", "rebuild", "with_database"]
