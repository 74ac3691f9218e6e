"""Who calls: the role and claims behind an apikey and an Authorization header."""

from __future__ import annotations

import hmac
from collections.abc import Mapping
from dataclasses import dataclass

import jwt

from local.gateway.errors import ApiError, RestError
from local.gateway.settings import GatewaySettings

KEY_ROLES = frozenset({"anon", "service_role"})
NO_KEY = {
    "message": "No API key found in request",
    "hint": "No `apikey` request header or url param was found.",
}
BAD_KEY = {
    "message": "Invalid API key",
    "hint": "Double check your Supabase `anon` or `service_role` API key.",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Caller:
    """A role of the database and the claims its policies read."""

    role: str
    claims: Mapping[str, object]

    @property
    def user_id(self) -> str | None:
        """The signed-in user's id, as the token tells it."""
        subject = self.claims.get("sub")
        return subject if isinstance(subject, str) else None

    @property
    def is_service(self) -> bool:
        """Whether the caller holds the service key."""
        return self.role == "service_role"


def key_role(settings: GatewaySettings, key: str) -> str | None:
    """The role of an API key, of the new kind (sb_…) or a legacy JWT; None when it is not ours."""
    if hmac.compare_digest(key.encode(), settings.publishable_key.encode()):
        return "anon"
    if hmac.compare_digest(key.encode(), settings.secret_key.encode()):
        return "service_role"
    try:
        role = decode(settings, key).get("role")
    except jwt.InvalidTokenError:
        return None
    return str(role) if role in KEY_ROLES else None


def decode(settings: GatewaySettings, token: str) -> dict[str, object]:
    """The claims of a token this project signed; jwt.InvalidTokenError when it is not valid."""
    claims: dict[str, object] = jwt.decode(
        token, settings.jwt_secret, algorithms=["HS256"], options={"verify_aud": False}
    )
    return claims


def bearer(headers: Mapping[str, str]) -> str | None:
    """The token of an Authorization header, if there is one."""
    scheme, _, token = headers.get("authorization", "").partition(" ")
    return token.strip() if scheme.lower() == "bearer" and token.strip() else None


def require_key(
    settings: GatewaySettings, headers: Mapping[str, str], query: Mapping[str, str]
) -> str:
    """The API key a request must carry (header or query); 401 when absent or not ours."""
    key = headers.get("apikey") or query.get("apikey")
    if not key:
        raise ApiError(401, NO_KEY)
    if key_role(settings, key) is None:
        raise ApiError(401, BAD_KEY)
    return key


def rest_caller(
    settings: GatewaySettings, headers: Mapping[str, str], query: Mapping[str, str]
) -> Caller:
    """The caller of a REST request: the bearer's token, else the API key itself."""
    key = require_key(settings, headers, query)
    token = bearer(headers)
    if token is None or token == key:
        return _key_caller(settings, key)
    if token.startswith("sb_"):
        raise ApiError(401, BAD_KEY)
    try:
        claims = decode(settings, token)
    except jwt.ExpiredSignatureError:
        raise RestError(401, "PGRST303", "JWT expired") from None
    except jwt.InvalidTokenError as error:
        raise _undecodable(token, error) from None
    role = claims.get("role")
    return Caller(role=role if isinstance(role, str) else "anon", claims=claims)


def _key_caller(settings: GatewaySettings, key: str) -> Caller:
    role = key_role(settings, key) or "anon"
    claims = {"role": role} if key.startswith("sb_") else decode(settings, key)
    return Caller(role=role, claims=claims)


def _undecodable(token: str, error: jwt.InvalidTokenError) -> RestError:
    parts = token.count(".") + 1
    if parts != 3:
        return RestError(401, "PGRST301", f"Expected 3 parts in JWT; got {parts}")
    if isinstance(error, jwt.ImmatureSignatureError):
        return RestError(401, "PGRST303", "JWT not yet valid")
    return RestError(
        401,
        "PGRST301",
        "No suitable key or wrong key type",
        "None of the keys was able to decode the JWT",
    )
