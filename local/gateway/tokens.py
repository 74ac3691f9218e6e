"""Who a caller is: tokens signed with the project's secret, and the API keys that mean them."""

from __future__ import annotations

import hmac
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import jwt

Claims = Mapping[str, Any]
TEN_YEARS = 10 * 365 * 24 * 3600


class TokenError(Exception):
    """A token was refused; `code` is the class of the refusal and the message is for people."""

    def __init__(self, code: str, message: str, *, brief: str | None = None) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.brief = brief or message

    @property
    def reason(self) -> str:
        """Code and message as a refused join shows them."""
        return f"{self.code}: {self.message}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Keys:
    """The project's four API keys: two long-lived tokens and the two opaque keys that mean them."""

    anon: str = field(repr=False)
    service_role: str = field(repr=False)
    publishable: str = field(repr=False)
    secret: str = field(repr=False)

    def as_token(self, key: str) -> str:
        """The token behind an API key; anything that is no opaque key of ours comes back as is."""
        if _same(key, self.publishable):
            return self.anon
        if _same(key, self.secret):
            return self.service_role
        return key


def sign(claims: Claims, secret: str) -> str:
    """A token over these claims."""
    return jwt.encode(dict(claims), secret, algorithm="HS256")


def role_token(role: str, secret: str, *, issued_at: int | None = None) -> str:
    """A long-lived token for one of the API roles, as a project's legacy keys are."""
    issued = int(time.time()) if issued_at is None else issued_at
    claims = {"iss": "supabase", "role": role, "iat": issued, "exp": issued + TEN_YEARS}
    return sign(claims, secret)


def decode(token: str, secret: str, *, now: float | None = None) -> dict[str, Any]:
    """The claims of a valid token.

    Raises TokenError when it is no token, not signed by us, lacks `role` or `exp`, or is over.
    """
    try:
        claims = jwt.decode(
            token,
            secret,
            algorithms=["HS256"],
            options={"verify_exp": False, "verify_aud": False, "verify_iat": False},
        )
    except (jwt.InvalidSignatureError, jwt.InvalidAlgorithmError):
        raise TokenError("JwtSignatureError", "Failed to validate JWT signature") from None
    except jwt.PyJWTError:
        raise TokenError("MalformedJWT", "The token provided is not a valid JWT") from None
    _check_claims(claims, time.time() if now is None else now)
    return claims


def _check_claims(claims: Claims, now: float) -> None:
    role, expires = claims.get("role"), claims.get("exp")
    if not isinstance(expires, int | float) or not isinstance(role, str) or not role:
        raise TokenError("InvalidJWTToken", "Fields `role` and `exp` are required in JWT")
    if expires <= now:
        ago = int(now - expires)
        raise TokenError(
            "InvalidJWTToken",
            f"Token has expired {ago} seconds ago",
            brief="Token has expired",
        )


def _same(key: str, ours: str) -> bool:
    return bool(ours) and hmac.compare_digest(key.encode(), ours.encode())
