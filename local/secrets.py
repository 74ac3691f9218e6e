"""The secrets of one embedded system: made at its first start, kept in a file only we may read."""

from __future__ import annotations

import json
import os
import secrets
from dataclasses import asdict, dataclass, fields
from pathlib import Path

NAME = "secrets.json"


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Secrets:
    """Passwords of the database roles that log in, and the key that signs the gateway's tokens."""

    supabase_admin: str
    postgres: str
    authenticator: str
    jwt_secret: str

    def passwords(self) -> dict[str, str]:
        """Gives the passwords by role."""
        return {
            "supabase_admin": self.supabase_admin,
            "postgres": self.postgres,
            "authenticator": self.authenticator,
        }


def load_secrets(directory: Path) -> Secrets:
    """Gives the secrets kept in `directory`, which is made (mode 0700) with them where missing.

    Entries of the file that are not known here are left alone.
    """
    directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    path = directory / NAME
    kept: dict[str, str] = json.loads(path.read_text()) if path.exists() else {}
    names = [field.name for field in fields(Secrets)]
    found = Secrets(**{name: kept.get(name) or secrets.token_urlsafe(32) for name in names})
    if kept != kept | asdict(found):
        write_private(path, json.dumps(kept | asdict(found), indent=2) + "\n")
    return found


def write_private(path: Path, text: str) -> None:
    """Writes a file that only we may read, whole or not at all."""
    unfinished = path.with_name(path.name + ".new")
    unfinished.unlink(missing_ok=True)
    with os.fdopen(os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(text)
    unfinished.replace(path)
