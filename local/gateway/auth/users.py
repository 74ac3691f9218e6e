"""Rows of auth.users, and how clients read them."""

from __future__ import annotations

import re
import uuid
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, LiteralString

from psycopg.types.json import Jsonb

from local.gateway.errors import AuthError
from local.gateway.session import Connection, Pool

EMAIL = re.compile(r"[^@\s\x00-\x1f]{1,64}@[^@\s\x00-\x1f.]+(\.[^@\s\x00-\x1f.]+)*")
COLUMNS: LiteralString = """
  id, aud, role, email, encrypted_password, email_confirmed_at, last_sign_in_at,
  coalesce(raw_app_meta_data, '{}'), coalesce(raw_user_meta_data, '{}'), is_anonymous,
  banned_until, created_at, updated_at
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class User:
    """One user."""

    id: uuid.UUID
    aud: str
    role: str
    email: str
    encrypted_password: str | None = field(repr=False)
    email_confirmed_at: datetime | None
    last_sign_in_at: datetime | None
    app_metadata: dict[str, Any]
    user_metadata: dict[str, Any]
    is_anonymous: bool
    banned_until: datetime | None
    created_at: datetime
    updated_at: datetime

    @property
    def is_banned(self) -> bool:
        """Whether sign-ins are refused at this moment."""
        return self.banned_until is not None and self.banned_until > datetime.now(UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class NewUser:
    """What a new user starts with; no e-mail means anonymous."""

    email: str | None
    encrypted_password: str | None = field(default=None, repr=False)
    user_metadata: Mapping[str, Any] = field(default_factory=dict)
    app_metadata: Mapping[str, Any] = field(default_factory=dict)
    is_confirmed: bool = True
    role: str = "authenticated"
    id: uuid.UUID | None = None


@asynccontextmanager
async def auth_transaction(pool: Pool) -> AsyncIterator[Connection]:
    """A transaction as the role the auth server has, so that triggers meet what they will meet."""
    async with pool.connection() as connection, connection.transaction():
        await connection.execute("set local role supabase_auth_admin")
        yield connection


def check_email(email: object) -> str:
    """An e-mail address in the form it is kept (400 when it is none)."""
    if not isinstance(email, str) or len(email) > 255 or not EMAIL.fullmatch(email.strip()):
        raise AuthError(
            400, "validation_failed", "Unable to validate email address: invalid format"
        )
    return email.strip().lower()


def metadata(value: object) -> dict[str, Any]:
    """An object of a request body; nothing reads as an empty one (400 for anything else)."""
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise AuthError(400, "bad_json", "Could not parse request body as JSON: expected an object")
    return value


def user_from(row: tuple[Any, ...]) -> User:
    """A row of COLUMNS as a user."""
    return User(
        id=row[0],
        aud=row[1] or "authenticated",
        role=row[2] or "authenticated",
        email=row[3] or "",
        encrypted_password=row[4],
        email_confirmed_at=row[5],
        last_sign_in_at=row[6],
        app_metadata=row[7],
        user_metadata=row[8],
        is_anonymous=row[9],
        banned_until=row[10],
        created_at=row[11] or datetime.now(UTC),
        updated_at=row[12] or datetime.now(UTC),
    )


async def find_user(connection: Connection, user_id: uuid.UUID) -> User | None:
    """The user of that id."""
    query = "select" + COLUMNS + "from auth.users where id = %s and deleted_at is null"
    row = await (await connection.execute(query, (user_id,))).fetchone()
    return user_from(row) if row else None


async def find_by_email(connection: Connection, email: str) -> User | None:
    """The user with that address."""
    query = "select" + COLUMNS + "from auth.users where email = %s and deleted_at is null"
    row = await (await connection.execute(query, (email,))).fetchone()
    return user_from(row) if row else None


INSERT: LiteralString = (
    """
insert into auth.users (
  instance_id, id, aud, role, email, encrypted_password, email_confirmed_at,
  raw_app_meta_data, raw_user_meta_data, is_anonymous, created_at, updated_at
)
values (
  '00000000-0000-0000-0000-000000000000', %(id)s, 'authenticated', %(role)s, %(email)s,
  %(password)s, case when %(confirmed)s then now() end,
  %(app)s, %(user)s, %(anonymous)s, now(), now()
)
returning
"""
    + COLUMNS
)


async def add_user(connection: Connection, new: NewUser) -> User:
    """Store a new user; UniqueViolation when the address or id is taken."""
    provider = {"provider": "email", "providers": ["email"]} if new.email else {}
    extra = {"email": new.email, "email_verified": new.is_confirmed} if new.email else {}
    values = {
        "id": new.id or uuid.uuid4(),
        "role": new.role,
        "email": new.email,
        "password": new.encrypted_password,
        "confirmed": new.is_confirmed and new.email is not None,
        "app": Jsonb({**provider, **new.app_metadata}),
        "user": Jsonb({**new.user_metadata, **extra}),
        "anonymous": new.email is None,
    }
    row = await (await connection.execute(INSERT, values)).fetchone()
    if row is None:
        raise AssertionError("an insert without conflict clause always gives its row")
    return user_from(row)


def as_json(user: User) -> dict[str, Any]:
    """A user as clients read it."""
    confirmed = timestamp(user.email_confirmed_at)
    out: dict[str, Any] = {
        "id": str(user.id),
        "aud": user.aud,
        "role": user.role,
        "email": user.email,
        "phone": "",
        "app_metadata": user.app_metadata,
        "user_metadata": user.user_metadata,
        "identities": [_identity(user)] if user.email else [],
        "created_at": timestamp(user.created_at),
        "updated_at": timestamp(user.updated_at),
        "is_anonymous": user.is_anonymous,
    }
    optional = {
        "email_confirmed_at": confirmed,
        "confirmed_at": confirmed,
        "last_sign_in_at": timestamp(user.last_sign_in_at),
        "banned_until": timestamp(user.banned_until),
    }
    return out | {name: value for name, value in optional.items() if value is not None}


def _identity(user: User) -> dict[str, Any]:
    """The one identity a user with an address has; kept nowhere, it follows from the user."""
    verified = user.email_confirmed_at is not None
    return {
        "identity_id": str(uuid.uuid5(user.id, "email")),
        "id": str(user.id),
        "user_id": str(user.id),
        "identity_data": {"email": user.email, "email_verified": verified, "sub": str(user.id)},
        "provider": "email",
        "last_sign_in_at": timestamp(user.last_sign_in_at or user.created_at),
        "created_at": timestamp(user.created_at),
        "updated_at": timestamp(user.updated_at),
        "email": user.email,
    }


def timestamp(moment: datetime | None) -> str | None:
    """A moment in UTC as the auth server writes it."""
    if moment is None:
        return None
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")
