"""The body of a REST request: rows to write, or the arguments of a call."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from local.gateway.errors import RestError
from local.gateway.rest.request import RestRequest


@dataclass(frozen=True, slots=True, kw_only=True)
class Payload:
    """Rows to write: JSON text of an array of objects, and the keys that count."""

    rows: str
    keys: tuple[str, ...]
    count: int


def read_payload(body: bytes, request: RestRequest) -> Payload:
    """The rows of a body; RestError (PGRST102) when it is no object or list of like objects."""
    text, parsed = parse_json(body)
    rows: list[Any] = parsed if isinstance(parsed, list) else [parsed]
    if not all(isinstance(row, dict) for row in rows):
        raise RestError(400, "PGRST102", "All object keys must match")
    keys = tuple(dict.fromkeys(key for row in rows for key in row))
    if request.columns is not None:
        keys = request.columns
    elif any(len(row) != len(keys) for row in rows):
        raise RestError(400, "PGRST102", "All object keys must match")
    return Payload(
        rows=text if isinstance(parsed, list) else f"[{text}]", keys=keys, count=len(rows)
    )


def parse_json(body: bytes) -> tuple[str, object]:
    """A body as text and as parsed JSON; RestError (PGRST102) when it is neither."""
    try:
        text = body.decode()
        return text, json.loads(text, parse_int=str, parse_float=str, parse_constant=_no_constant)
    except (ValueError, RecursionError):
        raise RestError(400, "PGRST102", "Empty or invalid json") from None


def _no_constant(name: str) -> None:
    raise ValueError(f"{name} is no JSON")
