"""Every address of the web process: one table, from which Flask and /openapi.json are made."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import structlog
from flask import Flask, Response, current_app, g, request
from werkzeug.exceptions import HTTPException

from romashka.channels.base import Channel
from romashka.channels.meta import BadChallenge, Registrable, WrongToken, answer_handshake
from webhooks import metrics
from webhooks.answers import FAULT_TEXT, Answer, Problem, as_answer, header_list, new_request_id
from webhooks.openapi import describe
from webhooks.web import Web

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """One operation: where it is, what it is for, what it says, and the view that says it."""

    method: str
    path: str
    summary: str
    view: Callable[..., Response]
    answers: tuple[tuple[int, str, str], ...]
    problems: tuple[int, ...] = ()
    query: tuple[str, ...] = ()


def register_routes(app: Flask) -> None:
    """Give the application every route of the table and one form for every error."""
    for route in ROUTES:
        app.add_url_rule(
            route.path,
            endpoint=f"{route.method} {route.path}",
            view_func=route.view,
            methods=[route.method],
            provide_automatic_options=False,
        )
    app.before_request(_name_request)
    app.register_error_handler(Problem, _problem)
    app.register_error_handler(HTTPException, _http_error)
    app.register_error_handler(Exception, _fault)


def receive(channel: str, inlet: str = "") -> Response:
    """POST /webhooks/<channel>[/<inlet>]; known ones usually come by the fast path instead."""
    if _web().door.inlet(channel, inlet) is None:
        raise Problem(404, "no such channel")
    answer, g.request_id = _web().door.receive((channel, inlet), request.environ)
    return _response(answer)


def handshake(channel: str) -> Response:
    """GET /webhooks/<channel>: the platform checks that the address is ours. It is not signed."""
    found = _channel(channel)
    guard = _web().guard
    guard.admit(request.environ, channel)
    if not isinstance(found, Registrable):
        raise Problem(405, "this channel has no handshake")
    try:
        challenge = answer_handshake(request.args, found.verify_tokens)
    except WrongToken:
        guard.count_failure(request.environ)
        raise Problem(403, "the verify token is not ours") from None
    except BadChallenge:
        raise Problem(400, "hub.challenge must be 1 to 64 letters, digits, - or _") from None
    return _response(Answer(status=200, body=challenge.encode(), content_type="text/plain"))


def healthz() -> Response:
    """GET /healthz: the process answers; nothing else is asked."""
    return _json(200, {"status": "ok"})


def readyz() -> Response:
    """GET /readyz: 200 when messages can be stored and answered, else 503 with the reasons."""
    report = _web().readiness()
    return _json(200 if report["ready"] else 503, report)


def show_metrics() -> Response:
    """GET /metrics, for Prometheus."""
    text, content_type = metrics.render(_web().queues)
    return _response(Answer(status=200, body=text, content_type=content_type))


def openapi() -> Response:
    """GET /openapi.json: this table as OpenAPI 3.1."""
    return _json(200, describe(ROUTES, sorted(_web().door.channels)))


ROUTES = (
    Route(
        method="POST",
        path="/webhooks/<channel>",
        summary="Take a signed webhook; the answer comes after it is stored.",
        view=receive,
        answers=((200, "Stored, also what cannot be read.", "application/json"),),
        problems=(400, 401, 403, 404, 408, 413, 415, 429, 503),
    ),
    Route(
        method="POST",
        path="/webhooks/<channel>/<inlet>",
        summary="The same at a further door of a channel, such as a mail provider's.",
        view=receive,
        answers=((200, "Stored, also what cannot be read.", "application/json"),),
        problems=(400, 401, 403, 404, 408, 413, 415, 429, 503),
    ),
    Route(
        method="GET",
        path="/webhooks/<channel>",
        summary="Echo the challenge when a platform registers this address.",
        view=handshake,
        answers=((200, "The challenge.", "text/plain"),),
        problems=(400, 403, 404, 405, 429),
        query=("hub.mode", "hub.verify_token", "hub.challenge"),
    ),
    Route(
        method="GET",
        path="/healthz",
        summary="Is the process alive?",
        view=healthz,
        answers=((200, "It is.", "application/json"),),
    ),
    Route(
        method="GET",
        path="/readyz",
        summary="Can messages be stored and answered?",
        view=readyz,
        answers=(
            (200, "Yes; with queues, workers and channels.", "application/json"),
            (503, "No; `reasons` says why.", "application/json"),
        ),
    ),
    Route(
        method="GET",
        path="/metrics",
        summary="Figures in Prometheus' text format.",
        view=show_metrics,
        answers=((200, "The figures.", "text/plain"),),
    ),
    Route(
        method="GET",
        path="/openapi.json",
        summary="This description.",
        view=openapi,
        answers=((200, "OpenAPI 3.1.", "application/json"),),
    ),
)


def _web() -> Web:
    web: Web = current_app.extensions["web"]
    return web


def _channel(name: str) -> Channel:
    channel = _web().door.channels.get(name)
    if channel is None:
        raise Problem(404, "no such channel")
    return channel


def _name_request() -> None:
    g.request_id = new_request_id()


def _json(status: int, body: Any) -> Response:
    return _response(Answer(status=status, body=json.dumps(body).encode()))


def _response(answer: Answer) -> Response:
    headers = header_list(answer, g.request_id)
    return Response(answer.body, status=answer.status, headers=headers)


def _problem(problem: Problem) -> Response:
    return _response(as_answer(problem, g.request_id))


def _http_error(error: HTTPException) -> Response:
    """Werkzeug's own refusals, such as 404 and 405, in our form."""
    response = _problem(Problem(error.code or 500, error.name.lower()))
    if allowed := getattr(error, "valid_methods", None):
        response.headers["Allow"] = ", ".join(sorted(allowed))
    return response


def _fault(error: Exception) -> Response:
    log.error("fault", request_id=g.request_id, exc_info=error)
    return _problem(Problem(500, FAULT_TEXT))
