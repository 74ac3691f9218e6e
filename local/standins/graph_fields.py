"""Reading the fields of a payload as strictly as the Graph API does."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from local.standins.graph_errors import graph_error


def need_text(content: Mapping[str, Any], name: str, limit: int | None = None) -> str:
    """The text under a name, of at most `limit` characters; raises GraphError."""
    value = content.get(name)
    if not isinstance(value, str) or not value:
        raise graph_error(131008, f"Required parameter {name} is missing")
    if limit is not None and len(value) > limit:
        raise graph_error(100, f"Param {name} must be at most {limit} characters long")
    return value


def need_object(content: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    """The object under a name; raises GraphError."""
    value = content.get(name)
    if not isinstance(value, dict):
        raise graph_error(131008, f"Required parameter {name} is missing")
    return value


def need_objects(content: Mapping[str, Any], name: str, most: int) -> list[Mapping[str, Any]]:
    """The objects of the list under a name, one to `most` of them; raises GraphError."""
    value = content.get(name)
    if not isinstance(value, list) or not all(isinstance(item, dict) for item in value):
        raise graph_error(131008, f"Required parameter {name} is missing")
    if not 1 <= len(value) <= most:
        raise graph_error(131009, f"Param {name} must have between 1 and {most} items")
    return value
