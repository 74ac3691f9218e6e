"""Which of our mails a report speaks of: its Message-ID, wherever the reporter has put it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from romashka.channels.mail.contents import content_of
from romashka.channels.mail.headers import Headers, take_headers
from romashka.channels.mail.mailbox import Mailbox
from romashka.channels.mail.parts import Mail
from romashka.channels.mail.threads import own_id
from romashka.channels.mail.words import message_ids

# Of what a report returns this much is searched.
SEARCHED = 256 * 1024
_RETURNED = re.compile(
    r"message/(?:rfc822|global)|(?:text|message)/(?:rfc822-headers|global-headers)"
)
_LINE = re.compile(r"^[ \t>]*message-id:\s*<?([^\s<>]{3,512})>?", re.IGNORECASE | re.MULTILINE)
_LOOKS_OWN = re.compile(r"c\.[a-z2-7]{26}\.[a-z2-7]{26}\.[a-z2-7]{16}@[^\s<>\"';,)]{1,255}")
_TOLD = ("original-message-id", "x-original-message-id", "x-google-original-message-id")


def original_id(
    mail: Mail, mailbox: Mailbox, text: str, reports: Sequence[Headers] = ()
) -> str | None:
    """The Message-ID of the reported mail, None when the report names none.

    One of ours with its proof comes before all: reports quote other mails as well. What only
    looks like one of ours was made up, and is not taken.
    """
    first: str | None = None
    for found in _candidates(mail, text, reports):
        if own_id(found, mailbox.token_secret):
            return found
        if first is None and not _LOOKS_OWN.fullmatch(found.lower()):
            first = found
    return first


def _candidates(mail: Mail, text: str, reports: Sequence[Headers]) -> Iterator[str]:
    for block in reports:
        for name in _TOLD:
            yield from message_ids(block.plain(name))
    yield from _returned_ids(mail)
    yield from _LINE.findall(text)
    yield from _in_texts(mail)
    headers = mail.headers
    for name in (*_TOLD, "in-reply-to", "references"):
        yield from message_ids(headers.plain(name))
    yield from _LOOKS_OWN.findall(text.lower())


def _returned_ids(mail: Mail) -> Iterator[str]:
    """The ids in the headers of the mails that came back, whole or as headers alone."""
    for part in mail.root.walk():
        if _RETURNED.fullmatch(part.type):
            content = content_of(mail.raw, part, SEARCHED).lstrip(b"\r\n")
            headers, _ = take_headers(content, 0, len(content))
            yield from message_ids(headers.plain("message-id"))
            yield from _LOOKS_OWN.findall(content.decode("latin-1").lower())


def _in_texts(mail: Mail) -> Iterator[str]:
    """The ids in text that holds the old headers without saying so, attached or at the end."""
    for part in mail.root.walk():
        if part.type.startswith("text/") and not part.children:
            yield from _LINE.findall(content_of(mail.raw, part, SEARCHED).decode("latin-1"))
