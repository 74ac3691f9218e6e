"""The mailboxes that this worker reads: leased one by one, each read in a thread of its own."""

from __future__ import annotations

import asyncio
import imaplib
import threading
from collections.abc import Callable, Coroutine, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, TypeVar

import structlog
from imap_tools.mailbox import BaseMailBox

from romashka.channels.errors import AccountBlocked, SendError
from romashka.channels.mail_oauth import Tokens
from romashka.channels.mail_servers import MailAccount
from romashka.database import DatabaseAway, DatabaseError, acall, acall_all
from worker.faults import fault
from worker.imap_line import Enter, Refused
from worker.mailbox_reader import LostLease, MailboxReader
from worker.shared import Shared

CLAIM_EVERY_S = 5.0
# How long a thread waits for the database before it takes the line for broken and begins anew.
DATABASE_S = 30.0
STOP_WITHIN_S = 4.0

T = TypeVar("T")

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """A mailbox that is being read."""

    account: MailAccount
    reader: MailboxReader
    thread: threading.Thread


class Mailboxes:
    """Reads every mailbox with an IMAP server that no other worker reads, until told to stop."""

    def __init__(
        self,
        shared: Shared,
        accounts: Callable[[], Mapping[str, MailAccount]],
        tokens: Callable[[], Mapping[str, Tokens]] = dict,
    ) -> None:
        """`accounts` and `tokens` say what there is now, by address."""
        self._shared = shared
        self._tokens = tokens
        self._accounts = accounts
        self._readings: dict[str, Reading] = {}
        self._stopping = asyncio.Event()

    async def run(self) -> None:
        """Takes and keeps leases until `stop`."""
        while not self._stopping.is_set():
            try:
                await self._keep()
                await self._take()
            except DatabaseError as error:
                await self._shared.outage.wait(error)
            except Exception as error:
                log.error("a step of the mailboxes failed", **fault(error))
            await self._pause()

    def stop(self) -> None:
        """Reads nothing more; what is being stored is stored."""
        self._stopping.set()
        for reading in self._readings.values():
            reading.reader.stop()

    async def drain(self) -> None:
        """Waits for the threads and gives the mailboxes back, so that others need not wait."""
        for reading in self._readings.values():
            await asyncio.to_thread(reading.thread.join, STOP_WITHIN_S)
        for channel_id in self._readings:
            try:
                await acall(
                    self._shared.pool, "private.leave_mailbox", channel_id, self._shared.name
                )
            except DatabaseError:
                return  # the lease runs out by itself

    async def _pause(self) -> None:
        try:
            async with asyncio.timeout(CLAIM_EVERY_S):
                await self._stopping.wait()
        except TimeoutError:
            return

    async def _keep(self) -> None:
        for channel_id, reading in list(self._readings.items()):
            kept = await acall(
                self._shared.pool, "private.keep_mailbox", channel_id, self._shared.name
            )
            if not kept or self._accounts().get(reading.account.address) != reading.account:
                reading.reader.stop()
            if not reading.thread.is_alive():
                del self._readings[channel_id]

    async def _take(self) -> None:
        accounts = {name: one for name, one in self._accounts().items() if one.imap is not None}
        if not accounts:
            return
        claimed = await acall_all(
            self._shared.pool, "private.claim_mailboxes", self._shared.name, list(accounts)
        )
        for row in claimed:
            if row["channel_id"] not in self._readings:
                self._begin(row["channel_id"], accounts[row["account"]])

    def _begin(self, channel_id: str, account: MailAccount) -> None:
        loop = asyncio.get_running_loop()
        ledger = DatabaseLedger(self._shared, channel_id, loop)
        reader = MailboxReader(account, entry(account, self._tokens, loop), ledger)
        thread = threading.Thread(target=reader.run, name=f"mailbox {channel_id}", daemon=True)
        self._readings[channel_id] = Reading(account=account, reader=reader, thread=thread)
        thread.start()
        log.info("mailbox is read here", channel_id=channel_id)


