"""Compares databases by the text pg_dump gives of their schemas."""

from __future__ import annotations

import difflib
import os
import subprocess
from urllib.parse import unquote, urlsplit

import psycopg

from local.binaries import binary, major_for

# Lines that differ from one run to the next although nothing changed.
VOLATILE = ("\\restrict ", "\\unrestrict ", "-- Dumped ", "-- PostgreSQL database dump")
TIMEOUT_S = 60


class DumpFailed(Exception):
    """pg_dump could not read the database."""


def dump_schema(url: str) -> list[str]:
    """Gives the schema of a database as lines, without the book-keeping of migrations.

    Covers everything in the database the role may read: comments, grants, policies on platform
    tables and publications too. Raises DumpFailed.
    """
    with psycopg.connect(url) as connection:
        major = major_for(connection.info.server_version)
    parts = urlsplit(url)
    options = ["--schema-only", "--no-owner", "--exclude-schema=supabase_migrations"]
    done = subprocess.run(
        [str(binary("pg_dump", major)), *options, "--dbname", without_password(url)],
        env={"PATH": os.defpath, "LC_ALL": "C", "PGPASSWORD": unquote(parts.password or "")},
        capture_output=True,
        text=True,
        timeout=TIMEOUT_S,
        check=False,
    )
    if done.returncode != 0:
        raise DumpFailed(f"pg_dump could not read the database: {done.stderr.strip()}")
    return [line for line in done.stdout.splitlines() if not line.startswith(VOLATILE)]


def without_password(url: str) -> str:
    """Gives the address without its password, for a command line that others can see."""
    parts = urlsplit(url)
    user, _, place = parts.netloc.rpartition("@")
    return parts._replace(netloc=f"{user.partition(':')[0]}@{place}").geturl()


def differences(before: str, after: str) -> list[str]:
    """Gives the lines of a unified diff between the schemas at two addresses; none when equal."""
    lines = difflib.unified_diff(
        dump_schema(before), dump_schema(after), "before", "after", lineterm="", n=2
    )
    return list(lines)
