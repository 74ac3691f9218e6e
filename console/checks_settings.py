"""Checks of .env and the variables: whole, readable, and not for everybody."""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Iterator
from dataclasses import fields
from difflib import get_close_matches
from pathlib import Path

from console.doctor import Finding
from console.place import directory
from local.configuration import played_by_stand_ins, read_environment, uses_project
from local.parts import check_settings
from local.plan import ROOT
from romashka.settings import LEGACY_NAMES, Settings

NAMED = re.compile(r"^([A-Z][A-Z0-9_]+)=", re.MULTILINE)
# How like a setting's name another has to be to be taken for a slip of it.
NEAR = 0.85


def env_file() -> Finding:
    """.env can be read, and not by everybody."""
    path = directory() / ".env"
    if not path.exists():
        return Finding(
            name=".env", state="ok", meaning="none: everything runs locally with made-up keys"
        )
    try:
        read_environment(directory(), {})
    except Exception as error:
        return Finding(name=".env", state="failed", meaning=str(error), fix=f"edit {path}")
    return private(".env", path)


def settings() -> Finding:
    """Every variable holds a value that can be used."""
    try:
        check_settings(_environ())
    except Exception as error:
        return Finding(
            name="settings", state="failed", meaning=str(error), fix=f"edit {directory()}/.env"
        )
    if misspelt := sorted(_misspelt()):
        names = ", ".join(f"{name} (did you mean {meant}?)" for name, meant in misspelt)
        return Finding(
            name="settings",
            state="warning",
            meaning=f"no settings, and so not read: {names}",
            fix=f"edit {directory()}/.env",
        )
    return Finding(name="settings", state="ok", meaning="every value can be used")


def _misspelt() -> Iterator[tuple[str, str]]:
    """What .env names that is no setting and looks like one that it does not name, with that."""
    named = set(read_environment(directory(), {}))
    known = set(NAMED.findall((ROOT / ".env.example").read_text(encoding="utf-8")))
    known |= {field.name.upper() for field in fields(Settings)} | set(LEGACY_NAMES.values())
    for name in named - known:
        near = get_close_matches(name, known - named, n=1, cutoff=NEAR)
        yield from ((name, meant) for meant in near)


def supabase_settings() -> Finding:
    """The settings name a whole Supabase project, or none."""
    try:
        project = uses_project(_environ())
    except Exception as error:
        return Finding(
            name="supabase", state="failed", meaning=str(error), fix="complete .env, or unset it"
        )
    if not project and _environ().get("DATABASE_URL"):
        return Finding(
            name="supabase",
            state="warning",
            meaning="DATABASE_URL is set without SUPABASE_URL: it is ignored, all runs locally",
            fix="unset DATABASE_URL, or set SUPABASE_URL and its keys too",
        )
    where = "a project" if project else "the embedded one"
    return Finding(name="supabase", state="ok", meaning=f"{where} is used")


def channel_settings() -> Finding:
    """Every channel is configured wholly or not at all."""
    try:
        played = sorted(played_by_stand_ins(_environ()))
    except Exception as error:
        return Finding(
            name="channels", state="failed", meaning=str(error), fix="complete .env, or unset it"
        )
    meaning = f"stand-ins play {', '.join(played)}" if played else "all accounts are configured"
    return Finding(name="channels", state="ok", meaning=meaning)


def model_key() -> Finding:
    """The model's key looks like one."""
    key = _environ().get("OPENAI_API_KEY", "")
    if not key:
        asked = "the server of OPENAI_BASE_URL is asked without one"
        brain = asked if _environ().get("OPENAI_BASE_URL") else "the built-in answerer replies"
        return Finding(name="model", state="ok", meaning=f"no OPENAI_API_KEY: {brain}")
    odd = any(character.isspace() for character in key) or len(key) < 8
    return Finding(
        name="model",
        state="failed" if odd else "ok",
        meaning="OPENAI_API_KEY " + ("does not look like a key" if odd else "is set"),
        fix="copy the key again into .env: OPENAI_API_KEY=…",
    )


def private(name: str, path: Path) -> Finding:
    """A file that only its owner should read."""
    mode = stat.S_IMODE(path.stat().st_mode)
    good = mode & 0o077 == 0
    return Finding(
        name=name,
        state="ok" if good else "warning",
        meaning=f"{path.name} has mode {mode:o}" + ("" if good else ": others may read it"),
        fix=f"chmod go= '{path}'",
    )


def _environ() -> dict[str, str]:
    try:
        return read_environment(directory(), os.environ)
    except Exception:
        return dict(os.environ)
