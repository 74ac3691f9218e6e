"""The clock of the embedded platform, in place of pg_cron: it sweeps four times a second."""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import Callable, Mapping
from typing import Any

import psycopg
import structlog
from psycopg import AsyncConnection
from psycopg.types.json import Jsonb

log = structlog.get_logger(__name__)

SWEEP_EVERY = 0.25
HEARTBEAT_EVERY = 1.0
LOOK_AGAIN_AFTER = 2.0
OPTIONS = "-c application_name=gateway-cron -c statement_timeout=5s -c lock_timeout=2s"
HAS_SWEEP = "select to_regprocedure('private.sweep()') is not null"
HAS_HEARTBEAT = "select to_regprocedure('private.heartbeat(text, text, jsonb)') is not null"


class Cron:
    """Calls the database's own jobs as role postgres, one after the other, until cancelled."""

    def __init__(self, database_url: str, state: Callable[[], Mapping[str, Any]]) -> None:
        self._url = database_url
        self._state = state
        self._away = False
        self._complaint: str | None = None

    async def run(self) -> None:
        """Keep going, also while the database is away or has no jobs yet."""
        while True:
            try:
                async with await self._connect() as connection:
                    await self._tick_for_ever(connection)
            except (psycopg.OperationalError, psycopg.InterfaceError, OSError) as error:
                self._note_absence(error)
            await asyncio.sleep(SWEEP_EVERY)

    async def _connect(self) -> AsyncConnection[tuple[Any, ...]]:
        connection = await AsyncConnection.connect(
            self._url, autocommit=True, options=OPTIONS, connect_timeout=3
        )
        await connection.execute("set session authorization postgres")
        if self._away:
            log.info("the database is back")
            self._away = False
        return connection

    def _note_absence(self, error: Exception) -> None:
        if not self._away:
            log.warning("the database is away", error=type(error).__name__)
        self._away = True

    async def _tick_for_ever(self, connection: AsyncConnection[tuple[Any, ...]]) -> None:
        beat_at = look_at = 0.0
        sweeps = beats = False
        while True:
            began = time.monotonic()
            if not (sweeps and beats) and began >= look_at:
                sweeps = await _truth(connection, HAS_SWEEP)
                beats = await _truth(connection, HAS_HEARTBEAT)
                look_at = began + LOOK_AGAIN_AFTER
            if sweeps:
                await self._call(connection, "select private.sweep()", ())
            if beats and began >= beat_at:
                state = Jsonb({"pid": os.getpid(), **self._state()})
                query = "select private.heartbeat('gateway', 'gateway', %s)"
                await self._call(connection, query, (state,))
                beat_at = began + HEARTBEAT_EVERY
            await asyncio.sleep(max(0.01, SWEEP_EVERY - (time.monotonic() - began)))

    async def _call(
        self, connection: AsyncConnection[tuple[Any, ...]], query: str, values: tuple[Any, ...]
    ) -> None:
        """Make one call; a job that fails is told once and tried again at the next tick."""
        try:
            await connection.execute(query.encode(), values)
            self._complaint = None
        except psycopg.Error as error:
            if connection.closed or connection.broken:
                raise
            if self._complaint != error.sqlstate:
                log.warning("a timed job failed", sqlstate=error.sqlstate)
            self._complaint = error.sqlstate


async def _truth(connection: AsyncConnection[tuple[Any, ...]], query: str) -> bool:
    row = await (await connection.execute(query.encode())).fetchone()
    return bool(row and row[0])
