"""Reads one mailbox in a thread: catches up, then waits for news, again and again.

The server is asked for what lies above the cursor; each mail moves the cursor in the transaction
that stores it. So whatever breaks, reading goes on where it stopped, and nothing comes twice.
"""

from __future__ import annotations

import hashlib
import json
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any, Protocol

import structlog

from romashka.channels.mail import external_id_of
from romashka.channels.mail.headers import take_headers
from romashka.channels.mail_inlets import FETCHED
from romashka.channels.mail_servers import MailAccount
from romashka.database import DatabaseAway, DatabaseError
from worker.faults import fault
from worker.imap_line import LINE_ERRORS, Enter, Line, Refused

# News come by IDLE, which is not reliable everywhere: so often it begins anew with a look.
LOOK_EVERY_S = 60.0
PAUSES_S = (0.5, 1.0, 2.0, 5.0, 15.0, 30.0, 60.0)
REFUSED_PAUSE_S = 300.0
DATABASE_PAUSE_S = 1.0
# Between the tries of what the database refuses, each over a new line.
HELD_PAUSES_S = (2.0, 10.0, 30.0, 60.0)
# After the server numbered its mails anew, so many days before it last answered are looked at.
OVERLAP_DAYS = 2
LARGEST_MAIL = 30 * 1024 * 1024
# What is read of a larger mail: its headers, and the text, which stands before the files.
OF_LARGER = 1024 * 1024
HEADERS = 64 * 1024

log = structlog.get_logger(__name__)


class LostLease(Exception):
    """Another worker reads this mailbox now."""


class Held(Exception):
    """The database refuses the next mail; it is tried again before those behind it."""


class Ledger(Protocol):
    """What the database keeps of a mailbox; every call waits for it."""

    def cursor(self) -> Mapping[str, Any]:
        """How far the mailbox has been read."""
        ...

    def begin(self, uid_validity: int, last_uid: int, rescanned_from: date | None) -> None:
        """Where reading begins; raises LostLease."""
        ...

    def store(self, uid_validity: int, uid: int, raw: bytes, kept: Mapping[str, str]) -> str:
        """Keep a mail and move the cursor; raises LostLease."""
        ...

    def hold(self, uid_validity: int, uid: int, code: str) -> bool:
        """Count that a mail was refused; whether it is to be given up. Raises LostLease."""
        ...

    def bury(self, uid_validity: int, uid: int, raw: bytes, kept: Mapping[str, str]) -> None:
        """Give a mail up, visibly, and move the cursor past it; raises LostLease."""
        ...

    def complain(self, code: str) -> None:
        """Tell people and the log that the database refuses what the mailbox needs."""
        ...

    def report(self, state: str, error: str | None) -> None:
        """How the mailbox fares; raises LostLease."""
        ...


@dataclass(slots=True)
class Health:
    """What was last said of a mailbox, so that nothing is said twice, and failures in a row."""

    state: str = ""
    failures: int = 0


