"""The Prefer header: what a client asks for beside the request itself."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from local.gateway.errors import RestError

KNOWN = {
    "resolution": ("merge-duplicates", "ignore-duplicates"),
    "missing": ("default", "null"),
    "return": ("representation", "minimal", "headers-only"),
    "count": ("exact", "planned", "estimated"),
    "tx": ("commit",),
    "handling": ("strict", "lenient"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Preferences:
    """The preferences of one request; None where the client said nothing."""

    resolution: str | None = None
    missing: str | None = None
    returning: str | None = None
    count: str | None = None
    handling: str | None = None
    max_affected: int | None = None

    def applied(self, *names: str) -> dict[str, str]:
        """The Preference-Applied header for those of `names` that were asked for."""
        told = {
            "resolution": self.resolution,
            "missing": self.missing,
            "return": self.returning,
            "count": self.count,
            "handling": self.handling,
            "max-affected": self.max_affected if self.handling == "strict" else None,
        }
        parts = [
            f"{name}={told[name]}" for name in told if name in names and told[name] is not None
        ]
        return {"Preference-Applied": ", ".join(parts)} if parts else {}


def parse_preferences(headers: Iterable[str]) -> Preferences:
    """The preferences in all Prefer headers; unknown ones count only with handling=strict."""
    items = [item.strip() for header in headers for item in header.split(",") if item.strip()]
    if "tx=rollback" in items:
        _refuse(["tx=rollback"])
    found: dict[str, str] = {}
    unknown: list[str] = []
    for item in items:
        name, _, value = item.partition("=")
        is_number = name == "max-affected" and value.isascii() and value.isdigit()
        if is_number or value in KNOWN.get(name, ()):
            found.setdefault(name, value)
        else:
            unknown.append(item)
    if unknown and found.get("handling") == "strict":
        _refuse(unknown)
    return _preferences(found)


def _preferences(found: dict[str, str]) -> Preferences:
    limit = found.get("max-affected")
    return Preferences(
        resolution=found.get("resolution"),
        missing=found.get("missing"),
        returning=found.get("return"),
        count=found.get("count"),
        handling=found.get("handling"),
        max_affected=int(limit[:18]) if limit else None,
    )


def _refuse(items: list[str]) -> None:
    raise RestError(
        400,
        "PGRST122",
        "Invalid preferences given with handling=strict",
        f"Invalid preferences: {', '.join(items)}",
        "A transaction always commits here." if "tx=rollback" in items else None,
    )
