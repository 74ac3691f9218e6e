"""One request as a channel's platform sends it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True, kw_only=True)
class Webhook:
    """One request: where it goes, its bytes and headers, and whom and what it is about."""

    path: str
    body: bytes
    headers: Mapping[str, str] = field(repr=False)
    external_id: str
    customer: str


def first_secret(secrets_given: str) -> str:
    """The newest of the secrets of a setting, which signs."""
    return secrets_given.split(",")[0].strip()
