"""The way of one webhook: admitted, verified, read, stored, answered."""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

import structlog

from romashka.channels.base import Channel, ParseError, as_json, clean_text
from romashka.database import to_json
from webhooks import metrics
from webhooks.answers import (
    FAULT_TEXT,
    STATUS_LINES,
    Answer,
    Problem,
    as_answer,
    header_list,
    new_request_id,
)
from webhooks.guard import Guard, read_body
from webhooks.intake import Intake, NotStored, Parked

ACCEPTED = Answer(status=200, body=b"{}")
# What is kept beside the raw bytes; nothing that could open a door.
KEPT_HEADERS = {
    "CONTENT_TYPE": "content-type",
    "HTTP_USER_AGENT": "user-agent",
    "HTTP_WEBHOOK_ID": "webhook-id",
    "HTTP_WEBHOOK_TIMESTAMP": "webhook-timestamp",
}
LONGEST_KEPT_HEADER = 256

log = structlog.get_logger(__name__)


class Door:
    """Takes webhooks for the configured channels; shared by the fast path and the Flask view."""

    def __init__(self, channels: Mapping[str, Channel], guard: Guard, intake: Intake) -> None:
        self.channels = channels
        self.guard = guard
        self.intake = intake

    def receive(self, channel_type: str, environ: WSGIEnvironment) -> tuple[Answer, str]:
        """Answer one POST, with the request's id: 200 once it is stored, else a problem."""
        started = time.perf_counter()
        request_id = new_request_id()
        events = 0
        try:
            request, events = self._verified(channel_type, environ, request_id)
            self._store(request)
            answer, error = ACCEPTED, request.error
        except Problem as problem:
            answer, error = as_answer(problem, request_id), problem.detail
        except Exception:
            log.exception("fault", channel=channel_type, request_id=request_id)
            answer, error = as_answer(Problem(500, FAULT_TEXT), request_id), FAULT_TEXT
        elapsed = time.perf_counter() - started
        metrics.count_answer(channel_type, answer.status, elapsed)
        log.info(
            "webhook",
            channel=channel_type,
            request_id=request_id,
            status=answer.status,
            events=events,
            elapsed_ms=round(elapsed * 1000, 1),
            **({"error": error} if error else {}),
        )
        return answer, request_id

    def _verified(
        self, channel_type: str, environ: WSGIEnvironment, request_id: str
    ) -> tuple[Parked, int]:
        """The request ready to be stored, and how many events it holds; raises Problem."""
        channel = self.channels[channel_type]
        self.guard.admit(environ)
        body = read_body(environ)
        if not channel.verify(_headers(environ), body):
            self.guard.count_failure(environ)
            raise Problem(401, "the signature is missing or wrong")
        count, events, error = _read(channel, body)
        headers = to_json({**_kept(environ), "request-id": request_id})
        return Parked(
            channel_type=channel_type, body=body, headers=headers, events=events, error=error
        ), count

    def _store(self, request: Parked) -> None:
        try:
            self.intake.store(request)
        except NotStored as error:
            raise Problem(503, f"could not be stored: {error}", retry_after_s=2) from error


class FastPath:
    """Takes the POSTs of known channels before Flask routes them; everything else is Flask's."""

    def __init__(self, door: Door, rest: WSGIApplication) -> None:
        self._door = door
        self._rest = rest
        self._paths = {f"/webhooks/{channel}": channel for channel in door.channels}

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """One WSGI request."""
        channel = self._paths.get(environ["PATH_INFO"])
        if channel is None or environ["REQUEST_METHOD"] != "POST":
            return self._rest(environ, start_response)
        answer, request_id = self._door.receive(channel, environ)
        start_response(STATUS_LINES[answer.status], header_list(answer, request_id))
        return [answer.body]


def _read(channel: Channel, body: bytes) -> tuple[int, str, str | None]:
    """The number of events, their JSON text, and the error when the body cannot be read."""
    try:
        events = channel.parse(body)
    except ParseError as error:
        return 0, "null", str(error)
    except Exception as error:
        # A fault of ours: the bytes are kept, the platform gets its 200, a replay reads them
        # once the parser is mended.
        log.exception("parser_fault", channel=channel.type)
        return 0, "null", f"parser fault: {type(error).__name__}"
    return len(events), to_json([as_json(event) for event in events]), None


def _headers(environ: WSGIEnvironment) -> dict[str, str]:
    """The request's headers with lower-case names."""
    return {
        key[5:].replace("_", "-").lower(): value
        for key, value in environ.items()
        if key.startswith("HTTP_")
    }


def _kept(environ: WSGIEnvironment) -> dict[str, str]:
    return {
        name: clean_text(environ[key][:LONGEST_KEPT_HEADER])
        for key, name in KEPT_HEADERS.items()
        if environ.get(key)
    }
