"""Mailgun's routes: a form with the raw mail (`body-mime`), or with its parsed fields."""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from romashka.channels.errors import ParseError
from romashka.channels.events import InboundEvent, RawMail, Unhandled
from romashka.channels.fields import load_object, object_in, text_in
from romashka.channels.mail.charsets import decode
from romashka.channels.mail.providers.forms import Form, kept_type, proof_fields, read_form
from romashka.channels.mail.providers.proofs import Clock, is_one_of, is_recent, wall_clock
from romashka.channels.mail.providers.raw import (
    LONGEST_BODY,
    Attachment,
    RawMessage,
    envelope_sender,
    rebuilt,
)

LONGEST_EVENT = 256 * 1024
_NO_MAIL = "no mail in it: this address is for a route, not for event webhooks"
_VERDICTS = {"spf": "x-mailgun-spf", "dkim": "x-mailgun-dkim-check-result"}


@dataclass(frozen=True, slots=True, kw_only=True)
class _Proof:
    """What Mailgun signs, and the signature; fields of a form, or an object of an event."""

    timestamp: str
    token: str
    signature: str


class MailgunInlet:
    """Takes the POST of a Mailgun route.

    Mailgun signs its `timestamp` and `token`, which stand in the form, and nothing else: neither
    the mail nor the recipient. So a time off by more than five minutes is refused, and a token is
    good once: what is kept of it as `once` is unique among the stored requests.
    """

    longest_body = LONGEST_BODY

    def __init__(self, signing_keys: Sequence[str], clock: Clock = wall_clock) -> None:
        self._keys = [key.encode() for key in signing_keys if key]
        self._clock = clock

    def verify(self, headers: Mapping[str, str], body: bytes) -> Mapping[str, str] | None:
        """To be kept: the form's type and its token's sum; None unless signed and recent."""
        kept = kept_type(headers)
        try:
            proof = _proof(body, kept)
        except ParseError:
            return None
        if not proof.token or not is_recent(proof.timestamp, self._clock):
            return None
        told = (proof.timestamp + proof.token).encode(errors="replace")
        wanted = [hmac.new(key, told, hashlib.sha256).hexdigest().encode() for key in self._keys]
        if not is_one_of(proof.signature.encode(errors="replace"), wanted):
            return None
        return {**kept, "once": hashlib.sha256(told).hexdigest()}

    def parse(self, body: bytes, kept: Mapping[str, str]) -> Sequence[InboundEvent]:
        """The one mail; Mailgun's event webhooks are unhandled."""
        if _is_json(kept):
            event = object_in(load_object(body), "event-data")
            return [Unhandled(account=None, reason=_NO_MAIL, item={"event": event.get("event")})]
        form = read_form(body, kept)
        if not _has_mail(form):
            return [Unhandled(account=None, reason=_NO_MAIL, item={"fields": sorted(form.fields)})]
        return [RawMail(account=form.text("recipient").lower())]


def raw_mail(body: bytes, kept: Mapping[str, str]) -> RawMessage:
    """The mail in a request; raises ParseError when there is none."""
    form = read_form(body, kept)
    if not _has_mail(form):
        raise ParseError("not a mail of Mailgun's")
    recipients = [item.strip().lower() for item in form.text("recipient").split(",")]
    headers = list(_headers(form))
    verdicts = {
        name: value.strip().lower()
        for name, header in _VERDICTS.items()
        for key, value in headers
        if key.lower() == header
    }
    return RawMessage(
        raw=form.fields.get("body-mime") or _rebuilt(form, headers),
        recipients=tuple(item for item in recipients if item),
        verdicts=verdicts,
        sender=envelope_sender(form.text("sender") if "sender" in form.fields else None),
    )


def _is_json(kept: Mapping[str, str]) -> bool:
    return kept.get("content-type", "").startswith("application/json")


def _proof(body: bytes, kept: Mapping[str, str]) -> _Proof:
    names = ("timestamp", "token", "signature")
    if _is_json(kept):
        if len(body) > LONGEST_EVENT:
            raise ParseError("an event that is too large")
        signed = object_in(load_object(body), "signature")
        timestamp, token, signature = (text_in(signed, name) or "" for name in names)
    else:
        found = proof_fields(body, kept, names)
        timestamp, token, signature = (decode(found.get(name, b""), "utf-8") for name in names)
    return _Proof(timestamp=timestamp, token=token, signature=signature)


def _has_mail(form: Form) -> bool:
    if "event" in form.fields:
        return False
    return "body-mime" in form.fields or "message-headers" in form.fields


def _headers(form: Form) -> Iterator[tuple[str, str]]:
    """The pairs in `message-headers`, a JSON list of lists."""
    try:
        pairs = json.loads(form.text("message-headers") or "[]")
    except (ValueError, RecursionError):
        return
    for pair in pairs if isinstance(pairs, list) else ():
        if isinstance(pair, list) and len(pair) == 2 and all(isinstance(x, str) for x in pair):
            yield pair[0], pair[1]


def _rebuilt(form: Form, headers: Sequence[tuple[str, str]]) -> bytes:
    told = {name.lower() for name, _ in headers}
    more = [
        (name, form.text(field))
        for name, field in (("From", "from"), ("Subject", "subject"), ("To", "To"))
        if name.lower() not in told and form.text(field)
    ]
    return rebuilt(
        [*headers, *more],
        form.text("body-plain") or None,
        form.text("body-html") or None,
        list(_attachments(form)),
    )


def _attachments(form: Form) -> Iterator[Attachment]:
    """The form's files, each with the content id that `content-id-map` gives it."""
    try:
        ids = json.loads(form.text("content-id-map") or "{}")
    except (ValueError, RecursionError):
        ids = {}
    pairs = ids.items() if isinstance(ids, dict) else ()
    of_field = {field: cid for cid, field in pairs if isinstance(field, str)}
    for field, one in form.files.items():
        cid = of_field.get(field, "")
        yield Attachment(
            content=one.content, filename=one.filename, mime_type=one.mime_type, content_id=cid
        )
