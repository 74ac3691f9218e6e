"""The routes as an OpenAPI 3.1 document."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, Protocol

from romashka import __version__

PROBLEMS = {
    400: "The request cannot be read.",
    401: "The signature is missing or wrong.",
    403: "The address or the verify token is not ours.",
    404: "No such channel.",
    405: "Not a method of this address.",
    408: "The body came too slowly.",
    413: "The body is larger than 4 MiB.",
    415: "The body is packed (Content-Encoding).",
    429: "Too many requests without a right signature; see Retry-After.",
    503: "It could not be stored now; see Retry-After.",
}
PROBLEM_SCHEMA = {
    "type": "object",
    "required": ["type", "title", "status", "detail", "request_id"],
    "properties": {
        "type": {"type": "string"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string"},
        "request_id": {"type": "string"},
    },
}


class Operation(Protocol):
    """What a route has to say about itself."""

    @property
    def method(self) -> str:
        """GET or POST."""
        ...

    @property
    def path(self) -> str:
        """In Flask's spelling, with at most <channel> and <inlet> in it."""
        ...

    @property
    def summary(self) -> str:
        """One sentence."""
        ...

    @property
    def answers(self) -> Sequence[tuple[int, str, str]]:
        """Status, meaning and content type of each answer that is no problem."""
        ...

    @property
    def problems(self) -> Sequence[int]:
        """The statuses that come as problem+json."""
        ...

    @property
    def query(self) -> Sequence[str]:
        """The query's parameters."""
        ...


def describe(operations: Iterable[Operation], channels: Sequence[str]) -> dict[str, Any]:
    """The document; `channels` are the values that <channel> may have."""
    paths: dict[str, dict[str, Any]] = {}
    for operation in operations:
        path = operation.path.replace("<", "{").replace(">", "}")
        paths.setdefault(path, {})[operation.method.lower()] = _operation(operation, channels)
    return {
        "openapi": "3.1.0",
        "info": {"title": "Romashka webhooks", "version": __version__},
        "paths": paths,
        "components": {"schemas": {"Problem": PROBLEM_SCHEMA}},
    }


def _operation(operation: Operation, channels: Sequence[str]) -> dict[str, Any]:
    described: dict[str, Any] = {
        "summary": operation.summary,
        "parameters": [*_path_parameters(operation, channels), *_query_parameters(operation)],
        "responses": {
            **{str(status): _answer(text, kind) for status, text, kind in operation.answers},
            **{str(status): _problem(status) for status in operation.problems},
        },
    }
    if operation.method == "POST":
        content = {"application/json": {"schema": {"type": "object"}}}
        described["requestBody"] = {"required": True, "content": content}
    return described


def _path_parameters(operation: Operation, channels: Sequence[str]) -> list[dict[str, Any]]:
    if "<channel>" not in operation.path:
        return []
    schema = {"type": "string", **({"enum": list(channels)} if channels else {})}
    found = [{"name": "channel", "in": "path", "required": True, "schema": schema}]
    if "<inlet>" in operation.path:
        found.append(
            {"name": "inlet", "in": "path", "required": True, "schema": {"type": "string"}}
        )
    return found


def _query_parameters(operation: Operation) -> list[dict[str, Any]]:
    text = {"type": "string"}
    return [
        {"name": name, "in": "query", "required": True, "schema": text} for name in operation.query
    ]


def _answer(text: str, content_type: str) -> dict[str, Any]:
    schema = {"type": "object" if content_type == "application/json" else "string"}
    return {"description": text, "content": {content_type: {"schema": schema}}}


def _problem(status: int) -> dict[str, Any]:
    schema = {"$ref": "#/components/schemas/Problem"}
    content = {"application/problem+json": {"schema": schema}}
    return {"description": PROBLEMS[status], "content": content}
