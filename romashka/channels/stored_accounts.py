"""Accounts whose secrets are kept in the database, beside those of the environment (R81)."""

from __future__ import annotations

import base64
from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

import structlog

from romashka.channels.accounts import Account
from romashka.database import acall_all, call_all
from romashka.vault import NoKey, Vault

if TYPE_CHECKING:
    from psycopg_pool import AsyncConnectionPool, ConnectionPool

log = structlog.get_logger(__name__)

Row = Mapping[str, Any]


def load_accounts(pool: ConnectionPool, vault: Vault) -> tuple[Account, ...]:
    """The stored accounts; raises DatabaseError."""
    return stored_accounts(call_all(pool, "private.channel_accounts"), vault)


async def aload_accounts(pool: AsyncConnectionPool, vault: Vault) -> tuple[Account, ...]:
    """`load_accounts` for asyncio."""
    return stored_accounts(await acall_all(pool, "private.channel_accounts"), vault)


def stored_accounts(rows: Iterable[Row], vault: Vault) -> tuple[Account, ...]:
    """The accounts of rows that private.channel_accounts gave.

    One whose secrets cannot be read is left out and named in the log: the others work on.
    """
    found = (_account(row, vault) for row in rows)
    return tuple(account for account in found if account is not None)


def _account(row: Row, vault: Vault) -> Account | None:
    try:
        secrets = _secrets(row["secrets"], vault)
    except NoKey as error:
        log.error("account_unreadable", channel_id=row["channel_id"], reason=str(error))
        return None
    return Account(
        type=str(row["type"]),
        account=str(row["account"]),
        secrets=secrets,
        options={name: str(value) for name, value in row["options"].items()},
    )


def _secrets(rows: Iterable[Row], vault: Vault) -> dict[str, tuple[str, ...]]:
    found: defaultdict[str, list[str]] = defaultdict(list)
    for row in rows:
        found[row["name"]].append(vault.decrypt(base64.b64decode(row["value"])))
    return {name: tuple(values) for name, values in found.items()}
