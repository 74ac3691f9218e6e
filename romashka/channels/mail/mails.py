"""A mail as events: a person's message, or what a machine reports."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from romashka.channels.events import Identity, InboundEvent, InboundMessage, Unhandled
from romashka.channels.fields import LONGEST_ID
from romashka.channels.mail.addresses import Address, addresses
from romashka.channels.mail.authentication import authentication_of, is_forged
from romashka.channels.mail.automatic import automatic_reason, is_own_group
from romashka.channels.mail.bodies import Body, body_of
from romashka.channels.mail.files import Files, files_of
from romashka.channels.mail.headers import Headers
from romashka.channels.mail.mailbox import Envelope, Mailbox
from romashka.channels.mail.markup import safe_html
from romashka.channels.mail.parts import Mail, take_apart
from romashka.channels.mail.reports import report_events
from romashka.channels.mail.texts import Texts, texts_of
from romashka.channels.mail.threads import thread_of
from romashka.channels.mail.words import message_ids, moment
from romashka.channels.reading import events_or_unhandled

NOBODY = Envelope()
# Of a reply's References the last ten are what the next reply carries on.
KEPT_REFERENCES = 10
MOST_SHOWN_ADDRESSES = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class _Sender:
    """Who wrote, and where the answer goes when that is somewhere else."""

    address: str | None
    name: str | None
    reply_to: str | None


def read_mail(
    raw: bytes, mailbox: Mailbox, envelope: Envelope = NOBODY, *, light: bool = False
) -> list[InboundEvent]:
    """The events of one mail (RFC 5322, MIME); never raises and never gives none.

    A person's mail, and an automatic one that is no report, is a message; a bounce is a receipt.
    `light` leaves out what a hostile mail makes dear: HTML and the search for quotations.
    """
    place = {"external_id": external_id_of(take_apart(raw[:65536]).headers, raw)}
    return events_or_unhandled(
        lambda: _events(raw, mailbox, envelope, light), mailbox.address, place
    )


def external_id_of(headers: Headers, raw: bytes) -> str:
    """The mail's Message-ID, bare; of a mail without one a hash of all of it, so none is lost."""
    found = message_ids(headers.plain("message-id"))
    return found[0] if found else f"sha256:{hashlib.sha256(raw).hexdigest()}"


def _events(raw: bytes, mailbox: Mailbox, envelope: Envelope, light: bool) -> list[InboundEvent]:
    mail = take_apart(raw)
    reported = report_events(mail, mailbox)
    if reported:
        return reported
    sender = _sender_of(mail.headers, mailbox)
    if sender.address is None:
        item = {"external_id": external_id_of(mail.headers, raw)}
        return [Unhandled(account=mailbox.address, reason="mail without a sender", item=item)]
    return [_message(raw, mail, mailbox, envelope, sender, light)]


def _message(
    raw: bytes, mail: Mail, mailbox: Mailbox, envelope: Envelope, sender: _Sender, light: bool
) -> InboundMessage:
    headers = mail.headers
    body = body_of(mail, only_first=mail.is_cut)
    texts = texts_of(body, headers.text("subject"), light=light)
    automatic = automatic_reason(headers, mailbox, sender.address)
    found = authentication_of(headers, mailbox, envelope, sender.address)
    files = files_of(mail, body)
    metadata = {
        **_described(headers, texts, None if light else body),
        **_missing(raw, mail, files),
        "authentication": found,
        "reply_to_address": None if automatic else sender.reply_to,
        "automatic": automatic,
    }
    return InboundMessage(
        account=mailbox.address,
        external_id=external_id_of(headers, raw),
        identities=(Identity(kind="email", value=sender.address or ""),),
        customer_name=sender.name,
        content=texts.visible,
        media=files.media,
        occurred_at=moment(headers.plain("date")),
        calls_for_answer=automatic is None,
        metadata={name: value for name, value in metadata.items() if value is not None},
        thread=thread_of(headers, mailbox, envelope, is_forged=is_forged(found)),
        may_open=automatic is None,
    )


def _missing(raw: bytes, mail: Mail, files: Files) -> Mapping[str, Any]:
    """What a mail had more of than is taken."""
    return {
        "left_out": list(files.left_out) or None,
        "parts_left_out": mail.left_out or None,
        "too_big": len(raw) if mail.is_cut else None,
    }


def _described(headers: Headers, texts: Texts, body: Body | None) -> Mapping[str, Any]:
    """What the inbox shows beside the text."""
    date = moment(headers.plain("date"))
    ids = message_ids(headers.plain("message-id"))
    answered = message_ids(headers.plain("in-reply-to"))
    return {
        "subject": headers.text("subject")[:1000],
        "text_full": texts.full if texts.full != texts.visible else None,
        "html": safe_html(body.html) if body and body.html else None,
        "to": _shown(headers, "to"),
        "cc": _shown(headers, "cc") or None,
        "date": date.isoformat() if date else None,
        "message_id": ids[0] if ids else None,
        "in_reply_to": answered[0] if answered else None,
        "references": message_ids(headers.plain("references"))[-KEPT_REFERENCES:],
        "forwarded": texts.forwarded,
    }


def _shown(headers: Headers, name: str) -> list[str]:
    return [one.address for one in addresses(headers.plain(name))][:MOST_SHOWN_ADDRESSES]


def _sender_of(headers: Headers, mailbox: Mailbox) -> _Sender:
    """The author by From; by X-Original-Sender where our own group has put itself there.

    Reply-To says where the answer goes, never who wrote: anybody can write anything there.
    """
    author = _first(headers, "from") or _first(headers, "sender") or _first(headers, "return-path")
    if is_own_group(headers, mailbox):
        author = _first(headers, "x-original-sender") or author
    if author is None:
        return _Sender(address=None, name=None, reply_to=None)
    answer = _first(headers, "reply-to")
    differs = answer is not None and answer.address not in (author.address, *mailbox.addresses)
    return _Sender(
        address=author.address,
        name=author.name,
        reply_to=answer.address if answer and differs else None,
    )


def _first(headers: Headers, name: str) -> Address | None:
    found = addresses(headers.plain(name))
    return found[0] if found and len(found[0].address) <= LONGEST_ID else None
