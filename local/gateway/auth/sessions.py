"""Sessions: access tokens, and refresh tokens that rotate."""

from __future__ import annotations

import secrets
import string
import time
import uuid
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from local.gateway.auth.users import User, as_json, auth_transaction, find_user
from local.gateway.errors import AuthError
from local.gateway.session import Connection, Pool
from local.gateway.settings import GatewaySettings
from local.gateway.tokens import sign

ALPHABET = string.ascii_lowercase + string.digits
REUSE_INTERVAL = 10.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """One sign-in of one user."""

    id: uuid.UUID
    began_at: datetime


async def open_session(
    connection: Connection, settings: GatewaySettings, user: User, agent: str, address: str | None
) -> dict[str, Any]:
    """Begin a session and give what a sign-in answers."""
    row = await (
        await connection.execute(
            """
            insert into auth.sessions (id, user_id, created_at, updated_at, user_agent, ip)
            values (%s, %s, now(), now(), %s, %s::inet)
            returning id, created_at
            """,
            (uuid.uuid4(), user.id, agent[:500], address),
        )
    ).fetchone()
    if row is None:
        raise AssertionError("an insert always gives its row")
    await connection.execute(
        "update auth.users set last_sign_in_at = now() where id = %s", (user.id,)
    )
    session = Session(id=row[0], began_at=row[1])
    refresh = await _add_token(connection, user, session, parent=None)
    fresh = await find_user(connection, user.id) or user
    return grant(settings, fresh, session, refresh)


def grant(
    settings: GatewaySettings, user: User, session: Session, refresh_token: str
) -> dict[str, Any]:
    """The answer of a sign-in or refresh: both tokens and the user."""
    now = int(time.time())
    expires = now + settings.access_token_ttl
    claims = _claims(user, session) | {
        "iss": f"{settings.url}/auth/v1",
        "iat": now,
        "exp": expires,
    }
    return {
        "access_token": sign(claims, settings.jwt_secret),
        "token_type": "bearer",
        "expires_in": settings.access_token_ttl,
        "expires_at": expires,
        "refresh_token": refresh_token,
        "user": as_json(user),
    }


def _claims(user: User, session: Session) -> dict[str, Any]:
    method = "anonymous" if user.is_anonymous else "password"
    return {
        "sub": str(user.id),
        "aud": user.aud,
        "email": user.email,
        "phone": "",
        "app_metadata": user.app_metadata,
        "user_metadata": user.user_metadata,
        "role": user.role,
        "aal": "aal1",
        "amr": [{"method": method, "timestamp": int(session.began_at.timestamp())}],
        "session_id": str(session.id),
        "is_anonymous": user.is_anonymous,
    }


async def _add_token(
    connection: Connection, user: User, session: Session, parent: str | None
) -> str:
    token = "".join(secrets.choice(ALPHABET) for _ in range(12))
    await connection.execute(
        """
        insert into auth.refresh_tokens
          (instance_id, token, user_id, revoked, created_at, updated_at, parent, session_id)
        values
          ('00000000-0000-0000-0000-000000000000', %s, %s, false, now(), now(), %s, %s)
        """,
        (token, str(user.id), parent, session.id),
    )
    return token


async def refresh(pool: Pool, settings: GatewaySettings, token: str) -> dict[str, Any]:
    """Exchange a refresh token for new tokens.

    A used token works once more within ten seconds, or while its successor is unused, because
    the client may not have got the answer; otherwise the whole session ends (400).
    """
    reused = False
    async with auth_transaction(pool) as connection:
        found = await _lock(connection, token)
        user, session, revoked, age = found
        successor = await _unused_successor(connection, session, token) if revoked else None
        if revoked and successor is None and age > REUSE_INTERVAL:
            await _revoke_all(connection, session)
            reused = True
        else:
            refresh_token = successor or await _rotate(connection, user, session, token)
    if reused:
        raise AuthError(400, "refresh_token_already_used", "Invalid Refresh Token: Already Used")
    return grant(settings, user, session, refresh_token)


async def _lock(connection: Connection, token: str) -> tuple[User, Session, bool, float]:
    """The token's user and session, locked; whether it was used, and how many seconds ago."""
    row = await (
        await connection.execute(
            """
            select sessions.user_id, sessions.id, sessions.created_at, refresh_tokens.revoked,
              extract(epoch from clock_timestamp() - refresh_tokens.updated_at)::float8
            from auth.refresh_tokens
            join auth.sessions on sessions.id = refresh_tokens.session_id
            where refresh_tokens.token = %s
            for update
            """,
            (token,),
        )
    ).fetchone()
    user = await find_user(connection, row[0]) if row else None
    if row is None or user is None:
        raise AuthError(
            400, "refresh_token_not_found", "Invalid Refresh Token: Refresh Token Not Found"
        )
    if user.is_banned:
        raise AuthError(400, "user_banned", "Invalid Refresh Token: User Banned")
    return user, Session(id=row[1], began_at=row[2]), bool(row[3]), row[4]


async def _unused_successor(connection: Connection, session: Session, token: str) -> str | None:
    row = await (
        await connection.execute(
            """
            select token from auth.refresh_tokens
            where session_id = %s and parent = %s and not revoked
            order by id desc limit 1
            """,
            (session.id, token),
        )
    ).fetchone()
    return row[0] if row else None


async def _rotate(connection: Connection, user: User, session: Session, token: str) -> str:
    await connection.execute(
        "update auth.refresh_tokens set revoked = true, updated_at = now() where token = %s",
        (token,),
    )
    await connection.execute(
        "update auth.sessions set refreshed_at = now(), updated_at = now() where id = %s",
        (session.id,),
    )
    return await _add_token(connection, user, session, parent=token)


async def _revoke_all(connection: Connection, session: Session) -> None:
    await connection.execute(
        "update auth.refresh_tokens set revoked = true, updated_at = now() where session_id = %s",
        (session.id,),
    )


async def session_exists(connection: Connection, session_id: uuid.UUID) -> bool:
    """Whether a session has not been ended."""
    row = await (
        await connection.execute("select 1 from auth.sessions where id = %s", (session_id,))
    ).fetchone()
    return row is not None


async def close_sessions(
    connection: Connection, user_id: uuid.UUID, session_id: uuid.UUID | None, scope: str
) -> None:
    """End a user's sessions: all (global), this one (local) or all but this one (others)."""
    if scope == "local" and session_id is not None:
        await connection.execute("delete from auth.sessions where id = %s", (session_id,))
    elif scope == "others" and session_id is not None:
        await connection.execute(
            "delete from auth.sessions where user_id = %s and id <> %s", (user_id, session_id)
        )
    else:
        await connection.execute("delete from auth.sessions where user_id = %s", (user_id,))
