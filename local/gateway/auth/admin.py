"""What the holder of the service key can do with anybody's account."""

from __future__ import annotations

import re
import uuid
from datetime import UTC, datetime, timedelta
from typing import Any, LiteralString

import psycopg
from psycopg.errors import UniqueViolation

from local.gateway.auth.accounts import update_user
from local.gateway.auth.identity import as_uuid
from local.gateway.auth.passwords import check_strength, hash_password
from local.gateway.auth.users import (
    COLUMNS,
    NewUser,
    User,
    add_user,
    check_email,
    find_user,
    metadata,
    user_from,
)
from local.gateway.errors import AuthError
from local.gateway.session import Connection

EMAIL_TAKEN = "A user with this email address has already been registered"
ROLE = re.compile(r"[a-z_][a-z0-9_]{0,62}")
BAN = re.compile(r"(?:(\d{1,6})h)?(?:(\d{1,6})m)?(?:(\d{1,9})s)?")


async def create_user(connection: Connection, body: dict[str, Any]) -> User:
    """A new user as the service wants it; 422 when the address is taken."""
    if not body.get("email"):
        raise AuthError(400, "validation_failed", "Cannot create a user without an email")
    password = body.get("password")
    new = NewUser(
        id=_given_id(body.get("id")),
        email=check_email(body["email"]),
        encrypted_password=await hash_password(check_strength(password)) if password else None,
        user_metadata=metadata(body.get("user_metadata")),
        app_metadata=metadata(body.get("app_metadata")),
        is_confirmed=body.get("email_confirm") is True,
        role=_role(body.get("role")),
    )
    try:
        user = await add_user(connection, new)
    except UniqueViolation:
        raise AuthError(422, "email_exists", EMAIL_TAKEN) from None
    except psycopg.OperationalError:
        raise
    except psycopg.Error as error:
        message = "Database error creating new user"
        raise AuthError(500, "unexpected_failure", message) from error
    return await _ban(connection, user, body.get("ban_duration"))


def _given_id(value: object) -> uuid.UUID | None:
    if value is None:
        return None
    user_id = as_uuid(value)
    if user_id is None:
        raise AuthError(400, "validation_failed", "ID must conform to the uuid v4 format")
    return user_id


def _role(value: object) -> str:
    if not value:
        return "authenticated"
    if not isinstance(value, str) or not ROLE.fullmatch(value):
        raise AuthError(400, "validation_failed", "role is not a name")
    return value


async def list_users(connection: Connection, page: int, per_page: int) -> tuple[list[User], int]:
    """A page of users, newest first, and how many there are in all."""
    query = (
        "select" + COLUMNS + "from auth.users where deleted_at is null"
        " order by created_at desc, id limit %s offset %s"
    )
    cursor = await connection.execute(query, (per_page, (page - 1) * per_page))
    rows = await cursor.fetchall()
    counted = await (
        await connection.execute("select count(*) from auth.users where deleted_at is null")
    ).fetchone()
    return [user_from(row) for row in rows], counted[0] if counted else 0


async def get_user(connection: Connection, user_id: str) -> User:
    """The user of that id; 404 when there is none."""
    parsed = as_uuid(user_id)
    if parsed is None:
        raise AuthError(404, "validation_failed", "user_id must be an UUID")
    user = await find_user(connection, parsed)
    if user is None:
        raise AuthError(404, "user_not_found", "User not found")
    return user


async def change_user(connection: Connection, user_id: str, body: dict[str, Any]) -> User:
    """Change what the body names."""
    user = await get_user(connection, user_id)
    email = check_email(body["email"]) if body.get("email") else None
    password = body.get("password")
    encrypted = await hash_password(check_strength(password)) if password else None
    data = metadata(body.get("user_metadata"))
    app = metadata(body.get("app_metadata"))
    user = await update_user(connection, user, email, encrypted, data, app)
    if body.get("email_confirm") is True:
        user = await _set(
            connection, user, "email_confirmed_at = coalesce(email_confirmed_at, now())"
        )
    if body.get("role"):
        user = await _set(connection, user, "role = %s", _role(body["role"]))
    return await _ban(connection, user, body.get("ban_duration"))


async def _ban(connection: Connection, user: User, duration: object) -> User:
    """Refuse sign-ins for a duration such as `24h` or `1h30m`; `none` lifts it."""
    if duration is None:
        return user
    if duration == "none":
        return await _set(connection, user, "banned_until = null")
    found = BAN.fullmatch(str(duration))
    if found is None or not any(found.groups()):
        raise AuthError(400, "validation_failed", "invalid format for ban duration")
    hours, minutes, seconds = (int(part or 0) for part in found.groups())
    until = datetime.now(UTC) + timedelta(hours=hours, minutes=minutes, seconds=seconds)
    return await _set(connection, user, "banned_until = %s", until)


async def _set(
    connection: Connection, user: User, assignment: LiteralString, *values: object
) -> User:
    query: LiteralString = (
        "update auth.users set " + assignment + ", updated_at = now()"  # noqa: S608 literals only
        " where id = %s returning" + COLUMNS
    )
    row = await (await connection.execute(query, (*values, user.id))).fetchone()
    if row is None:
        raise AuthError(404, "user_not_found", "User not found")
    return user_from(row)


async def delete_user(connection: Connection, user_id: str, body: dict[str, Any]) -> None:
    """Delete a user with all sessions; rows that point at the user may refuse (500)."""
    if body.get("should_soft_delete"):
        raise AuthError(
            422, "validation_failed", "Soft deletion is not served by the embedded gateway"
        )
    user = await get_user(connection, user_id)
    try:
        await connection.execute("delete from auth.users where id = %s", (user.id,))
    except psycopg.IntegrityError as error:
        raise AuthError(500, "unexpected_failure", "Database error deleting user") from error
