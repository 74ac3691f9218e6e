"""A scripted stand-in for an OpenAI-compatible server: both wires, and the faults that they show.

In mode `obedient` it does whatever the customer's words or an article tell it to, in mode `tools`
it calls the tools of its script. A schema that claims to be strict and is none is refused.
It says that it is a stand-in in the first line of its log and in `GET /v1/models`. Without a script
it answers from the first `<doc>` block of the request. `POST /_standin/script` takes
`{"default": {...}, "script": [{...}, ...]}`: each item of the script serves one request, in order.
`GET /_standin/requests` gives one record per request, `DELETE` on it forgets them.
"""

from __future__ import annotations

import argparse
import asyncio
import time
from collections import deque
from collections.abc import AsyncIterator, Mapping
from dataclasses import asdict, dataclass, field, replace
from typing import Any

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route

from local.standins.embeddings import build_routes
from local.standins.openai_refusals import is_refused
from local.standins.openai_script import MODES, Plan, pieces_of, read_plan, said_text
from local.standins.openai_wires import (
    failure_event,
    first_events,
    last_events,
    piece_event,
    sse,
    whole_answer,
)

NAME = "romashka-standin"
DEFAULT_PORT = 54332


@dataclass(slots=True, kw_only=True)
class Record:
    """What one request brought and how its serving ended."""

    path: str
    mode: str
    body: Mapping[str, Any]
    started_at: float = field(default_factory=time.time)
    ended_at: float | None = None
    pieces_sent: int = 0
    closed_by_client: bool = False


class Standin:
    """The script and the record of one running stand-in."""

    def __init__(self) -> None:
        self.default = Plan()
        self.script: deque[Plan] = deque()
        self.records: list[Record] = []

    def next_plan(self) -> Plan:
        """The plan of the request that has just come in."""
        return self.script.popleft() if self.script else self.default

    def load(self, body: Mapping[str, Any]) -> None:
        """Takes a new default and script; raises ValueError for unknown modes or keys."""
        default = read_plan(body.get("default", {}))
        script = [read_plan(item) for item in body.get("script", [])]
        self.default, self.script = default, deque(script)


async def stream(
    wire: str, plan: Plan, body: Mapping[str, Any], record: Record
) -> AsyncIterator[bytes]:
    """The bytes of one streamed answer; a cut raises, which closes the socket in mid-stream.

    A client that has the last event may go before we are told that it was sent.
    """
    text, named, is_whole = said_text(plan, body), wire == "responses", False
    try:
        await asyncio.sleep(plan.first_token_s)
        for event in first_events(wire, plan, body):
            yield sse(event, named)
        for number, piece in enumerate(pieces_of(text)):
            if plan.mode == "cut" and number == plan.cut_after:
                raise ConnectionResetError("cut by the script")
            if plan.mode == "stream_error" and number == plan.cut_after:
                yield sse(failure_event(wire), named)
                return
            yield sse(piece_event(wire, str(body.get("model")), piece), named)
            record.pieces_sent += 1
            await asyncio.sleep(plan.token_s)
        *most, last = [sse(event, named) for event in last_events(wire, plan, body, text)]
        if wire == "chat":
            most, last = [*most, last], b"data: [DONE]\n\n"
        for ending in most:
            yield ending
        is_whole = True
        yield last
    except (asyncio.CancelledError, GeneratorExit):
        record.closed_by_client = not is_whole
        raise
    finally:
        record.ended_at = time.time()


async def hold_until_closed(request: Request, record: Record) -> Response:
    """Never answers; ends when the client goes away."""
    while (await request.receive())["type"] != "http.disconnect":
        continue
    record.closed_by_client, record.ended_at = True, time.time()
    return Response(status_code=499)


def refusal(plan: Plan) -> Response:
    """The error answer of a plan."""
    status = {"rate_limited": 429, "refused": 400}.get(plan.mode, plan.status)
    headers = {"retry-after": plan.retry_after} if plan.retry_after else None
    error = {"error": {"message": "scripted", "type": "standin", "code": plan.mode}}
    return JSONResponse(error, status, headers)


PACE = {"slow": {"first_token_s": 1.0, "token_s": 0.02}, "trickle": {"token_s": 0.5}}


def with_pace(plan: Plan) -> Plan:
    """The plan with the pace of its mode, unless the script sets one of its own."""
    for name, seconds in PACE.get(plan.mode, {}).items():
        if getattr(plan, name) == getattr(Plan(), name):
            plan = replace(plan, **{name: seconds})  # type: ignore[arg-type]  # only floats in PACE
    return plan


async def answer(wire: str, request: Request) -> Response:
    """Serves one model call by the next plan."""
    standin: Standin = request.app.state.standin
    body = await request.json()
    refused = Plan(mode="refused") if is_refused(wire, body) else None
    plan = refused or with_pace(standin.next_plan())
    record = Record(path=request.url.path, mode=plan.mode, body=body)
    standin.records.append(record)
    if plan.mode == "hang":
        return await hold_until_closed(request, record)
    if plan.mode in ("rate_limited", "error", "refused"):
        record.ended_at = time.time()
        return refusal(plan)
    if plan.mode == "not_streamed" or not body.get("stream"):
        record.ended_at = time.time()
        return JSONResponse(whole_answer(wire, plan, body))
    return StreamingResponse(stream(wire, plan, body, record), media_type="text/event-stream")


async def answer_chat(request: Request) -> Response:
    """POST /v1/chat/completions."""
    return await answer("chat", request)


async def answer_responses(request: Request) -> Response:
    """POST /v1/responses."""
    return await answer("responses", request)


async def list_models(request: Request) -> Response:
    """GET /v1/models."""
    model = {"id": NAME, "object": "model", "owned_by": "a stand-in, no model answers here"}
    return JSONResponse({"object": "list", "data": [model]})


async def set_script(request: Request) -> Response:
    """POST /_standin/script."""
    try:
        request.app.state.standin.load(await request.json())
    except (ValueError, TypeError) as error:
        return JSONResponse({"error": str(error)}, 400)
    return JSONResponse({"modes": MODES})


async def show_requests(request: Request) -> Response:
    """GET and DELETE /_standin/requests."""
    standin: Standin = request.app.state.standin
    if request.method == "DELETE":
        standin.records.clear()
    return JSONResponse([asdict(record) for record in standin.records])


def build_app() -> Starlette:
    """The stand-in as an application."""
    routes = [
        Route("/v1/models", list_models),
        Route("/v1/chat/completions", answer_chat, methods=["POST"]),
        Route("/v1/responses", answer_responses, methods=["POST"]),
        Route("/_standin/script", set_script, methods=["POST"]),
        Route("/_standin/requests", show_requests, methods=["GET", "DELETE"]),
        *build_routes(),
    ]
    app = Starlette(routes=routes)
    app.state.standin = Standin()
    return app


def main() -> None:
    """Serves on 127.0.0.1 until told to stop."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, default=DEFAULT_PORT)
    port = parser.parse_args().port
    print(f"stand-in: no model answers here, http://127.0.0.1:{port}/v1 is scripted", flush=True)  # noqa: T201
    uvicorn.run(build_app(), host="127.0.0.1", port=port, log_level="error", access_log=False)


if __name__ == "__main__":
    main()
