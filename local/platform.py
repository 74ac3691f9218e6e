"""Gives a database of the embedded server what a hosted Supabase project already has."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from pathlib import Path
from typing import Literal

import psycopg
from psycopg import sql

from local.errors import NEW_OR_OLD

HERE = Path(__file__).parent
PLATFORM = HERE / "platform.sql"
FUNCTIONS = HERE / "gateway" / "functions.sql"
PURPOSE = "The local gateway's own functions, which hosted projects do not have"

Regime = Literal["new", "legacy"]


class PlatformChanged(Exception):
    """The database was made with another version of the platform files."""

    def __init__(self) -> None:
        super().__init__(
            "This database was made by another version of Romashka's embedded platform. "
            + NEW_OR_OLD
        )


def apply_platform(url: str, regime: Regime = "new") -> bool:
    """Applies platform.sql and the gateway's functions as superuser; False when they are there.

    The functions are renewed where they changed. Raises PlatformChanged for the rest.
    """
    with psycopg.connect(url) as connection:
        connection.execute("select pg_advisory_xact_lock(hashtext('romashka.platform'))")
        row = connection.execute(
            "select obj_description(to_regnamespace('gateway'), 'pg_namespace')"
        ).fetchone()
        found = row[0].split("; ") if row and row[0] else []
        wanted = [PURPOSE, *stamps(regime)]
        if found == wanted:
            connection.execute("select gateway.keep_message_days()")
            return False
        if not found:
            connection.execute(
                "select set_config('romashka.default_privileges', %s, true)", [regime]
            )
            connection.execute(PLATFORM.read_bytes())
        elif found[:2] != wanted[:2]:
            raise PlatformChanged
        if FUNCTIONS.exists():
            connection.execute(FUNCTIONS.read_bytes())
        comment = sql.SQL("comment on schema gateway is {}").format("; ".join(wanted))
        connection.execute(comment)
        return not found


def stamps(regime: Regime) -> tuple[str, str]:
    """Gives what tells a version of the platform, and one of the gateway's functions."""
    functions = digest(FUNCTIONS) if FUNCTIONS.exists() else "none"
    return f"platform {digest(PLATFORM)}, grants {regime}", f"functions {functions}"


def digest(path: Path) -> str:
    """Gives a short fingerprint of a file."""
    return hashlib.sha256(path.read_bytes()).hexdigest()[:16]


def set_passwords(url: str, passwords: Mapping[str, str]) -> None:
    """Sets the passwords of roles as superuser; only their verifiers reach the server.

    Roles are the whole server's, so once is enough for all of its databases.
    """
    with psycopg.connect(url) as connection:
        for role, password in passwords.items():
            verifier = connection.pgconn.encrypt_password(
                password.encode(), role.encode(), b"scram-sha-256"
            )
            connection.execute(
                sql.SQL("alter role {} password {}").format(sql.Identifier(role), verifier.decode())
            )
