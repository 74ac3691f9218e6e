"""Secrets as they are kept in the database: encrypted here, so that no dump and no API has them.

MultiFernet: AES-128-CBC with HMAC-SHA256; the first key encrypts, all of them decrypt (R81).
"""

from __future__ import annotations

from collections.abc import Sequence

from cryptography.fernet import Fernet, InvalidToken, MultiFernet

from romashka.settings import BadSetting


class NoKey(Exception):
    """Nothing can be encrypted or read: there is no key, or not the one it was encrypted with."""


class Vault:
    """Encrypts and decrypts with the keys of the settings; without keys it only refuses."""

    def __init__(self, keys: Sequence[str]) -> None:
        """Raises BadSetting for a key that is none."""
        try:
            fernets = [Fernet(key) for key in keys]
        except ValueError:
            raise BadSetting(
                "ROMASHKA_SECRET_KEYS must be Fernet keys, with commas between"
            ) from None
        self._fernet = MultiFernet(fernets) if fernets else None

    def encrypt(self, secret: str) -> bytes:
        """The secret under the first key; raises NoKey."""
        return self._keys().encrypt(secret.encode())

    def decrypt(self, value: bytes) -> str:
        """The secret that was encrypted with any of the keys; raises NoKey."""
        try:
            return self._keys().decrypt(value).decode()
        except (InvalidToken, UnicodeDecodeError):
            raise NoKey("a stored secret fits none of ROMASHKA_SECRET_KEYS") from None

    def rotate(self, value: bytes) -> bytes:
        """The same secret under the first key; raises NoKey."""
        try:
            return self._keys().rotate(value)
        except InvalidToken:
            raise NoKey("a stored secret fits none of ROMASHKA_SECRET_KEYS") from None

    def _keys(self) -> MultiFernet:
        if self._fernet is None:
            raise NoKey("ROMASHKA_SECRET_KEYS is not set, so no secret can be kept or read")
        return self._fernet


def new_key() -> str:
    """A new key for ROMASHKA_SECRET_KEYS."""
    return Fernet.generate_key().decode()
