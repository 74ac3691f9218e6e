"""Tokens and signatures as a customer's own site makes them."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import time
from typing import Any


def encoded(data: bytes) -> str:
    """Gives bytes in base64url without padding."""
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def signed_bytes(payload: bytes, secret: str, **header: Any) -> str:
    """Gives a JSON Web Token of these bytes, signed by HS256 whatever its header says."""
    head = json.dumps({"alg": "HS256", "typ": "JWT", **header}).encode()
    text = f"{encoded(head)}.{encoded(payload)}"
    return f"{text}.{encoded(hmac.digest(secret.encode(), text.encode(), hashlib.sha256))}"


def token_of(user: str, secret: str, **claims: Any) -> str:
    """Gives the token of somebody who is signed in on the site, good for an hour."""
    known = {"sub": user, "exp": int(time.time()) + 3600, **claims}
    return signed_bytes(json.dumps(known).encode(), secret)


def signature_of(user: str, secret: str) -> str:
    """Gives the site's signature of a user's id."""
    return hmac.new(secret.encode(), user.encode(), hashlib.sha256).hexdigest()
