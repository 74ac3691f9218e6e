"""Amazon SES: a mail inside a message of SNS, signed with Amazon's certificate."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import httpx
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.hashes import SHA1, SHA256
from cryptography.x509 import load_pem_x509_certificate

from romashka.channels.errors import ParseError, Unproven
from romashka.channels.events import AccountEvent, InboundEvent, RawMail, Unhandled
from romashka.channels.fields import list_in, load_object, object_in, text_in
from romashka.channels.mail.providers.proofs import Clock, decoded, wall_clock
from romashka.channels.mail.providers.raw import RawMessage, envelope_sender

FETCH_TIMEOUT_S = 3.0
# SNS sends 256 KB at most, which JSON within JSON may write longer.
LONGEST_MESSAGE = 1024 * 1024
SUBSCRIPTION = "SubscriptionConfirmation"
LONGEST_CERTIFICATE = 20_000
MOST_CERTIFICATES = 8
_HOST = r"https://sns\.[a-z0-9-]{2,30}\.amazonaws\.com(?:\.cn)?"
_CERTIFICATE = re.compile(_HOST + r"/SimpleNotificationService-[0-9a-zA-Z]{1,64}\.pem")
_CONFIRMATION = re.compile(_HOST + r"/\?[!-~]{1,2000}")
_SIGNED = {
    "Notification": ("Message", "MessageId", "Subject", "Timestamp", "TopicArn", "Type"),
    SUBSCRIPTION: (
        "Message", "MessageId", "SubscribeURL", "Timestamp", "Token", "TopicArn", "Type",
    ),
    "UnsubscribeConfirmation": (
        "Message", "MessageId", "SubscribeURL", "Timestamp", "Token", "TopicArn", "Type",
    ),
}  # fmt: skip
_WORDS = {"PASS": "pass", "FAIL": "fail", "GRAY": "none", "PROCESSING_FAILED": "temperror"}

Fetch = Callable[[str], bytes]


def fetch_from_amazon(url: str) -> bytes:
    """What is at an address of Amazon's; raises Unproven when it cannot be had now."""
    try:
        answer = httpx.get(url, timeout=FETCH_TIMEOUT_S, follow_redirects=False)
        answer.raise_for_status()
    except httpx.HTTPError as error:
        raise Unproven("Amazon SNS cannot be reached") from error
    return answer.content[:LONGEST_CERTIFICATE]


class SesInlet:
    """Takes what SNS posts for one of `topics` (their ARNs).

    SNS signs the message, its id, its time, its topic and its type (version 1 with SHA-1, 2 with
    SHA-256); what else stands in the body is not signed and not read. Only a certificate from
    Amazon's own host proves anything: anybody may have one from anywhere else. Certificates are
    kept after they were fetched once; `verify` raises Unproven when one cannot be fetched.
    """

    longest_body = LONGEST_MESSAGE

    def __init__(
        self, topics: Sequence[str], fetch: Fetch = fetch_from_amazon, clock: Clock = wall_clock
    ) -> None:
        self._topics = frozenset(topics)
        self._fetch, self._clock = fetch, clock
        self._certificates: dict[str, bytes] = {}

    def verify(self, headers: Mapping[str, str], body: bytes) -> Mapping[str, str] | None:
        """Nothing to keep; None where it is not from SNS and one of our topics.

        A subscription of such a topic is confirmed here, before the answer; raises Unproven.
        """
        try:
            payload = load_object(body)
        except ParseError:
            return None
        url = text_in(payload, "SigningCertURL") or text_in(payload, "SigningCertUrl") or ""
        told = _told(payload)
        if text_in(payload, "TopicArn") not in self._topics or told is None:
            return None
        if not _CERTIFICATE.fullmatch(url) or not self._is_signed(payload, told, url):
            return None
        confirm = text_in(payload, "SubscribeURL") or ""
        if payload.get("Type") == SUBSCRIPTION and _CONFIRMATION.fullmatch(confirm):
            self._fetch(confirm)
        return {}

    def parse(self, body: bytes, kept: Mapping[str, str]) -> Sequence[InboundEvent]:
        """The mail, or what SNS tells about the topic; what holds no mail is unhandled."""
        payload = load_object(body)
        topic = text_in(payload, "TopicArn") or ""
        if payload.get("Type") != "Notification":
            name = "subscription" if payload.get("Type") == SUBSCRIPTION else "unsubscription"
            return [AccountEvent(account=topic, name=name, data={"topic": topic})]
        message = _message(payload)
        if text_in(message, "content"):
            return [RawMail(account=next(iter(_recipients(message)), ""))]
        return [Unhandled(account=topic, reason=_reason(message), item=message)]

    def _is_signed(self, payload: Mapping[str, Any], told: bytes, url: str) -> bool:
        version, given = payload.get("SignatureVersion"), text_in(payload, "Signature") or ""
        signature = decoded(given)
        if signature is None or version not in ("1", "2"):
            return False
        # SHA-1 is Amazon's choice for version 1, and the default of every topic.
        digest = SHA1() if version == "1" else SHA256()  # noqa: S303
        key = self._key(url)
        try:
            return key is not None and _verifies(key, signature, told, digest)
        except (ValueError, UnsupportedAlgorithm):
            return False

    def _key(self, url: str) -> rsa.RSAPublicKey | None:
        if url not in self._certificates:
            if len(self._certificates) >= MOST_CERTIFICATES:
                self._certificates.clear()
            self._certificates[url] = self._fetch(url)
        try:
            found = load_pem_x509_certificate(self._certificates[url])
        except ValueError:
            del self._certificates[url]
            return None
        now = datetime.fromtimestamp(self._clock(), UTC)
        is_valid = found.not_valid_before_utc <= now <= found.not_valid_after_utc
        key = found.public_key()
        return key if is_valid and isinstance(key, rsa.RSAPublicKey) else None


