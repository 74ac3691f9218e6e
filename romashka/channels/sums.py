"""Whether the bytes of a file are those that a platform announced."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac

from romashka.channels.errors import Rejected


def check_sum(content: bytes, sha256: str | None) -> None:
    """Raises Rejected when the bytes are not those of the sum; platforms write hex or base64."""
    if not sha256:
        return
    try:
        given = bytes.fromhex(sha256) if len(sha256) == 64 else base64.b64decode(sha256 + "==")
    except (ValueError, binascii.Error):
        given = b""
    if not hmac.compare_digest(hashlib.sha256(content).digest(), given):
        raise Rejected("wrong_sum", "the bytes are not those that the platform announced")
