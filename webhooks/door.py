"""The way of one webhook: admitted, verified, read, stored, answered."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Mapping
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

import structlog

from romashka.channels.base import Channel, Inlet
from romashka.channels.errors import Unproven
from romashka.channels.events import clean_text
from romashka.channels.reading import read_events, read_reply
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
from webhooks.guard import Guard
from webhooks.intake import Intake
from webhooks.parked import NotStored, Parked

ACCEPTED = Answer(status=200, body=b"{}")
# What is kept beside the raw bytes; nothing that could open a door.
KEPT_HEADERS = {
    "CONTENT_TYPE": "content-type",
    "HTTP_USER_AGENT": "user-agent",
    "HTTP_WEBHOOK_ID": "webhook-id",
    "HTTP_WEBHOOK_TIMESTAMP": "webhook-timestamp",
}
_KEPT_NAMES = frozenset(KEPT_HEADERS.values())
LONGEST_KEPT_HEADER = 256
# A request above this is a mail or has hundreds of messages; its bytes take a while to store.
LARGE_BODY = 1024 * 1024
# The two headers that WSGI (PEP 3333) keeps without HTTP_ before their names.
BARE = {"content-type": "CONTENT_TYPE", "content-length": "CONTENT_LENGTH"}

# A channel's type and the name of one of its inlets.
Path = tuple[str, str]

log = structlog.get_logger(__name__)


class Door:
    """Takes webhooks for the configured channels; shared by the fast path and the Flask view."""

    def __init__(
        self,
        channels: Mapping[str, Channel],
        guard: Guard,
        intake: Intake,
        bulk: Intake | None = None,
    ) -> None:
        """`bulk` stores the large requests, so that no small one waits for them."""
        self.channels = channels
        self.guard = guard
        self.intake = intake
        self.bulk = bulk or intake

    def inlet(self, channel_type: str, name: str) -> Inlet | None:
        """The inlet of a name ("" is a channel's own), None where there is no such one."""
        channel = self.channels.get(channel_type)
        return None if channel is None else channel.inlets.get(name)

    def receive(self, path: Path, environ: WSGIEnvironment) -> tuple[Answer, str]:
        """Answer one POST, with the request's id: 200 once it is stored, else a problem."""
        channel_type = path[0]
        started = time.perf_counter()
        request_id = new_request_id()
        events, error = 0, None
        try:
            request, answer = self._taken(path, environ, request_id)
            events, error = len(request.events or ()), request.error
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

    def _taken(
        self, path: Path, environ: WSGIEnvironment, request_id: str
    ) -> tuple[Parked, Answer]:
        """The request once it is stored, and its answer; raises Problem."""
        inlet = self.inlet(*path)
        if inlet is None:
            raise Problem(404, "no such channel")
        self.guard.admit(environ, path[0])
        with self.guard.in_hand(environ, inlet.longest_body):
            request = self._verified(path, inlet, environ, request_id)
            self._store(request)
            return request, self._accepted(path, request.body)

    def _verified(
        self, path: Path, inlet: Inlet, environ: WSGIEnvironment, request_id: str
    ) -> Parked:
        """The request ready to be stored; raises Problem."""
        body = self.guard.body(environ, inlet.longest_body)
        try:
            proof = inlet.verify(RequestHeaders(environ), body)
        except Unproven as error:
            raise Problem(503, str(error), retry_after_s=5) from error
        if proof is None:
            self.guard.count_failure(environ)
            raise Problem(401, "the signature is missing or wrong")
        self.guard.channels.count(path[0])
        told = {name: value for name, value in proof.items() if value or name not in _KEPT_NAMES}
        kept = _kept(environ) | {"request-id": request_id, **_named(path), **told}
        reading = read_events(path[0], inlet, body, kept)
        return Parked(
            channel_type=path[0],
            body=body,
            headers=kept,
            events=reading.events,
            error=reading.error,
        )

    def _accepted(self, path: Path, body: bytes) -> Answer:
        """The 200 of a stored request, with what its inlet has to say to the platform."""
        inlet = self.inlet(*path)
        said = None if inlet is None else read_reply(path[0], inlet, body)
        return ACCEPTED if said is None else Answer(status=200, body=said)

    def _store(self, request: Parked) -> None:
        intake = self.bulk if len(request.body) > LARGE_BODY else self.intake
        try:
            intake.store(request)
        except NotStored as error:
            raise Problem(503, f"could not be stored: {error}", retry_after_s=2) from error


class FastPath:
    """Takes the POSTs of known channels before Flask routes them; everything else is Flask's."""

    def __init__(self, door: Door, rest: WSGIApplication) -> None:
        self._door = door
        self._rest = rest

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """One WSGI request."""
        path = path_of(environ["PATH_INFO"]) if environ["REQUEST_METHOD"] == "POST" else None
        if path is None or self._door.inlet(*path) is None:
            return self._rest(environ, start_response)
        answer, request_id = self._door.receive(path, environ)
        start_response(STATUS_LINES[answer.status], header_list(answer, request_id))
        return [answer.body]


def path_of(text: str) -> Path | None:
    """The channel's type and the inlet's name in /webhooks/<type>[/<inlet>], else None."""
    parts = text.split("/")
    if len(parts) not in (3, 4) or parts[:2] != ["", "webhooks"] or not parts[-1]:
        return None
    return parts[2], parts[3] if len(parts) == 4 else ""


class RequestHeaders(Mapping[str, str]):
    """A request's headers under lower-case names, looked up where WSGI keeps them."""

    def __init__(self, environ: WSGIEnvironment) -> None:
        self._environ = environ

    def __getitem__(self, name: str) -> str:
        key = BARE.get(name) or "HTTP_" + name.upper().replace("-", "_")
        value: str = self._environ[key]
        return value

    def __iter__(self) -> Iterator[str]:
        yield from (name for name, key in BARE.items() if key in self._environ)
        for key in self._environ:
            name = key[5:].replace("_", "-").lower()
            if key.startswith("HTTP_") and name not in BARE:
                yield name

    def __len__(self) -> int:
        return sum(1 for _ in self)


def _named(path: Path) -> dict[str, str]:
    return {"inlet": path[1]} if path[1] else {}


def _kept(environ: WSGIEnvironment) -> dict[str, str]:
    return {
        name: clean_text(environ[key][:LONGEST_KEPT_HEADER])
        for key, name in KEPT_HEADERS.items()
        if environ.get(key)
    }
