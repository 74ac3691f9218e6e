"""Passwords: what is accepted, and how they are kept (scrypt, a salt each)."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import hmac
import secrets

from local.gateway.errors import ApiError, AuthError

COST, BLOCK, LANES = 1 << 14, 8, 1
# As supabase/config.toml asks of the hosted project; bytes beyond 72 mean nothing to bcrypt there.
SHORTEST, LONGEST = 8, 72
# One hash takes some 16 MB and 50 ms of a core: a burst of sign-ins must not take them all.
_turns = asyncio.Semaphore(2)


def check_strength(password: object) -> str:
    """The password, when it is one that is accepted (422 otherwise)."""
    if not isinstance(password, str):
        raise AuthError(422, "validation_failed", "Signup requires a valid password")
    if len(password.encode("utf-8", "replace")) > LONGEST:
        raise AuthError(
            422, "validation_failed", f"Password cannot be longer than {LONGEST} characters"
        )
    if len(password) < SHORTEST:
        message = f"Password should be at least {SHORTEST} characters."
        body = {"code": 422, "error_code": "weak_password", "msg": message}
        raise ApiError(422, {**body, "weak_password": {"reasons": ["length"]}})
    return password


async def hash_password(password: str) -> str:
    """The text that is kept in place of a password."""
    salt = secrets.token_bytes(16)
    digest = await _digest(password, salt)
    return f"$scrypt${_text(salt)}${_text(digest)}"


async def is_password(password: str, kept: str | None) -> bool:
    """Whether a password is the one behind the kept text; False for text of another kind."""
    parts = (kept or "").split("$")
    if len(parts) != 4 or parts[1] != "scrypt":
        return False
    digest = await _digest(password, base64.b64decode(parts[2]))
    return hmac.compare_digest(digest, base64.b64decode(parts[3]))


async def _digest(password: str, salt: bytes) -> bytes:
    secret = password.encode("utf-8", "surrogatepass")
    async with _turns:
        return await asyncio.to_thread(
            hashlib.scrypt, secret, salt=salt, n=COST, r=BLOCK, p=LANES, dklen=32
        )


def _text(data: bytes) -> str:
    return base64.b64encode(data).decode()
