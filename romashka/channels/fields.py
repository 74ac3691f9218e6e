"""Careful reading of other people's JSON: a wrong type is an absent value, never an exception."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from romashka.channels.errors import ParseError

# An id is indexed; the longest of any platform is about 150 characters.
LONGEST_ID = 512
# In seconds since 1970: platforms did not exist before 2001, and 2100 is a broken clock.
FIRST_MOMENT, LAST_MOMENT = 1_000_000_000, 4_102_444_800
LANGUAGE = re.compile(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*", re.ASCII)


class BadItem(ValueError):
    """One item of a payload lacks what it cannot be read without."""


def load_object(body: bytes) -> dict[str, Any]:
    """The JSON object in these bytes; raises ParseError for anything else, also for depth."""
    try:
        value = json.loads(body)
    except RecursionError:
        raise ParseError("JSON nested too deeply") from None
    except ValueError as error:
        # The decoder's own text may quote the body.
        raise ParseError(f"not JSON ({type(error).__name__})") from None
    if not isinstance(value, dict):
        raise ParseError("not a JSON object")
    return value


def text_in(item: Mapping[str, Any], name: str) -> str | None:
    """The text under a name, None when it is missing, empty or not text."""
    value = item.get(name)
    return value if isinstance(value, str) and value else None


def object_in(item: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    """The object under a name, an empty one when it is missing or something else."""
    value = item.get(name)
    return value if isinstance(value, dict) else {}


def list_in(item: Mapping[str, Any], name: str) -> list[Any]:
    """The list under a name, an empty one when it is missing or something else."""
    value = item.get(name)
    return value if isinstance(value, list) else []


def objects_in(item: Mapping[str, Any], name: str) -> list[dict[str, Any]]:
    """The objects of the list under a name; whatever else stands in it is left out."""
    return [value for value in list_in(item, name) if isinstance(value, dict)]


def id_in(item: Mapping[str, Any], name: str) -> str:
    """The id under a name; raises BadItem when there is none that can be stored."""
    value = text_in(item, name)
    if value is None:
        raise BadItem(f"no {name}")
    if len(value) > LONGEST_ID:
        raise BadItem(f"{name} of {len(value)} characters")
    return value


def moment_in(item: Mapping[str, Any], name: str) -> datetime | None:
    """The time under a name, given in seconds or milliseconds as number or text, in UTC."""
    value = item.get(name)
    if isinstance(value, str) and len(value) <= 16 and value.isascii() and value.isdigit():
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return None
    # Before any arithmetic: an integer of JSON may be too large to be divided.
    if not FIRST_MOMENT <= value < LAST_MOMENT * 1000:
        return None
    seconds = value / 1000 if value > LAST_MOMENT else value
    return datetime.fromtimestamp(seconds, UTC) if FIRST_MOMENT <= seconds < LAST_MOMENT else None


def iso_moment_in(item: Mapping[str, Any], name: str) -> datetime | None:
    """The time under a name, given as ISO 8601 text; without a zone it counts as UTC."""
    value = text_in(item, name)
    try:
        found = datetime.fromisoformat(value) if value else None
    except ValueError:
        return None
    if found is None:
        return None
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def language_in(item: Mapping[str, Any], name: str) -> str | None:
    """The BCP 47 tag under a name, None when it is missing or no such tag."""
    value = text_in(item, name)
    return value if value and LANGUAGE.fullmatch(value) else None