def raw_mail(body: bytes, kept: Mapping[str, str]) -> RawMessage:
    """The mail in a request; raises ParseError when there is none."""
    message = _message(load_object(body))
    content = text_in(message, "content")
    if content is None:
        raise ParseError(_reason(message))
    receipt = object_in(message, "receipt")
    encoding = (text_in(object_in(receipt, "action"), "encoding") or "").upper()
    raw = decoded(content) if encoding == "BASE64" else None
    verdicts = {
        name: _WORDS.get(str(object_in(receipt, f"{name}Verdict").get("status")), "none")
        for name in ("spf", "dkim", "dmarc")
        if object_in(receipt, f"{name}Verdict")
    }
    return RawMessage(
        raw=content.encode(errors="replace") if raw is None else raw,
        recipients=tuple(_recipients(message)),
        verdicts=verdicts,
        sender=envelope_sender(object_in(message, "mail").get("source")),
    )


def _told(payload: Mapping[str, Any]) -> bytes | None:
    """The text that SNS signs: each name and value on a line of its own."""
    names = _SIGNED.get(text_in(payload, "Type") or "", ())
    pairs = [(name, payload[name]) for name in names if payload.get(name) is not None]
    if not pairs or not all(isinstance(value, str) for _, value in pairs):
        return None
    return "".join(f"{name}\n{value}\n" for name, value in pairs).encode(errors="replace")


def _verifies(key: rsa.RSAPublicKey, signature: bytes, told: bytes, digest: SHA1 | SHA256) -> bool:
    try:
        key.verify(signature, told, PKCS1v15(), digest)
    except InvalidSignature:
        return False
    return True


def _message(payload: Mapping[str, Any]) -> dict[str, Any]:
    return load_object((text_in(payload, "Message") or "").encode(errors="replace"))


def _recipients(message: Mapping[str, Any]) -> list[str]:
    found = list_in(object_in(message, "receipt"), "recipients") or list_in(
        object_in(message, "mail"), "destination"
    )
    return [item.lower() for item in found if isinstance(item, str)]


def _reason(message: Mapping[str, Any]) -> str:
    action = object_in(object_in(message, "receipt"), "action")
    if action.get("type") == "S3":
        return (
            "the mail lies in S3 and is not in the message: fetch it there by hand; for further"
            " ones let a mailbox be read by IMAP, or a Lambda post what lies in S3 to the inlet"
            " generic (the SNS action brings mails of up to 150 KB alone)"
        )
    return "no mail in it: this address is for the topic of received mail"
