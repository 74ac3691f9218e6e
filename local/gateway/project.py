"""The API keys of an embedded project; they follow from its JWT secret, so nothing stores them."""

from __future__ import annotations

import base64
import hashlib
import hmac


def publishable_key(jwt_secret: str) -> str:
    """The key front-ends use (role anon)."""
    return _key("sb_publishable_", jwt_secret)


def secret_key(jwt_secret: str) -> str:
    """The key of the project's own processes (role service_role)."""
    return _key("sb_secret_", jwt_secret)


def _key(prefix: str, jwt_secret: str) -> str:
    digest = hmac.new(jwt_secret.encode(), prefix.encode(), hashlib.sha256).digest()
    text = base64.urlsafe_b64encode(digest).decode()
    return f"{prefix}{text[:22]}_{text[22:30]}"
