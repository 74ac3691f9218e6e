"""What the webhooks say back: one shape of answer, and problems as problem+json (RFC 9457)."""

from __future__ import annotations

import json
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from http import HTTPStatus

SECURITY_HEADERS = (
    ("X-Content-Type-Options", "nosniff"),
    ("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'"),
    ("Referrer-Policy", "no-referrer"),
    ("Cache-Control", "no-store"),
)
FAULT_TEXT = "a fault of ours; the log knows it by the request id"
STATUS_LINES = {status.value: f"{status.value} {status.phrase}" for status in HTTPStatus}
# RFC 9110 renamed it; Python 3.11 still has the old phrase.
STATUS_LINES[413] = "413 Content Too Large"


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """A status, a body and what the body is; `headers` beside the ones every answer has."""

    status: int
    body: bytes
    content_type: str = "application/json"
    headers: Mapping[str, str] = field(default_factory=dict)


class Problem(Exception):
    """A request that gets an error: its status, a text for people, perhaps a pause in seconds."""

    def __init__(self, status: int, detail: str, retry_after_s: int | None = None) -> None:
        super().__init__(detail)
        self.status = status
        self.detail = detail
        self.retry_after_s = retry_after_s


def as_answer(problem: Problem, request_id: str) -> Answer:
    """The problem as problem+json, with the id under which the log knows the request."""
    body = {
        "type": "about:blank",
        "title": STATUS_LINES.get(problem.status, str(problem.status))[4:],
        "status": problem.status,
        "detail": problem.detail,
        "request_id": request_id,
    }
    pause = problem.retry_after_s
    return Answer(
        status=problem.status,
        body=json.dumps(body).encode(),
        content_type="application/problem+json",
        headers={} if pause is None else {"Retry-After": str(pause)},
    )


def header_list(answer: Answer, request_id: str) -> list[tuple[str, str]]:
    """Every header of an answer, as WSGI takes them."""
    return [
        ("Content-Type", answer.content_type),
        ("Content-Length", str(len(answer.body))),
        ("X-Request-Id", request_id),
        *SECURITY_HEADERS,
        *answer.headers.items(),
    ]


def new_request_id() -> str:
    """An id for one request: 16 hex digits."""
    return secrets.token_hex(8)
