"""Writes migration files from sql/: the one baseline before 1.0, drafts for an author after it."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from pathlib import Path

from local.history import migrations
from local.postgres import Postgres
from local.schema import drift
from local.sources import TABLE_FILES, joined, load_order

BASELINE = "baseline"
NAME = re.compile(r"^[a-z][a-z0-9_]*$")
MARKER = re.compile(r"^-- (sql/\S+\.sql)$", re.MULTILINE)
CREATES = re.compile(
    r"^create (?P<kind>policy|trigger) (?P<name>\"[^\"]+\"|\w+)\s[^;]*?\bon (?P<table>[\w.]+)",
    re.MULTILINE | re.IGNORECASE,
)
# Functions may call others that come later in the file.
HEAD = """\
set lock_timeout = '4s';
set check_function_bodies = off;
"""
BASELINE_TITLE = """\
-- Generated from sql/ by `romashka db migration --baseline`. Do not edit: change sql/ instead.
"""
DRAFT_TITLE = """\
-- Drafted by `romashka db migration`. First, as comments, what differs: turn what is not a function
-- or policy into statements and delete the rest. Then, whole, the function and policy files that
-- changed.
"""


class BadName(Exception):
    """A migration's name is not of the form the Supabase CLI accepts."""


class AlreadyReleased(Exception):
    """There are migrations besides the baseline, so it may not change any more."""


def baseline_text(folder: Path) -> str:
    """Gives the whole of sql/ as one migration."""
    return f"{BASELINE_TITLE}{HEAD}\n{joined(folder)}"


def write_baseline(root: Path) -> Path:
    """Writes supabase/migrations/<timestamp>_baseline.sql anew, under its old timestamp.

    Raises AlreadyReleased when other migrations stand beside it.
    """
    folder = root / "supabase" / "migrations"
    folder.mkdir(parents=True, exist_ok=True)
    found = migrations(folder)
    if any(migration.name != BASELINE for migration in found):
        raise AlreadyReleased(
            "there are migrations besides the baseline: write the next one with"
            " `romashka db migration NAME`"
        )
    path = found[0].path if found else folder / f"{next_version(folder)}_{BASELINE}.sql"
    path.write_text(baseline_text(root / "sql"))
    return path


def write_migration(root: Path, name: str, server: Postgres) -> Path | None:
    """Drafts the next migration, using scratch databases of the server; None when none is due.

    Raises BadName and MigrationFailed.
    """
    if not NAME.match(name):
        raise BadName(f"{name!r}: use small letters, digits and _, for example add_csat_reason")
    lines = drift(root, server)
    if not lines:
        return None
    released = released_texts(root)
    changed = changed_files(root, released)
    parts = [
        DRAFT_TITLE + HEAD,
        as_comments([*gone_files(root, released), *lines]),
        drops([released.get(name, "") for name in changed] + list(changed.values())),
        *(f"-- {name}\n{text}\n" for name, text in changed.items()),
    ]
    folder = root / "supabase" / "migrations"
    path = folder / f"{next_version(folder)}_{name}.sql"
    path.write_text("\n".join(part for part in parts if part))
    return path


def released_texts(root: Path) -> dict[str, str]:
    """Gives the text that each file of sql/ had when a migration last carried it, by its name."""
    texts = {}
    for migration in migrations(root / "supabase" / "migrations"):
        pieces = MARKER.split(migration.path.read_text())
        for name, text in zip(pieces[1::2], pieces[2::2], strict=True):
            texts[name] = text.strip()
    return texts


def changed_files(root: Path, released: dict[str, str]) -> dict[str, str]:
    """Gives the texts of function and policy files that differ from the released ones."""
    changed = {}
    for path in load_order(root / "sql"):
        name, text = str(path.relative_to(root)), path.read_text().strip()
        if path.name not in TABLE_FILES and released.get(name) != text:
            changed[name] = text
    return changed


def gone_files(root: Path, released: dict[str, str]) -> list[str]:
    """Gives a reminder for each released file that sql/ no longer has."""
    names = sorted(name for name in released if not (root / name).exists())
    return [f"gone: {name}; drop what it made" for name in names]


def drops(texts: list[str]) -> str:
    """Gives statements that drop the policies and triggers which the texts create."""
    found = [match for text in texts for match in CREATES.finditer(text)]
    lines = [f"drop {m['kind']} if exists {m['name']} on {m['table']};\n" for m in found]
    return "".join(dict.fromkeys(lines))


def as_comments(lines: list[str]) -> str:
    """Gives the lines as SQL comments."""
    return "".join(f"-- {line}".rstrip() + "\n" for line in lines)


def next_version(folder: Path) -> str:
    """Gives the version of a migration written now: the time, later than every other version."""
    now = datetime.now(UTC).strftime("%Y%m%d%H%M%S")
    return str(max([int(now), *(int(found.version) + 1 for found in migrations(folder))]))
