"""A message as the mail that goes out: headers nobody can inject into, text and HTML, files."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import EmailPolicy
from email.utils import format_datetime
from typing import Any

from romashka.channels.base import Fetched, OutboundFile, OutboundMessage
from romashka.channels.errors import Rejected
from romashka.channels.mail.automatic import LOOP_HEADER
from romashka.channels.mail.threads import message_id_of, reply_address
from romashka.channels.mail_html import html_of
from romashka.channels.mail_servers import MailAccount

MOST_REFERENCES = 10
LONGEST_SUBJECT = 400
ADDRESS = re.compile(r"[^\s<>()\[\],;:\\\"@]{1,64}@[^\s<>()\[\],;:\\\"@]{1,253}")
MESSAGE_ID = re.compile(r"[^\s<>\x00-\x1f\x7f]{1,250}@[^\s<>\x00-\x1f\x7f]{1,250}")
CONTROLS = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]+")
BY_MACHINES = ("ai", "system")
IDS = ("in-reply-to", "references")


class MailPolicy(EmailPolicy):
    """The standard policy, but ids stay whole: it would write long ones as encoded words."""

    def fold(self, name: str, value: Any) -> str:  # Any: as the standard library has it
        """One header with its line end, folded where it may be."""
        if name.lower() in IDS:
            return f"{name}: {f'{self.linesep} '.join(str(value).split())}{self.linesep}"
        folded: str = super().fold(name, value)
        return folded

    def fold_binary(self, name: str, value: Any) -> bytes:  # Any: as the standard library has it
        """The same as bytes."""
        if name.lower() in IDS:
            return self.fold(name, value).encode("ascii" if not self.utf8 else "utf-8", "replace")
        return super().fold_binary(name, value)


POLICY = MailPolicy(linesep="\r\n", cte_type="7bit", max_line_length=76)


@dataclass(frozen=True, slots=True, kw_only=True)
class Composed:
    """A mail ready to go: from whom to whom by the envelope, and its bytes."""

    message_id: str
    sender: str
    recipient: str
    content: bytes
    needs_utf8: bool


def compose(
    message: OutboundMessage,
    account: MailAccount,
    files: Sequence[tuple[OutboundFile, Fetched]] = (),
    links: Sequence[OutboundFile] = (),
) -> Composed:
    """The mail with `files` attached and `links` named in the text; the same at every try.

    Raises Rejected without an address that can be written to, or with nothing to say.
    """
    recipient = recipient_of(message)
    text = text_of(message, links)
    if not text and not files:
        raise Rejected("empty", "there is nothing to send")
    needs_utf8 = not recipient.isascii()
    mail = EmailMessage(policy=POLICY.clone(utf8=needs_utf8))
    own_id = _own_id(message, account)
    for name, value in _headers(message, account, own_id).items():
        mail[name] = value
    mail.set_content(text)
    mail.add_alternative(html_of(text), subtype="html")
    for file, fetched in files:
        _attach(mail, file, fetched)
    return Composed(
        message_id=own_id,
        sender=account.address,
        recipient=recipient,
        content=mail.as_bytes(),
        needs_utf8=needs_utf8,
    )


def recipient_of(message: OutboundMessage) -> str:
    """The one address the mail goes to; raises Rejected: suppressed, no_address, bad_address."""
    found = message.mail.get("to") or message.identities.get("email")
    if message.mail.get("suppressed"):
        raise Rejected("suppressed", "mail to this address bounced or was complained about")
    if not isinstance(found, str) or not found:
        raise Rejected("no_address", "the customer has no e-mail address")
    local, _, domain = found.rpartition("@")
    try:
        address = f"{local}@{domain if domain.isascii() else domain.encode('idna').decode()}"
    except UnicodeError:
        address = ""
    if not ADDRESS.fullmatch(address) or CONTROLS.search(address):
        raise Rejected("bad_address", "the customer's e-mail address cannot be written to")
    return address


def text_of(message: OutboundMessage, links: Sequence[OutboundFile] = ()) -> str:
    """The words, then what may be chosen by number, then where to find what was too large."""
    choices = [f"{number}. {one.title}" for number, one in enumerate(message.choices, 1)]
    named = [f"{one.filename or one.kind}: {one.url}" for one in links]
    parts = (message.content.strip(), "\n".join(choices), "\n".join(named))
    text = "\n\n".join(part for part in parts if part)
    return re.sub(r"[\x00\ud800-\udfff]", "\ufffd", text)


def _own_id(message: OutboundMessage, account: MailAccount) -> str:
    secret = next(iter(account.mailbox.token_secret), "")
    found = message_id_of(
        message.conversation_id, message.message_id, secret, account.mailbox.own_domain
    )
    return found.strip("<>")


def _headers(message: OutboundMessage, account: MailAccount, own_id: str) -> dict[str, Any]:
    mail = message.mail
    ids = _ids(mail.get("references"))[-MOST_REFERENCES:]
    answered = _ids([mail.get("in_reply_to")])
    found: dict[str, Any] = {
        "From": _named(account.name, account.address),
        "To": _named(str(mail.get("name") or ""), recipient_of(message)),
        "Subject": subject_of(message, account),
        "Date": format_datetime(datetime.now(UTC)),
        "Message-ID": f"<{own_id}>",
        "Reply-To": _named(account.name, _reply_to(message, account)),
        "In-Reply-To": " ".join(f"<{one}>" for one in answered),
        "References": " ".join(f"<{one}>" for one in ids or answered),
    }
    if message.sender_type in BY_MACHINES:
        found["Auto-Submitted"] = "auto-replied" if answered else "auto-generated"
        found["X-Auto-Response-Suppress"] = "All"
        found[LOOP_HEADER.title()] = account.address
    return {name: value for name, value in found.items() if value}


def subject_of(message: OutboundMessage, account: MailAccount) -> str:
    """The subject, one line; who we are where the conversation has none."""
    found = one_line(str(message.mail.get("subject") or ""))[:LONGEST_SUBJECT]
    return found or one_line(account.name) or account.address


def one_line(text: str) -> str:
    """A text without line ends and other controls, so that nothing can begin a header."""
    return " ".join(CONTROLS.sub(" ", text).split())


def _reply_to(message: OutboundMessage, account: MailAccount) -> str:
    secret = next(iter(account.mailbox.token_secret), "")
    return reply_address(account.address, message.conversation_id, secret)


def _named(name: str, address: str) -> Address | str:
    """An address with its name; one beyond ASCII as it is, as the library takes it for an error."""
    shown = one_line(name)[:100]
    if address.isascii():
        return Address(display_name=shown, addr_spec=address)
    return address


def _ids(found: object) -> list[str]:
    """The usable Message-IDs of a list, bare."""
    texts = [str(one).strip().strip("<>") for one in found or ()] if isinstance(found, list) else []
    return [one for one in dict.fromkeys(texts) if MESSAGE_ID.fullmatch(one) and one.isascii()]


def _attach(mail: EmailMessage, file: OutboundFile, fetched: Fetched) -> None:
    main, _, sub = (file.mime_type or fetched.mime_type or "").partition(";")[0].partition("/")
    name = one_line(file.filename or fetched.filename or file.kind)[:200]
    if not (main.isalnum() and re.fullmatch(r"[\w.+-]+", sub, re.ASCII)) or main in (
        "multipart",
        "message",
    ):
        main, sub = "application", "octet-stream"
    mail.add_attachment(fetched.content, maintype=main, subtype=sub, filename=name)
