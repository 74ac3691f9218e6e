"""Reads sql/, the source of the database, in the order in which it loads."""

from __future__ import annotations

from pathlib import Path

TABLE_FILES = ("schema.sql", "tables.sql")
POLICY_FILE = "policies.sql"


class NoSuchDomain(Exception):
    """sql/order and the folders beside it do not agree."""


def domains(folder: Path) -> list[str]:
    """Gives the domains that sql/order lists; raises NoSuchDomain for one missing on either side.

    An empty project (no sql/order) has none.
    """
    order = folder / "order"
    if not order.exists():
        return []
    listed = [line.strip() for line in order.read_text().splitlines() if line.strip()]
    present = {path.name for path in folder.iterdir() if path.is_dir()}
    for name in listed:
        if name not in present:
            raise NoSuchDomain(f"{order} lists {name}, but there is no folder {folder / name}")
    for name in sorted(present - set(listed)):
        raise NoSuchDomain(f"{folder / name} exists, but {order} does not list it")
    return listed


def load_order(folder: Path) -> list[Path]:
    """Gives the files of sql/ as they load: tables, then functions, then policies."""
    names = domains(folder)
    tables = [folder / name / file for name in names for file in TABLE_FILES]
    functions = [path for name in names for path in function_files(folder / name)]
    policies = [folder / name / POLICY_FILE for name in names]
    return [path for path in (*tables, *functions, *policies) if path.exists()]


def function_files(domain: Path) -> list[Path]:
    """Gives a domain's files that are neither tables nor policies, by name."""
    known = {*TABLE_FILES, POLICY_FILE}
    return [path for path in sorted(domain.glob("*.sql")) if path.name not in known]


def joined(folder: Path, files: list[Path] | None = None) -> str:
    """Gives the text of the files (by default of all) in load order, each under its name."""
    parts = []
    for path in load_order(folder) if files is None else files:
        parts.append(f"-- {folder.name}/{path.relative_to(folder)}\n{path.read_text().strip()}\n")
    return "\n".join(parts)
