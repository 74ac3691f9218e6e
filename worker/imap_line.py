"""One line to an IMAP server: what a mailbox's reader asks, and the answers as plain values.

Everything here blocks and is called from the reader's thread alone. Nothing is changed in the
mailbox: it is opened for reading, and mails are peeked at.
"""

from __future__ import annotations

import imaplib
import re
import ssl
import time
from collections.abc import Callable
from contextlib import suppress
from datetime import date
from typing import Any

from imap_tools.errors import ImapToolsError, MailboxTaggedResponseError
from imap_tools.mailbox import BaseMailBox

from romashka.channels.mail_servers import Server
from worker.imap_client import Box

TIMEOUT_S = 30.0
AT_ONCE_S = 0.9
NUMBER = re.compile(rb"RFC822\.SIZE (\d+)", re.IGNORECASE)
UID = re.compile(rb"UID (\d+)", re.IGNORECASE)
MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]

# What the library and the network raise when a line is of no use any more.
LINE_ERRORS = (OSError, imaplib.IMAP4.error, ImapToolsError, ssl.SSLError, ValueError)

Enter = Callable[[BaseMailBox], object]


class Refused(Exception):
    """The server does not let us in: a wrong password, an expired token."""


class Line:
    """An open line, logged in, with the inbox opened for reading; `close` ends it."""

    def __init__(self, server: Server, enter: Enter) -> None:
        self._box = Box(server, TIMEOUT_S)
        try:
            _let_in(self._box, enter)
            self._box.folder.set("INBOX", readonly=True)
            self.uid_validity = self._number("UIDVALIDITY")
            self.next_uid = self._number("UIDNEXT")
            self.can_idle = "IDLE" in self._box.client.capabilities
        except BaseException:
            self.close()
            raise

    def uids_after(self, uid: int) -> list[int]:
        """The mails above this UID, rising; `*` brings the last one back, which is left out."""
        return [found for found in self._search(f"UID {uid + 1}:*") if found > uid]

    def uids_since(self, day: date) -> list[int]:
        """The mails that came on this day or later, rising."""
        return self._search(f"SINCE {day.day}-{MONTHS[day.month - 1]}-{day.year}")

    def size(self, uid: int) -> int | None:
        """A mail's size in bytes; None when it is gone."""
        found = NUMBER.search(b" ".join(_flat(self._fetch(uid, "(UID RFC822.SIZE)"))))
        return int(found[1]) if found else None

    def mail(self, uid: int, most: int | None = None) -> bytes | None:
        """A mail's bytes, at most the first `most`; None when it is gone."""
        part = "BODY.PEEK[]" if most is None else f"BODY.PEEK[]<0.{most}>"
        for item in self._fetch(uid, f"(UID {part})"):
            if isinstance(item, tuple) and (named := UID.search(item[0])) and int(named[1]) == uid:
                content: bytes = item[1]
                return content
        return None

    def wait(self, seconds: float, is_over: Callable[[], bool]) -> None:
        """Idle until the server has news, the time is over, or `is_over`.

        News that came with the answers since the last search end it at once: of those, and of what
        came in one packet with the leave to idle, the server says nothing more.
        """
        if self._heard_news():
            return
        idle: Any = self._box.idle  # its methods are without types
        try:
            idle.start()
        except MailboxTaggedResponseError:
            if not self._heard_news():
                raise
            idle.stop()
            return
        for _ in range(max(1, round(seconds))):
            began = time.monotonic()
            if is_over() or self._box.client.has_more or idle.poll(timeout=1):
                break
            # Where the other side has hung up, there are no news either, but at once.
            if time.monotonic() - began < AT_ONCE_S:
                break
        idle.stop()

    def close(self) -> None:
        """Say goodbye, if the line still stands, and hang up."""
        with suppress(*LINE_ERRORS):
            self._box.client.sock.settimeout(1.0)
            self._box.logout()
        with suppress(*LINE_ERRORS):
            self._box.client.shutdown()

    def _heard_news(self) -> bool:
        """Whether a mail was announced since this was last asked."""
        return self._box.client.response("EXISTS")[1] != [None]

    def _number(self, name: str) -> int:
        _, found = self._box.client.response(name)
        if not found or found[-1] is None:
            raise imaplib.IMAP4.error(f"no {name}")
        return int(found[-1])

    def _search(self, criteria: str) -> list[int]:
        self._heard_news()  # what was announced until now is found
        kind, found = self._box.client.uid("SEARCH", criteria)
        if kind != "OK":
            raise imaplib.IMAP4.error("SEARCH refused")
        return sorted({int(uid) for part in found if part for uid in part.split()})

    def _fetch(self, uid: int, what: str) -> list[object]:
        kind, found = self._box.client.uid("FETCH", str(uid), what)
        if kind != "OK":
            raise imaplib.IMAP4.error("FETCH refused")
        return list(found)


def _let_in(box: BaseMailBox, enter: Enter) -> None:
    try:
        enter(box)
    except imaplib.IMAP4.abort:
        raise
    except (imaplib.IMAP4.error, ImapToolsError) as error:
        raise Refused(type(error).__name__) from error


def _flat(found: list[object]) -> list[bytes]:
    """The answer's texts, without the contents that stand beside them."""
    return [
        item[0] if isinstance(item, tuple) else item
        for item in found
        if isinstance(item, (tuple, bytes))
    ]
