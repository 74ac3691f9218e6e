"""Who calls the auth door: the user behind a bearer token, or the holder of the service key."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from typing import Any

import jwt
from starlette.requests import Request

from local.gateway.auth.sessions import session_exists
from local.gateway.auth.users import User, find_user
from local.gateway.callers import bearer, decode, key_role, require_key
from local.gateway.errors import AuthError
from local.gateway.session import Connection
from local.gateway.settings import GatewaySettings

UNREADABLE = "invalid JWT: unable to parse or verify signature, "


@dataclass(frozen=True, slots=True, kw_only=True)
class SignedIn:
    """The caller's user, and the session their token belongs to."""

    user: User
    session_id: uuid.UUID | None


def read_claims(settings: GatewaySettings, request: Request) -> dict[str, Any]:
    """The claims of a request's token: 401 without one, 403 for one that is not valid."""
    key = require_key(settings, request.headers, request.query_params)
    token = bearer(request.headers) or key
    role = key_role(settings, token) if token.startswith("sb_") else None
    if role is not None:
        return {"role": role}
    try:
        return decode(settings, token)
    except jwt.ExpiredSignatureError:
        reason = "token has invalid claims: token is expired"
    except jwt.InvalidSignatureError:
        reason = "token signature is invalid: signature is invalid"
    except jwt.InvalidTokenError:
        segments = token.count(".") + 1
        reason = (
            "token is malformed: token contains an invalid number of segments"
            if segments != 3
            else "token is malformed: could not decode the token"
        )
    raise AuthError(403, "bad_jwt", UNREADABLE + reason)


def require_service(settings: GatewaySettings, request: Request) -> None:
    """Let the service key pass; 403 for anybody else."""
    if read_claims(settings, request).get("role") not in ("service_role", "supabase_admin"):
        raise AuthError(403, "not_admin", "User not allowed")


async def signed_in(connection: Connection, claims: dict[str, Any]) -> SignedIn:
    """The user and session of a token; 403 when either is gone."""
    subject, session = claims.get("sub"), claims.get("session_id")
    if not subject:
        raise AuthError(403, "bad_jwt", "invalid claim: missing sub claim")
    user_id = as_uuid(subject)
    if user_id is None:
        raise AuthError(400, "bad_jwt", "invalid claim: sub claim must be a UUID")
    user = await find_user(connection, user_id)
    if user is None:
        raise AuthError(403, "user_not_found", "User from sub claim in JWT does not exist")
    session_id = as_uuid(session) if session else None
    if session and session_id is None:
        raise AuthError(403, "bad_jwt", "invalid claim: session_id claim must be a UUID")
    if session_id is not None and not await session_exists(connection, session_id):
        raise AuthError(
            403, "session_not_found", "Session from session_id claim in JWT does not exist"
        )
    if user.is_banned:
        raise AuthError(403, "user_banned", "User is banned")
    return SignedIn(user=user, session_id=session_id)


def as_uuid(value: object) -> uuid.UUID | None:
    """A value as UUID, or None when it is none."""
    try:
        return uuid.UUID(str(value))
    except ValueError:
        return None
