"""Any server of the company's own that posts whole mails, signed by Standard Webhooks."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping, Sequence

from romashka.channels.errors import ParseError
from romashka.channels.events import InboundEvent, RawMail
from romashka.channels.mail.providers.proofs import (
    Clock,
    decoded,
    is_one_of,
    is_recent,
    wall_clock,
)
from romashka.channels.mail.providers.raw import LONGEST_BODY, RawMessage
from romashka.settings import BadSetting

MOST_SIGNATURES = 20


class GenericInlet:
    """Takes a mail (RFC 5322) as the body of a POST.

    Signed are the id, the time and every byte of the mail. The library standardwebhooks signs
    text alone, and a mail need be none: hence the same few lines over bytes.
    """

    longest_body = LONGEST_BODY

    def __init__(self, secrets: Sequence[str], clock: Clock = wall_clock) -> None:
        self._keys = [_key(secret) for secret in secrets if secret]
        self._clock = clock

    def verify(self, headers: Mapping[str, str], body: bytes) -> Mapping[str, str] | None:
        """Nothing to keep, or None unless these bytes were signed within five minutes."""
        name, timestamp = headers.get("webhook-id", ""), headers.get("webhook-timestamp", "")
        if not (name and name.isascii() and is_recent(timestamp, self._clock)):
            return None
        told = f"{name}.{timestamp}.".encode() + body
        wanted = [hmac.new(key, told, hashlib.sha256).digest() for key in self._keys]
        given = headers.get("webhook-signature", "").split(" ")[:MOST_SIGNATURES]
        found = [decoded(item[3:]) for item in given if item.startswith("v1,")]
        return {} if any([is_one_of(one, wanted) for one in found if one is not None]) else None

    def parse(self, body: bytes, kept: Mapping[str, str]) -> Sequence[InboundEvent]:
        """The one mail; raises ParseError for an empty body."""
        return [_raw_mail(raw_mail(body, kept))]


def raw_mail(body: bytes, kept: Mapping[str, str]) -> RawMessage:
    """The body as it is; to whom the mail went stands in the mail alone."""
    if not body.strip():
        raise ParseError("an empty body")
    return RawMessage(raw=body)


def _raw_mail(message: RawMessage) -> RawMail:
    return RawMail(account=next(iter(message.recipients), ""))


def _key(secret: str) -> bytes:
    key = decoded(secret.removeprefix("whsec_"))
    if not key:
        raise BadSetting("EMAIL_WEBHOOK_SECRET must be whsec_ and base64")
    return key
