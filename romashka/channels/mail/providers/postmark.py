"""Postmark's inbound webhook: JSON with parsed fields, and the raw mail where switched on."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from romashka.channels.errors import ParseError
from romashka.channels.events import InboundEvent, RawMail, Unhandled
from romashka.channels.fields import load_object, object_in, objects_in, text_in
from romashka.channels.mail.providers.proofs import decoded, has_password
from romashka.channels.mail.providers.raw import LONGEST_BODY, Attachment, RawMessage, rebuilt

# Postmark gives these beside the list of headers, which lacks them.
_FIELDS = ("From", "To", "Cc", "Subject", "Date", "ReplyTo")
_HEADER_OF = {"ReplyTo": "Reply-To"}


class PostmarkInlet:
    """Takes Postmark's POST.

    Postmark signs nothing. The proof is a user and a password in the webhook's URL
    (`https://user:password@…`), and nothing protects the body but the connection. Retries come
    for ten hours; 403 would end them, so what is not authentic gets 401.
    """

    longest_body = LONGEST_BODY

    def __init__(self, passwords: Sequence[str]) -> None:
        self._passwords = tuple(passwords)

    def verify(self, headers: Mapping[str, str], body: bytes) -> Mapping[str, str] | None:
        """Nothing to keep, or None without one of our `user:password` pairs."""
        return {} if has_password(headers, self._passwords) else None

    def parse(self, body: bytes, kept: Mapping[str, str]) -> Sequence[InboundEvent]:
        """The one mail; other webhooks of Postmark (bounces, opens) are unhandled."""
        payload = load_object(body)
        if "RecordType" in payload and payload["RecordType"] != "Inbound":
            reason = "an event webhook: this address is for inbound mail"
            return [Unhandled(account=None, reason=reason, item=payload)]
        _check(payload)
        return [RawMail(account=next(iter(_recipients(payload)), ""))]


def raw_mail(body: bytes, kept: Mapping[str, str]) -> RawMessage:
    """The mail in a request; raises ParseError when there is none."""
    payload = load_object(body)
    _check(payload)
    raw = text_in(payload, "RawEmail")
    mail = raw.encode(errors="replace") if raw else _rebuilt(payload)
    return RawMessage(raw=mail, recipients=tuple(_recipients(payload)))


def _check(payload: Mapping[str, Any]) -> None:
    if not any(name in payload for name in ("RawEmail", "Headers", "From", "FromFull")):
        raise ParseError("not a mail of Postmark's")


def _recipients(payload: Mapping[str, Any]) -> Iterator[str]:
    found = text_in(payload, "OriginalRecipient")
    if found:
        yield found.lower()


def _rebuilt(payload: Mapping[str, Any]) -> bytes:
    return rebuilt(
        _headers(payload),
        text_in(payload, "TextBody"),
        text_in(payload, "HtmlBody"),
        [_attachment(item) for item in objects_in(payload, "Attachments")],
    )


def _headers(payload: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    told = set()
    for item in objects_in(payload, "Headers"):
        name, value = text_in(item, "Name"), text_in(item, "Value")
        if name and value:
            told.add(name.lower())
            yield name, value
    for field in _FIELDS:
        name, value = _HEADER_OF.get(field, field), text_in(payload, field)
        if field == "From":
            value = _sender(payload) or value
        if value and name.lower() not in told:
            yield name, value


def _sender(payload: Mapping[str, Any]) -> str | None:
    """The sender by `FromFull`, where address and name stand apart."""
    person = object_in(payload, "FromFull")
    address, name = text_in(person, "Email"), text_in(person, "Name")
    shown = (name or "").replace('"', "'")
    return (f'"{shown}" <{address}>' if shown else address) if address else None


def _attachment(item: Mapping[str, Any]) -> Attachment:
    return Attachment(
        content=decoded(text_in(item, "Content") or "") or b"",
        filename=text_in(item, "Name") or "",
        mime_type=text_in(item, "ContentType") or "",
        content_id=text_in(item, "ContentID") or "",
    )
