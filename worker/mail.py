"""The mail loop: claims raw mails, has them read by a process of their own, records what they say.

Any worker reads any mail; a mailbox is needed only for whose mail it is and whom it trusts. One at
a time: a mail may be large, and reading is quick.
"""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Callable, Mapping
from contextlib import AsyncExitStack
from typing import Any

import structlog

from romashka.channels.mail import Mailbox
from romashka.channels.mail_servers import MailAccount
from romashka.channels.reading import Reading
from romashka.database import DatabaseAway, DatabaseError, acall, acall_all, to_json
from worker.bells import wait_for_ring
from worker.faults import fault
from worker.kept_mail import body_of
from worker.mail_reading import MailReader
from worker.shared import Shared

SWEEP_S = 1.0
STATEMENT_S = 20.0

log = structlog.get_logger(__name__)


class MailLoop:
    """Reads mails until told to stop; the process that reads is started for the first one."""

    def __init__(self, shared: Shared, accounts: Callable[[], Mapping[str, MailAccount]]) -> None:
        """`accounts` says which mailboxes there are now, by address."""
        self._shared = shared
        self._bell = shared.bells.mail
        self._accounts = accounts
        self._reader: MailReader | None = None
        self._stopping = False

    async def run(self) -> None:
        """Claims and reads until `stop`; one failed step never ends it."""
        async with AsyncExitStack() as stack:
            while not self._stopping:
                try:
                    await self._step(stack)
                except DatabaseError as error:
                    await self._shared.outage.wait(error)
                except Exception as error:
                    log.error("a step of the mail loop failed", **fault(error))
                    await asyncio.sleep(SWEEP_S)

    def stop(self) -> None:
        """Claims nothing more; a mail that is being read is read to its end."""
        self._stopping = True
        self._bell.set()

    async def _step(self, stack: AsyncExitStack) -> None:
        rows = await acall_all(self._shared.pool, "private.claim_mail", self._shared.name, 1)
        self._shared.outage.over()
        if not rows:
            await wait_for_ring(self._bell, SWEEP_S)
            return
        if self._reader is None:
            self._reader = await stack.enter_async_context(MailReader())
        await self._take(self._reader, rows[0])

    async def _take(self, reader: MailReader, row: Mapping[str, Any]) -> None:
        started = time.monotonic()
        reading = await self._read(reader, row)
        await self._shared.pass_point("before_record_mail")
        state = await self._record(row, reading)
        log.info(
            "mail read",
            inbound_id=row["inbound_id"],
            attempt=row["attempt"],
            size=row["size"],
            events=len(reading.events or ()),
            state=state,
            elapsed_ms=round((time.monotonic() - started) * 1000),
            **({"error": reading.error} if reading.error else {}),
        )

    async def _read(self, reader: MailReader, row: Mapping[str, Any]) -> Reading:
        kept = row["headers"]
        account = self._accounts().get(row["account"])
        mailbox = account.mailbox if account else Mailbox(address=row["account"])
        body = await body_of(self._shared, row["inbound_id"], row["size"])
        reading = await reader.read(body, mailbox, kept)
        return cut_short(reading, int(kept["cut_from"])) if "cut_from" in kept else reading

    async def _record(self, row: Mapping[str, Any], reading: Reading) -> str:
        """Tells the database; what it cannot store counts as a failed try, with the reason."""
        events = f"[{','.join(reading.events)}]" if reading.events is not None else None
        try:
            return await self._record_once(row, events, reading.error)
        except DatabaseAway:
            raise
        except DatabaseError as error:
            return await self._record_once(row, None, f"could not be stored: {error.code}")

    async def _record_once(
        self, row: Mapping[str, Any], events: str | None, error: str | None
    ) -> str:
        state: str = await acall(
            self._shared.pool,
            "private.record_mail",
            row["inbound_id"],
            self._shared.name,
            row["attempt"],
            events,
            error,
            timeout_s=STATEMENT_S,
        )
        return state


def cut_short(reading: Reading, size: int) -> Reading:
    """The reading of the beginning of a mail: its text, none of its files, and how large it was."""
    if reading.events is None:
        return reading
    events = [json.loads(event) for event in reading.events]
    for event in events:
        if event["kind"] == "message":
            event |= {"media": [], "metadata": {**event["metadata"], "too_big": size}}
    return Reading(events=tuple(to_json(event) for event in events))
