"""What the providers post, and how they prove it; written for the tests, with keys of their own."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from datetime import UTC, datetime, timedelta
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.hashes import SHA1, SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from cryptography.x509.oid import NameOID

from romashka.channels.errors import ParseError
from romashka.channels.events import InboundEvent
from romashka.channels.mail.providers.sendgrid import SIGNATURE, TIMESTAMP

NOW = 1_792_000_000.0
BOUNDARY = "form-boundary"
FORM = {"content-type": f"multipart/form-data; boundary={BOUNDARY}"}
TOPIC = "arn:aws:sns:eu-west-1:111111111111:inbound"
CERTIFICATE = "https://sns.eu-west-1.amazonaws.com/SimpleNotificationService-0123abcd.pem"
ODD = [
    "",
    "\u00e9",
    "\ud800",
    "x" * 10_000,
    "Basic",
    "Basic \u00e9",
    "v1,",
    "v1,a,b",
    "=" * 7,
    "nan",
    "1e9",
]


def clock() -> float:
    """The time at which the tests' requests come."""
    return NOW


def basic(pair: str) -> dict[str, str]:
    """The header of a user and a password."""
    return {"authorization": "Basic " + base64.b64encode(pair.encode()).decode()}


def form(
    fields: dict[str, bytes | str], files: dict[str, tuple[str, str, bytes]] | None = None
) -> bytes:
    """A multipart form."""
    parts: list[bytes] = []
    for name, value in fields.items():
        data = value.encode() if isinstance(value, str) else value
        head = f'Content-Disposition: form-data; name="{name}"\r\n\r\n'.encode()
        parts.append(head + data)
    for name, (filename, kind, data) in (files or {}).items():
        head = f'Content-Disposition: form-data; name="{name}"; filename="{filename}"\r\n'
        parts.append(f"{head}Content-Type: {kind}\r\n\r\n".encode() + data)
    mark = f"--{BOUNDARY}".encode()
    return b"".join(mark + b"\r\n" + part + b"\r\n" for part in parts) + mark + b"--\r\n"


def mailgun_fields(
    key: str, timestamp: float = NOW, token: str = "t" * 50
) -> dict[str, bytes | str]:
    """Mailgun's time, token and signature."""
    stamp = str(int(timestamp))
    signature = hmac.new(key.encode(), (stamp + token).encode(), hashlib.sha256).hexdigest()
    return {
        "timestamp": stamp,
        "token": token,
        "signature": signature,
        "recipient": "S@shop.example",
    }


SENDGRID_KEY = ec.generate_private_key(ec.SECP256R1())


def public_text(key: ec.EllipticCurvePrivateKey) -> str:
    """A public key as SendGrid shows it."""
    der = key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return base64.b64encode(der).decode()


def sendgrid_headers(body: bytes, key: ec.EllipticCurvePrivateKey = SENDGRID_KEY) -> dict[str, str]:
    """SendGrid's signature over time and body."""
    signature = key.sign(b"1792000000" + body, ec.ECDSA(SHA256()))
    return {**FORM, SIGNATURE: base64.b64encode(signature).decode(), TIMESTAMP: "1792000000"}


SNS_KEY = rsa.generate_private_key(public_exponent=65537, key_size=2048)


def certificate(key: rsa.RSAPrivateKey = SNS_KEY, days: int = 30) -> bytes:
    """A certificate for that key, valid until `days` from the tests' time."""
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "sns.amazonaws.com")])
    now = datetime.fromtimestamp(NOW, UTC)
    built = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(days=90))
        .not_valid_after(now + timedelta(days=days))
        .sign(key, SHA256())
    )
    return built.public_bytes(Encoding.PEM)


def sns(message: Any, version: str = "2", **changes: Any) -> dict[str, Any]:
    """A notification of SNS, signed; `changes` come before signing."""
    payload = {
        "Type": "Notification",
        "MessageId": "m-1",
        "TopicArn": TOPIC,
        "Message": json.dumps(message),
        "Timestamp": "2026-10-14T12:00:00.000Z",
        "SignatureVersion": version,
        "SigningCertURL": CERTIFICATE,
        **changes,
    }
    names = [
        "Message",
        "MessageId",
        "Subject",
        "SubscribeURL",
        "Timestamp",
        "Token",
        "TopicArn",
        "Type",
    ]
    if payload["Type"] == "Notification":
        names = [name for name in names if name not in ("SubscribeURL", "Token")]
    told = "".join(f"{name}\n{payload[name]}\n" for name in names if name in payload)
    digest = SHA1() if version == "1" else SHA256()
    payload["Signature"] = base64.b64encode(
        SNS_KEY.sign(told.encode(), PKCS1v15(), digest)
    ).decode()
    return payload


def received(content: str | None, encoding: str = "UTF-8", **receipt: Any) -> dict[str, Any]:
    """SES's message about a mail."""
    action = {"type": "SNS", "encoding": encoding} if content else {"type": "S3", "bucketName": "b"}
    found: dict[str, Any] = {
        "notificationType": "Received",
        "mail": {"destination": ["support@shop.example"]},
        "receipt": {"recipients": ["Support@shop.example"], "action": action, **receipt},
    }
    return {**found, "content": content} if content else found


def parsed_or_none(inlet: Any, body: bytes, kept: dict[str, str]) -> list[InboundEvent] | None:
    """What `parse` gives, None for a ParseError; anything else it raises fails the test."""
    try:
        return list(inlet.parse(body, kept))
    except ParseError:
        return None
