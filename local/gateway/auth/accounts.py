"""What a visitor or user can do with their own account."""

from __future__ import annotations

import ipaddress
import re
from typing import Any, LiteralString

import psycopg
import structlog
from psycopg.errors import UniqueViolation
from psycopg.types.json import Jsonb
from starlette.requests import Request

from local.gateway.auth.identity import SignedIn
from local.gateway.auth.passwords import check_strength, hash_password, is_password
from local.gateway.auth.sessions import close_sessions, open_session, refresh
from local.gateway.auth.users import (
    COLUMNS,
    NewUser,
    User,
    add_user,
    auth_transaction,
    check_email,
    find_by_email,
    metadata,
    user_from,
)
from local.gateway.errors import AuthError
from local.gateway.session import Connection, Pool
from local.gateway.settings import GatewaySettings

log = structlog.get_logger(__name__)

BAD_LOGIN = "Invalid login credentials"
REFRESH_TOKEN = re.compile(r"[a-z0-9]{12}")


async def sign_up(
    pool: Pool, settings: GatewaySettings, request: Request, body: dict[str, Any]
) -> dict[str, Any]:
    """A new user and session: anonymous without an e-mail, confirmed at once with one."""
    if body.get("phone"):
        raise AuthError(400, "phone_provider_disabled", "Phone signups are disabled")
    data = metadata(body.get("data"))
    if body.get("email"):
        email = check_email(body["email"])
        password = await hash_password(check_strength(body.get("password")))
        new = NewUser(email=email, encrypted_password=password, user_metadata=data)
    elif body.get("password"):
        raise AuthError(422, "anonymous_provider_disabled", "Signup requires an email")
    else:
        new = NewUser(email=None, user_metadata=data)
    async with auth_transaction(pool) as connection:
        user = await _store(connection, new)
        return await _open(connection, settings, user, request)


async def _store(connection: Connection, new: NewUser) -> User:
    try:
        return await add_user(connection, new)
    except UniqueViolation:
        raise AuthError(422, "user_already_exists", "User already registered") from None
    except psycopg.OperationalError:
        raise
    except psycopg.Error as error:
        # A trigger on auth.users refused; hosted says no more than this either.
        log.warning("a new user was refused", sqlstate=error.sqlstate)
        message = "Database error saving new user"
        raise AuthError(500, "unexpected_failure", message) from error


async def _open(
    connection: Connection, settings: GatewaySettings, user: User, request: Request
) -> dict[str, Any]:
    agent = request.headers.get("user-agent", "")
    return await open_session(connection, settings, user, agent, client_address(request))


def client_address(request: Request) -> str | None:
    """The caller's IP address, if the transport knows one."""
    host = request.client.host if request.client else ""
    try:
        return str(ipaddress.ip_address(host))
    except ValueError:
        return None


async def sign_in(
    pool: Pool, settings: GatewaySettings, request: Request, body: dict[str, Any]
) -> dict[str, Any]:
    """A session for an e-mail and its password (400 when they do not fit)."""
    email, password = body.get("email"), body.get("password")
    if not isinstance(email, str) or not email:
        raise AuthError(400, "validation_failed", "missing email or phone")
    if not isinstance(password, str):
        raise AuthError(400, "invalid_credentials", BAD_LOGIN)
    async with auth_transaction(pool) as connection:
        user = await find_by_email(connection, email.strip().lower().replace("\x00", ""))
    if user is not None and user.is_banned:
        raise AuthError(400, "user_banned", "User is banned")
    if user is None or not await is_password(password, user.encrypted_password):
        raise AuthError(400, "invalid_credentials", BAD_LOGIN)
    if user.email_confirmed_at is None:
        raise AuthError(400, "email_not_confirmed", "Email not confirmed")
    async with auth_transaction(pool) as connection:
        return await _open(connection, settings, user, request)


async def renew(pool: Pool, settings: GatewaySettings, body: dict[str, Any]) -> dict[str, Any]:
    """New tokens for a refresh token."""
    token = body.get("refresh_token")
    if not isinstance(token, str) or not REFRESH_TOKEN.fullmatch(token):
        raise AuthError(400, "validation_failed", "Refresh token is not valid")
    return await refresh(pool, settings, token)


async def change_account(connection: Connection, caller: SignedIn, body: dict[str, Any]) -> User:
    """Change a user's own e-mail (which counts at once: no mail is sent), password or metadata."""
    if body.get("app_metadata") is not None:
        raise AuthError(403, "not_admin", "Updating app_metadata requires admin privileges")
    email = check_email(body["email"]) if body.get("email") else None
    password = await _new_password(caller.user, email, body.get("password"))
    data = metadata(body.get("data"))
    user = await update_user(connection, caller.user, email, password, data)
    if password is not None and caller.session_id is not None:
        await close_sessions(connection, user.id, caller.session_id, "others")
    return user


async def _new_password(user: User, email: str | None, password: object) -> str | None:
    if not password:
        return None
    accepted = check_strength(password)
    if user.is_anonymous and email is None:
        raise AuthError(
            422,
            "validation_failed",
            "Updating password of an anonymous user without an email or phone is not allowed",
        )
    if await is_password(accepted, user.encrypted_password):
        raise AuthError(
            422, "same_password", "New password should be different from the old password."
        )
    return await hash_password(accepted)


UPDATE: LiteralString = (
    """
    update auth.users
    set
      email = coalesce(%(email)s, email),
      email_confirmed_at = case
        when %(email)s::text is null then email_confirmed_at else now()
      end,
      is_anonymous = is_anonymous and %(email)s::text is null,
      encrypted_password = coalesce(%(password)s, encrypted_password),
      raw_user_meta_data = %(user)s,
      raw_app_meta_data = %(app)s,
      updated_at = now()
    where id = %(id)s
    returning
    """
    + COLUMNS
)


async def update_user(
    connection: Connection,
    user: User,
    email: str | None,
    encrypted_password: str | None,
    user_metadata: dict[str, Any],
    app_metadata: dict[str, Any] | None = None,
) -> User:
    """Store changes; a metadata key set to null goes away. 422 when the address is taken."""
    app = merged(user.app_metadata, app_metadata or {})
    if email and user.is_anonymous:
        app = {"provider": "email", "providers": ["email"], **app}
    values = {
        "id": user.id,
        "email": email,
        "password": encrypted_password,
        "user": Jsonb(merged(user.user_metadata, user_metadata)),
        "app": Jsonb(app),
    }
    try:
        row = await (await connection.execute(UPDATE, values)).fetchone()
    except UniqueViolation:
        message = "A user with this email address has already been registered"
        raise AuthError(422, "email_exists", message) from None
    if row is None:
        raise AuthError(404, "user_not_found", "User not found")
    return user_from(row)


def merged(old: dict[str, Any], new: dict[str, Any]) -> dict[str, Any]:
    """Two metadata objects as one; null removes a key."""
    return {key: value for key, value in {**old, **new}.items() if value is not None}
