"""SendGrid's Inbound Parse: a form with the raw mail (`email`), or with its parsed fields."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_der_public_key

from romashka.channels.errors import ParseError
from romashka.channels.events import InboundEvent, RawMail, Unhandled
from romashka.channels.mail.headers import take_headers
from romashka.channels.mail.providers.forms import Form, kept_type, read_form
from romashka.channels.mail.providers.proofs import decoded
from romashka.channels.mail.providers.raw import (
    LONGEST_BODY,
    Attachment,
    RawMessage,
    envelope_sender,
    rebuilt,
)
from romashka.settings import BadSetting

SIGNATURE = "x-twilio-email-event-webhook-signature"
TIMESTAMP = "x-twilio-email-event-webhook-timestamp"
_FIELDS = {"from": "From", "to": "To", "cc": "Cc", "subject": "Subject"}


class SendgridInlet:
    """Takes the POST of Inbound Parse.

    With a security policy SendGrid signs the time and every byte of the body (ECDSA P-256);
    `public_keys` are the policies' keys as it shows them, and without one nothing is taken.
    SendGrid tries for three days, so the signed time is not held against it: a mail that comes
    twice is dropped by its Message-ID.
    """

    longest_body = LONGEST_BODY

    def __init__(self, public_keys: Sequence[str]) -> None:
        self._keys = [_key(text) for text in public_keys if text]

    def verify(self, headers: Mapping[str, str], body: bytes) -> Mapping[str, str] | None:
        """The form's type, to be kept; None when the request is not proven."""
        is_proven = any(_signed(key, headers, body) for key in self._keys)
        return kept_type(headers) if is_proven else None

    def parse(self, body: bytes, kept: Mapping[str, str]) -> Sequence[InboundEvent]:
        """The one mail; a form without one is unhandled."""
        form = read_form(body, kept)
        if not _has_mail(form):
            reason = "no mail in it: this address is for Inbound Parse"
            return [Unhandled(account=None, reason=reason, item={"fields": sorted(form.fields)})]
        return [RawMail(account=next(iter(_envelope(form)), ""))]


def raw_mail(body: bytes, kept: Mapping[str, str]) -> RawMessage:
    """The mail in a request; raises ParseError when there is none."""
    form = read_form(body, kept)
    if not _has_mail(form):
        raise ParseError("not a mail of SendGrid's")
    spf = form.text("SPF").strip().lower()
    return RawMessage(
        raw=form.fields.get("email") or _rebuilt(form),
        recipients=tuple(_envelope(form)),
        verdicts={"spf": spf} if spf.isalpha() else {},
        sender=envelope_sender(_object(form, "envelope").get("from")),
    )


def _key(text: str) -> ec.EllipticCurvePublicKey:
    try:
        key = load_der_public_key(decoded("".join(text.split())) or b"")
    except (ValueError, UnsupportedAlgorithm):
        raise BadSetting("SENDGRID_PUBLIC_KEY must be the key as SendGrid shows it") from None
    if not isinstance(key, ec.EllipticCurvePublicKey):
        raise BadSetting("SENDGRID_PUBLIC_KEY must be a key for ECDSA")
    return key


def _signed(key: ec.EllipticCurvePublicKey, headers: Mapping[str, str], body: bytes) -> bool:
    timestamp, given = headers.get(TIMESTAMP, ""), decoded(headers.get(SIGNATURE, ""))
    if given is None or not (timestamp.isascii() and timestamp):
        return False
    try:
        key.verify(given, timestamp.encode() + body, ec.ECDSA(SHA256()))
    except InvalidSignature:
        return False
    return True


def _has_mail(form: Form) -> bool:
    return "email" in form.fields or "headers" in form.fields or "from" in form.fields


def _envelope(form: Form) -> Iterator[str]:
    found = _object(form, "envelope").get("to")
    for item in found if isinstance(found, list) else [found]:
        if isinstance(item, str) and item:
            yield item.lower()


def _object(form: Form, name: str) -> dict[str, Any]:
    try:
        found = json.loads(form.text(name) or "{}")
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def _rebuilt(form: Form) -> bytes:
    """The mail from fields, each of which has a charset of its own in `charsets`."""
    charsets = {key: value for key, value in _object(form, "charsets").items() if value}

    def text(name: str) -> str:
        charset = charsets.get(name)
        return form.text(name, charset if isinstance(charset, str) else "utf-8")

    headers = list(_header_lines(text("headers")))
    told = {name.lower() for name, _ in headers}
    more = [(_FIELDS[name], text(name)) for name in _FIELDS if text(name)]
    return rebuilt(
        [*headers, *((name, value) for name, value in more if name.lower() not in told)],
        text("text") or None,
        text("html") or None,
        list(_attachments(form)),
    )


def _header_lines(block: str) -> Iterator[tuple[str, str]]:
    """The fields of the mail's own header, which comes as it was; those that are read, that is."""
    data = block.encode(errors="replace")
    headers, _ = take_headers(data, 0, len(data))
    for name in headers.fields:
        for value in headers.all_plain(name):
            yield name, value


def _attachments(form: Form) -> Iterator[Attachment]:
    """The form's files, described by `attachment-info`."""
    described = _object(form, "attachment-info")
    for field, one in form.files.items():
        about = described.get(field)
        about = about if isinstance(about, dict) else {}
        cid = about.get("content-id")
        yield Attachment(
            content=one.content,
            filename=one.filename or str(about.get("filename", "")),
            mime_type=one.mime_type or str(about.get("type", "")),
            content_id=cid if isinstance(cid, str) else "",
        )
