"""What the providers' proofs have in common: passwords in the URL, times, careful base64."""

from __future__ import annotations

import base64
import binascii
import hmac
import time
from collections.abc import Callable, Mapping, Sequence

# How far a signed time may lie off, as everywhere with webhooks.
TOLERANCE_S = 300

Clock = Callable[[], float]
wall_clock: Clock = time.time


def has_password(headers: Mapping[str, str], pairs: Sequence[str]) -> bool:
    """Whether the request carries one of these `user:password` pairs (RFC 7617); never raises."""
    scheme, _, token = headers.get("authorization", "").partition(" ")
    given = decoded(token.strip()) if scheme.lower() == "basic" else None
    return given is not None and is_one_of(given, [pair.encode() for pair in pairs if pair])


def is_one_of(given: bytes, wanted: Sequence[bytes]) -> bool:
    """Whether the bytes are among those wanted; each is compared, in the same time."""
    return any([hmac.compare_digest(given, one) for one in wanted])


def decoded(text: str) -> bytes | None:
    """The bytes of base64 text, None for anything else."""
    try:
        return base64.b64decode(text.encode("ascii"), validate=True)
    except (binascii.Error, ValueError):
        return None


def is_recent(timestamp: str, clock: Clock) -> bool:
    """Whether a time in seconds since 1970 lies within the tolerance."""
    if not (timestamp.isascii() and timestamp.isdecimal() and len(timestamp) <= 12):
        return False
    return abs(clock() - int(timestamp)) <= TOLERANCE_S
