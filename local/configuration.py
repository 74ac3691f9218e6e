"""What a run is made of: the environment, the file .env, and whether Supabase is ours or hosted."""

from __future__ import annotations

import io
from collections.abc import Mapping
from pathlib import Path

from dotenv import dotenv_values
from dotenv.parser import parse_stream

from local.stand_in_names import STAND_INS

PROJECT_NAMES = {
    "SUPABASE_URL": ("SUPABASE_URL",),
    "SUPABASE_SECRET_KEY": ("SUPABASE_SECRET_KEY", "SUPABASE_SERVICE_ROLE_KEY"),
    "SUPABASE_PUBLISHABLE_KEY": ("SUPABASE_PUBLISHABLE_KEY", "SUPABASE_ANON_KEY"),
    "DATABASE_URL": ("DATABASE_URL",),
}


class BadConfiguration(Exception):
    """The settings contradict each other or cannot be read; the text says which and what to do."""


def read_environment(directory: Path, environ: Mapping[str, str]) -> dict[str, str]:
    """The variables a run sees: those of `directory`/.env under those of the process.

    Postgres' own variables are left out, because libpq would let them change every connection.
    Raises BadConfiguration for a line of .env that cannot be read.
    """
    path = directory / ".env"
    values = _read_file(path) if path.is_file() else {}
    merged = {**values, **environ}
    return {name: value for name, value in merged.items() if not _is_libpq(name)}


def uses_project(environ: Mapping[str, str]) -> bool:
    """Whether the variables name a Supabase project, so that no local one is started.

    Raises BadConfiguration when they name one in part.
    """
    if not environ.get("SUPABASE_URL", "").strip():
        return False
    missing = [
        name
        for name, alternatives in PROJECT_NAMES.items()
        if not any(environ.get(alternative, "").strip() for alternative in alternatives)
    ]
    if missing:
        raise BadConfiguration(
            f"SUPABASE_URL names a project, but {', '.join(missing)} is not set. The project's"
            " dashboard shows them (Settings: API keys, Connect); put them into .env. Without"
            " SUPABASE_URL everything runs on this machine."
        )
    return True


def played_by_stand_ins(environ: Mapping[str, str]) -> frozenset[str]:
    """The channels of which no variable is set: a stand-in plays their platform.

    Raises BadConfiguration for one of which only some are set, which would send a demo's messages
    to a real platform.
    """
    return frozenset(name for name in STAND_INS if not _is_configured(name, environ))


def _is_configured(channel: str, environ: Mapping[str, str]) -> bool:
    needed = STAND_INS[channel].needed
    missing = [name for name in needed if not environ.get(name, "").strip()]
    if missing and len(missing) < len(needed):
        raise BadConfiguration(
            f"{channel} is half configured: {', '.join(missing)} is not set. Set all of"
            f" {', '.join(needed)}, or none of them to use the stand-in."
        )
    return not missing


def _read_file(path: Path) -> dict[str, str]:
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise BadConfiguration(f"{path} cannot be read: {error}") from error
    for binding in parse_stream(io.StringIO(text)):
        if binding.error or (binding.key is not None and binding.value is None):
            # The line's text stays out of the message: it may hold a secret.
            raise BadConfiguration(
                f"{path}, line {binding.original.line}: this is no setting. One line is"
                ' NAME=value; a value with spaces, # or quotes stands in "double quotes".'
            )
    values = dotenv_values(stream=io.StringIO(text), interpolate=False)
    return {name: value for name, value in values.items() if value is not None}


def _is_libpq(name: str) -> bool:
    return name.startswith("PG") and name.isupper() and name not in ("PGSERVER_POSTGRES_VERSION",)