class MailboxReader:
    """The body of one mailbox's thread; `stop` ends it within a second or two."""

    def __init__(self, account: MailAccount, enter: Enter, ledger: Ledger) -> None:
        if account.imap is None:
            raise ValueError("the mailbox has no IMAP server")
        self._server = account.imap
        self._account = account
        self._enter = enter
        self._ledger = ledger
        self._health = Health()
        self._refusals = 0
        self._stop = threading.Event()

    def stop(self) -> None:
        """Ask for the end."""
        self._stop.set()

    def run(self) -> None:
        """Read until stopped or until another worker has the mailbox; never raises."""
        while not self._stop.is_set():
            try:
                self._read_over_one_line()
            except LostLease:
                return
            except DatabaseError as error:
                self._stop.wait(self._pause_of(error))
            except Exception as error:
                self._stop.wait(self._pause_after(error))

    def _pause_of(self, error: DatabaseError) -> float:
        """How long to wait after a failed call; what was refused is told on the channel."""
        if isinstance(error, DatabaseAway):
            return DATABASE_PAUSE_S  # its outage is said by the worker's loops
        self._complain(error.code)
        return self._held()

    def _pause_after(self, error: Exception) -> float:
        """Note what broke the line, or held it up; gives how long to wait."""
        match error:
            case Held():
                return self._held()
            case Refused():
                # Its text is ours: what the server said may name the account.
                return self._failed("refused", error, REFUSED_PAUSE_S)
        step = min(self._health.failures, len(PAUSES_S) - 1)
        if isinstance(error, LINE_ERRORS):
            return self._failed("away", error, PAUSES_S[step])
        log.error("reading a mailbox failed", **fault(error))
        return self._failed("away", error, PAUSES_S[-1])

    def _read_over_one_line(self) -> None:
        line = Line(self._server, self._enter)
        try:
            while not self._stop.is_set():
                self._catch_up(line)
                self._is_well()
                if line.can_idle:
                    line.wait(LOOK_EVERY_S, self._stop.is_set)
                else:
                    self._stop.wait(LOOK_EVERY_S)
        finally:
            line.close()

    def _catch_up(self, line: Line) -> None:
        """Store everything that has come since."""
        for uid in self._new_uids(line):
            if self._stop.is_set():
                return
            size = line.size(uid)
            if size is None:
                continue
            is_large = size > LARGEST_MAIL
            raw = line.mail(uid, OF_LARGER if is_large else None)
            if raw is not None:
                self._store(line.uid_validity, uid, raw, size if is_large else None)

    def _store(self, uid_validity: int, uid: int, raw: bytes, cut_from: int | None) -> None:
        """Store a mail; one that the database refuses holds up the next, but not for ever."""
        kept = kept_of(self._account.address, raw, cut_from)
        try:
            self._ledger.store(uid_validity, uid, raw, kept)
        except DatabaseAway:
            raise
        except DatabaseError as error:
            self._complain(error.code)
            if not self._ledger.hold(uid_validity, uid, error.code):
                raise Held from error
            self._ledger.bury(uid_validity, uid, raw, kept)
        self._refusals = 0

    def _new_uids(self, line: Line) -> list[int]:
        cursor = self._ledger.cursor()
        if cursor["uid_validity"] == line.uid_validity:
            return line.uids_after(cursor["last_uid"])
        since = self._rescanned_from(cursor)
        if since is None:
            self._ledger.begin(line.uid_validity, line.next_uid - 1, None)
            return line.uids_after(line.next_uid - 1)
        found = line.uids_since(since)
        before = found[0] - 1 if found else line.next_uid - 1
        self._ledger.begin(line.uid_validity, before, since)
        log.warning("mailbox is gone through", since=since.isoformat(), mails=len(found))
        return found

    def _rescanned_from(self, cursor: Mapping[str, Any]) -> date | None:
        """Since when mails are looked at whose numbers tell nothing; None: only new ones are."""
        today = datetime.now(UTC).date()
        if cursor["uid_validity"] is None:
            days = self._account.since_days
            return today - timedelta(days=days) if days else None
        seen_on = date.fromisoformat(cursor["seen_on"]) if cursor["seen_on"] else today
        return seen_on - timedelta(days=OVERLAP_DAYS)

    def _is_well(self) -> None:
        if self._health.state == "away":
            log.warning("mailbox is back", failures=self._health.failures)
        self._health, self._refusals = Health(state="connected"), 0
        self._ledger.report("connected", None)

    def _failed(self, state: str, error: Exception, pause: float) -> float:
        """Note a failure, said once; gives how long to wait."""
        if self._health.state != state:
            log.warning("mailbox is away", state=state, reason=type(error).__name__)
            self._tell(state, type(error).__name__)
        self._health = Health(state=state, failures=self._health.failures + 1)
        return pause

    def _held(self) -> float:
        """How long to wait after a refusal of the database, longer the more there are in a row."""
        self._refusals += 1
        return HELD_PAUSES_S[min(self._refusals, len(HELD_PAUSES_S)) - 1]

    def _complain(self, code: str) -> None:
        try:
            self._ledger.complain(code)
        except Exception as error:  # the next refusal is told again
            log.warning("mailbox could not be reported", **fault(error))

    def _tell(self, state: str, reason: str) -> None:
        try:
            self._ledger.report(state, reason)
        except LostLease:
            self.stop()
        except Exception as error:  # the database may be away as well: the mailbox is tried again
            log.warning("mailbox could not be reported", **fault(error))


def kept_of(address: str, raw: bytes, cut_from: int | None) -> dict[str, str]:
    """What is kept beside a fetched mail: whose it is, how to read it again, its own ids."""
    headers, _ = take_headers(raw, 0, min(len(raw), HEADERS))
    kept = {
        "inlet": FETCHED,
        "account": address,
        "message_id": external_id_of(headers, raw),
        "sha256": hashlib.sha256(raw).hexdigest(),
        "recipients": json.dumps([address]),
    }
    return kept | ({"cut_from": str(cut_from)} if cut_from is not None else {})
