"""Asks the database who may do what; nothing it answers is kept longer than a channel's token."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from psycopg import AsyncConnection, OperationalError
from psycopg.types.json import Jsonb
from psycopg_pool import AsyncConnectionPool

from local.gateway.tokens import Claims

PATIENCE = 5.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Rights:
    """Which extensions of a topic somebody may read, or may write."""

    broadcast: bool
    presence: bool

    def __bool__(self) -> bool:
        return self.broadcast or self.presence


EVERYTHING = Rights(broadcast=True, presence=True)
NOTHING = Rights(broadcast=False, presence=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Stored:
    """A broadcast kept by the database; `payload` is JSON text."""

    id: str
    event: str
    payload: str


class Policies:
    """The questions of joins, pushes and HTTP requests, over the gateway's pool."""

    def __init__(self, pool: AsyncConnectionPool[Any]) -> None:
        self._pool = pool

    async def may_read(self, topic: str, claims: Claims) -> Rights:
        """What the policies of realtime.messages let these claims read. Raises psycopg.Error."""
        return await self._rights("select gateway.may_read(%s, %s)", topic, claims)

    async def may_write(self, topic: str, claims: Claims) -> Rights:
        """What the policies of realtime.messages let these claims write. Raises psycopg.Error."""
        return await self._rights("select gateway.may_write(%s, %s)", topic, claims)

    async def _rights(self, question: str, topic: str, claims: Claims) -> Rights:
        rows = await self._ask(question, (topic, Jsonb(claims)))
        return Rights(**rows[0][0])

    async def _ask(self, question: str, values: tuple[object, ...] = ()) -> list[tuple[Any, ...]]:
        """The rows of an answer; one that takes too long counts as a database that is away."""
        try:
            async with asyncio.timeout(PATIENCE), self._pool.connection() as connection:
                answer = await connection.execute(question.encode(), values)
                return list(await answer.fetchall())
        except TimeoutError:
            raise OperationalError("the database took too long") from None

    async def check_subscription(
        self,
        role: str,
        schema: str,
        table: str,
        filters: Sequence[Mapping[str, Any]],
        select: Sequence[str] | None,
    ) -> int:
        """How many published tables a subscription means. Raises psycopg.Error if not valid."""
        rows = await self._ask(
            "select gateway.check_subscription(%s, %s, %s, %s, %s)",
            (schema, table, role, Jsonb(list(filters)), list(select) if select else None),
        )
        return int(rows[0][0])

    async def replay(self, topic: str, since: datetime, limit: int) -> list[Stored]:
        """The newest stored broadcasts of a private topic, oldest first. Raises psycopg.Error."""
        rows = await self._ask(
            "select id, event, payload from gateway.replay(%s, %s, %s)", (topic, since, limit)
        )
        return [Stored(id=str(row[0]), event=row[1], payload=row[2]) for row in rows]

    async def keep_messages(self) -> None:
        """Make tomorrow's room for broadcasts and drop what is too old. Raises psycopg.Error."""
        await self._ask("select gateway.keep_message_days()")


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """Who sees one change: by place of the audience; and the readable columns of each role."""

    has_rls: bool
    sees: Mapping[str, bool]
    columns: Mapping[str, Sequence[str]]
    failure: str | None


class Judge:
    """The questions about single changes, on the reader's own connection."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def describe(self, table_oid: int) -> dict[str, Any]:
        """Primary key and column types of a table. Raises psycopg.Error."""
        answer = await self._connection.execute("select gateway.describe(%s)", (table_oid,))
        row = await answer.fetchone()
        return dict(row[0]) if row else {}

    async def as_json(self, table_oid: int, column: str, text: str) -> str:
        """JSON of a value of a row type. Raises psycopg.Error."""
        answer = await self._connection.execute(
            "select gateway.as_json(%s, %s, %s)", (table_oid, column, text)
        )
        row = await answer.fetchone()
        return str(row[0]) if row else "null"

    async def who_sees(
        self,
        table_oid: int,
        *,
        is_delete: bool,
        key: Mapping[str, str],
        values: Mapping[str, str | None],
        audiences: Sequence[Mapping[str, Any]],
    ) -> Verdict | None:
        """What each audience may see of a change; None when the table has gone.

        Raises psycopg.Error.
        """
        answer = await self._connection.execute(
            "select gateway.who_sees(%s, %s, %s, %s, %s)",
            (table_oid, is_delete, Jsonb(key), Jsonb(values), json.dumps(audiences)),
        )
        row = await answer.fetchone()
        if row is None or row[0] is None:
            return None
        found = row[0]
        return Verdict(
            has_rls=found["rls"],
            sees=found["sees"],
            columns=found["columns"],
            failure=found["failure"],
        )
