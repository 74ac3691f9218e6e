"""Mails for the tests: those of tests/fixtures/mail, and small ones made up on the spot."""

from __future__ import annotations

from pathlib import Path

from romashka.channels.events import InboundMessage
from romashka.channels.mail import Envelope, Mailbox, read_mail

FIXTURES = Path(__file__).parents[2] / "fixtures" / "mail"
LETTERS = {path.stem: path.read_bytes() for path in sorted(FIXTURES.glob("*.eml"))}
SECRET = "a-secret-for-tokens"
MAILBOX = Mailbox(
    address="support@shop.example",
    aliases=("help@shop.example",),
    authserv_ids=("mx.shop.example",),
    token_secret=(SECRET, "an-older-secret"),
    own_domain="shop.example",
)
FROM = b"From: anna@customer.example\r\n"


def letter(body: bytes | str = b"Hello", *headers: str, sender: bytes = FROM) -> bytes:
    """A mail with further header lines."""
    lines = "".join(f"{line}\r\n" for line in headers).encode("utf-8", "surrogateescape")
    return sender + lines + b"\r\n" + (body.encode() if isinstance(body, str) else body)


def html_letter(markup: bytes | str) -> bytes:
    """A mail that is HTML alone."""
    return letter(markup, "Content-Type: text/html; charset=utf-8")


def message_of(raw: bytes, mailbox: Mailbox = MAILBOX, *recipients: str) -> InboundMessage:
    """The one message that a mail is."""
    (event,) = read_mail(raw, mailbox, Envelope(recipients=recipients))
    assert isinstance(event, InboundMessage), event
    return event
