"""Who calls the storage door, and what names they may use."""

from __future__ import annotations

import hashlib
import hmac
import re
import time
from collections.abc import Mapping
from typing import Any

import jwt
from starlette.requests import Request

from local.gateway.callers import Caller, bearer, decode, key_role
from local.gateway.errors import StorageError
from local.gateway.settings import GatewaySettings
from local.gateway.storage.errors import denied, invalid

KEY = re.compile(r"[A-Za-z0-9_/!.*'() &$=@;:+,?-]{1,1024}", re.ASCII)
BUCKET = re.compile(r"[A-Za-z0-9_!.*'() &$=@;:+,?-]{1,100}", re.ASCII)


def storage_caller(settings: GatewaySettings, request: Request) -> Caller:
    """The caller behind the bearer token, else behind the API key; 403 for neither."""
    token = bearer(request.headers) or request.headers.get("apikey")
    if token is None:
        raise denied("headers must have required property 'authorization'")
    role = key_role(settings, token) if token.startswith("sb_") else None
    if role is not None:
        return Caller(role=role, claims={"role": role})
    try:
        claims = decode(settings, token)
    except jwt.ExpiredSignatureError:
        raise denied('"exp" claim timestamp check failed') from None
    except jwt.InvalidSignatureError:
        raise denied("signature verification failed") from None
    except jwt.InvalidTokenError:
        raise denied("Invalid Compact JWS") from None
    named = claims.get("role")
    return Caller(role=named if isinstance(named, str) else "anon", claims=claims)


def caller_if_any(settings: GatewaySettings, request: Request) -> Caller | None:
    """The caller, or None without a usable token: a public bucket takes anybody."""
    try:
        return storage_caller(settings, request)
    except StorageError:
        return None


def check_key(name: str) -> str:
    """An object's name, when it is one (400 otherwise)."""
    if not KEY.fullmatch(name):
        raise invalid("InvalidKey", f"Invalid key: {name.encode('utf-8', 'replace').decode()}")
    return name


def check_bucket(name: object) -> str:
    """A bucket's name, when it is one (400 otherwise)."""
    if not isinstance(name, str) or not BUCKET.fullmatch(name) or name.strip() != name:
        raise invalid("Invalid Input", "Bucket name invalid")
    return name


class Signer:
    """Signs addresses of objects, with a key that opens nothing else."""

    def __init__(self, jwt_secret: str) -> None:
        self.key = hmac.new(jwt_secret.encode(), b"storage urls", hashlib.sha256).hexdigest()

    def sign(self, scope: str, url: str, seconds: int, **more: Any) -> str:
        """A token for `bucket/name` that is good for some seconds and one purpose."""
        now = int(time.time())
        claims = {"url": url, "scope": scope, "iat": now, "exp": now + seconds, **more}
        return jwt.encode(claims, self.key, algorithm="HS256")

    def check(self, scope: str, url: str, token: str) -> Mapping[str, Any]:
        """The claims of a token made for this purpose and object (400 otherwise)."""
        try:
            claims: dict[str, Any] = jwt.decode(token, self.key, algorithms=["HS256"])
        except jwt.ExpiredSignatureError:
            raise invalid("InvalidJWT", '"exp" claim timestamp check failed') from None
        except jwt.InvalidTokenError:
            raise invalid("InvalidJWT", "Invalid Compact JWS") from None
        if claims.get("url") != url or claims.get("scope") != scope:
            raise invalid("InvalidSignature", "Invalid signature")
        return claims


def seconds(value: object) -> int:
    """How long a signed address is good for; clients send a number or its text."""
    text = str(value) if isinstance(value, int | str) and not isinstance(value, bool) else ""
    if not re.fullmatch(r"[1-9]\d{0,9}", text, re.ASCII):
        raise invalid("Error", "body/expiresIn must be >= 1")
    return int(text)