def entry(
    account: MailAccount,
    tokens: Callable[[], Mapping[str, Tokens]],
    loop: asyncio.AbstractEventLoop,
) -> Enter:
    """Logs in by an OAuth2 token where there are tokens for the mailbox, else by password.

    `tokens` is asked at every login, so that a mailbox that was connected again is let in. A token
    that is refused before its time is renewed once. A grant that is over counts as refused, no
    answer as away.
    """

    def enter(box: BaseMailBox) -> object:
        found = tokens().get(account.address)
        if found is None:
            return box.login(account.user, account.password, initial_folder=None)
        try:
            return box.xoauth2(account.user, _token_of(found, loop), initial_folder=None)
        except imaplib.IMAP4.abort:
            raise
        except imaplib.IMAP4.error:
            found.spoil()
            return box.xoauth2(account.user, _token_of(found, loop), initial_folder=None)

    return enter


def _token_of(tokens: Tokens, loop: asyncio.AbstractEventLoop) -> str:
    asked = asyncio.run_coroutine_threadsafe(tokens.access_token(), loop)
    try:
        return asked.result(DATABASE_S)
    except AccountBlocked as error:
        raise Refused(error.code or "refused") from error
    except SendError as error:
        raise OSError(error.reason) from error


class DatabaseLedger:
    """A mailbox's thread speaks to the database through the worker's loop."""

    def __init__(self, shared: Shared, channel_id: str, loop: asyncio.AbstractEventLoop) -> None:
        self._shared = shared
        self._channel_id = channel_id
        self._loop = loop

    def cursor(self) -> Mapping[str, Any]:
        """How far the mailbox has been read."""
        found: Mapping[str, Any] | None = self._call("private.mailbox_cursor", self._channel_id)
        if found is None:
            raise LostLease
        return found

    def begin(self, uid_validity: int, last_uid: int, rescanned_from: date | None) -> None:
        """Where reading begins; raises LostLease."""
        if not self._call(
            "private.set_mailbox_cursor",
            self._channel_id,
            self._shared.name,
            uid_validity,
            last_uid,
            rescanned_from,
        ):
            raise LostLease

    def store(self, uid_validity: int, uid: int, raw: bytes, kept: Mapping[str, str]) -> str:
        """Keep a mail and move the cursor; raises LostLease."""
        self._wait_for(self._shared.pass_point("before_store_mail"))
        state: str = self._call(
            "private.store_mail",
            self._channel_id,
            self._shared.name,
            uid_validity,
            uid,
            raw,
            dict(kept),
        )
        if state == "fenced":
            raise LostLease
        log.info("mail fetched", channel_id=self._channel_id, uid=uid, state=state, size=len(raw))
        return state

    def hold(self, uid_validity: int, uid: int, code: str) -> bool:
        """Count that a mail was refused; whether it is to be given up. Raises LostLease."""
        state: str = self._call(
            "private.hold_mail", self._channel_id, self._shared.name, uid_validity, uid, code
        )
        if state == "fenced":
            raise LostLease
        return state == "due"

    def bury(self, uid_validity: int, uid: int, raw: bytes, kept: Mapping[str, str]) -> None:
        """Give a mail up, without its bytes where those are refused too; raises LostLease."""
        place = (self._channel_id, self._shared.name, uid_validity, uid, dict(kept))
        try:
            state = self._call("private.bury_fetched_mail", *place, raw)
        except DatabaseAway:
            raise
        except DatabaseError:
            state = self._call("private.bury_fetched_mail", *place)
        if state == "fenced":
            raise LostLease
        log.error("mail given up", channel_id=self._channel_id, uid=uid, size=len(raw))

    def complain(self, code: str) -> None:
        """Tell people and the log that the database refuses what the mailbox needs."""
        log.error("the database refuses a mailbox", channel_id=self._channel_id, code=code)
        told = {"code": code, "error": "the database refuses what the mailbox needs"}
        self._call("private.record_channel_event", self._channel_id, "in_error", told)

    def report(self, state: str, error: str | None) -> None:
        """How the mailbox fares; raises LostLease."""
        if not self._call(
            "private.record_mailbox", self._channel_id, self._shared.name, state, error
        ):
            raise LostLease

    def _call(self, function: str, *args: Any) -> Any:  # Any: whatever the function gives
        return self._wait_for(acall(self._shared.pool, function, *args, timeout_s=DATABASE_S - 5.0))

    def _wait_for(self, work: Coroutine[Any, Any, T]) -> T:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(DATABASE_S)
