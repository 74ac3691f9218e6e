"""What the OpenAI platform refuses of a request, as the stand-in does.

Models that reason do not know the older name of the cap, on the `chat` wire. A strict schema names
every key of each of its objects as required and allows no others. The tools of the `responses` wire
are strict unless they say that they are not.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

REASONING = ("gpt-5", "o1", "o3", "o4")


def is_refused(wire: str, body: Mapping[str, Any]) -> bool:
    """Whether a request has a cap that its model does not know, or a schema that claims to be
    strict and is none."""
    capped = wire == "chat" and "max_tokens" in body
    if capped and str(body.get("model")).startswith(REASONING):
        return True
    return any(not _is_strict(schema) for schema in _strict_schemas(wire, body))


def _strict_schemas(wire: str, body: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    if wire == "responses":
        answer = (body.get("text") or {}).get("format") or {}
        tools, usual = body.get("tools") or [], True
    else:
        answer = (body.get("response_format") or {}).get("json_schema") or {}
        tools, usual = [tool["function"] for tool in body.get("tools") or []], False
    if answer.get("strict"):
        yield answer["schema"]
    yield from (tool["parameters"] for tool in tools if tool.get("strict", usual))


def _is_strict(schema: object) -> bool:
    if not isinstance(schema, Mapping):
        return True
    if "object" in schema.get("type", ()):
        keys = set(schema.get("properties", {}))
        if (
            set(schema.get("required", ())) != keys
            or schema.get("additionalProperties") is not False
        ):
            return False
    parts = [*schema.get("properties", {}).values(), schema.get("items")]
    return all(_is_strict(part) for part in parts)
