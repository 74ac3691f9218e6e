"""A scripted stand-in for an OpenAI-compatible server: both wires, and the faults that they show.

It says that it is a stand-in in the first line of its log and in `GET /v1/models`. Without a script
it answers from the first `<doc>` block of the request. `POST /_standin/script` takes
`{"default": {...}, "script": [{...}, ...]}`: each item of the script serves one request, in order.
`GET /_standin/requests` gives one record per request, `DELETE` on it forgets them.
"""

from __future__ import annotations

import argparse
import asyncio
import html
import json
import re
import time
from collections import deque
from collections.abc import AsyncIterator, Mapping
from dataclasses import asdict, dataclass, field, fields, replace
from typing import Any, Literal, get_args

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route

NAME = "romashka-standin"
DEFAULT_PORT = 54332
Mode = Literal[
    "normal", "slow", "trickle", "hang", "rate_limited", "error", "refused", "cut", "stream_error",
    "fenced", "malformed", "empty", "wrong_types", "incomplete", "no_usage", "not_streamed",
]  # fmt: skip
MODES: tuple[str, ...] = get_args(Mode)
DOC = re.compile(r'<doc id="([^"]+)"[^>]*>(.*?)</doc>', re.DOTALL)


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """How one request is served; times in seconds, `reply` replaces the answer from documents."""

    mode: str = "normal"
    reply: Mapping[str, Any] | str | None = None
    first_token_s: float = 0.02
    token_s: float = 0.0
    retry_after: str | None = None
    status: int = 500
    cut_after: int = 3


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


def read_plan(item: Mapping[str, Any]) -> Plan:
    """One plan from its JSON form."""
    unknown = set(item) - {known.name for known in fields(Plan)}
    if unknown or item.get("mode", "normal") not in MODES:
        raise ValueError(f"no such mode or key: {sorted(unknown) or item.get('mode')}")
    return replace(Plan(), **dict(item))


# --- what the "model" says --------------------------------------------------------------------


def request_text(body: Mapping[str, Any]) -> str:
    """All text of a request, of either wire."""
    messages = body.get("messages") or body.get("input") or []
    if isinstance(messages, str):
        return messages
    return "\n".join(str(message.get("content", "")) for message in messages)


def answer_from_documents(body: Mapping[str, Any]) -> dict[str, Any]:
    """The first sentence of the first document of the request, or a hand-over without one."""
    found = DOC.search(request_text(body))
    sentence = html.unescape(found.group(2)).strip().split(". ")[0] if found else ""
    return {
        "language": "en",
        "sources": [found.group(1)] if found else [],
        "answerable": bool(sentence),
        "reply": sentence,
        "handover": not sentence,
        "handover_reason": None if sentence else "no_answer",
        "intent": "question",
        "sentiment": "neutral",
    }


WRONG_TYPES = {
    "language": 7,
    "sources": "S1",
    "answerable": "certainly",
    "reply": ["not", "a", "text"],
    "handover": None,
    "handover_reason": {},
    "intent": False,
    "sentiment": 3.5,
}


def said_text(plan: Plan, body: Mapping[str, Any]) -> str:
    """The text that the model says under this plan."""
    if plan.mode == "empty":
        return ""
    reply = WRONG_TYPES if plan.mode == "wrong_types" else plan.reply
    if reply is None:
        reply = answer_from_documents(body)
    text = reply if isinstance(reply, str) else json.dumps(reply, ensure_ascii=False)
    if plan.mode == "fenced":
        return f"```json\n{text}\n```"
    if plan.mode == "malformed":
        return text.replace('"', "'")
    if plan.mode == "incomplete":
        return text[: len(text) // 2]
    return text


def pieces_of(text: str, size: int = 6) -> list[str]:
    """The text cut into the pieces that are streamed one by one."""
    return [text[start : start + size] for start in range(0, len(text), size)]


# --- the two wires ----------------------------------------------------------------------------


def token_counts(body: Mapping[str, Any], text: str) -> tuple[int, int]:
    """Tokens in and out, counted as one per four characters."""
    return max(1, len(json.dumps(body)) // 4), max(1, len(text) // 4)


def chat_usage(body: Mapping[str, Any], text: str) -> dict[str, int]:
    """Usage as the chat wire reports it."""
    used, made = token_counts(body, text)
    return {"prompt_tokens": used, "completion_tokens": made, "total_tokens": used + made}


def responses_usage(body: Mapping[str, Any], text: str) -> dict[str, Any]:
    """Usage as the responses wire reports it."""
    used, made = token_counts(body, text)
    return {
        "input_tokens": used,
        "output_tokens": made,
        "total_tokens": used + made,
        "input_tokens_details": {"cached_tokens": 0},
        "output_tokens_details": {"reasoning_tokens": 0},
    }


def chat_event(model: str, **part: Any) -> dict[str, Any]:
    """One chunk of a chat stream."""
    head = {"id": "chatcmpl-1", "object": "chat.completion.chunk", "created": int(time.time())}
    return {**head, "model": model, "choices": [], **part}


def chat_events(plan: Plan, body: Mapping[str, Any], text: str) -> list[dict[str, Any]]:
    """The chunks after the pieces: why it ended and, when asked for, the usage."""
    model = str(body.get("model"))
    reason = "length" if plan.mode == "incomplete" else "stop"
    ends = [{"index": 0, "delta": {}, "finish_reason": reason}]
    events = [chat_event(model, choices=ends)]
    wanted = (body.get("stream_options") or {}).get("include_usage")
    if wanted and plan.mode != "no_usage":
        events.append(chat_event(model, usage=chat_usage(body, text)))
    return events


def response_object(plan: Plan, body: Mapping[str, Any], text: str) -> dict[str, Any]:
    """The whole response of the responses wire."""
    done = plan.mode != "incomplete"
    content = [{"type": "output_text", "text": text, "annotations": []}]
    return {
        "id": "resp_1",
        "object": "response",
        "created_at": int(time.time()),
        "model": str(body.get("model")),
        "status": "completed" if done else "incomplete",
        "incomplete_details": None if done else {"reason": "max_output_tokens"},
        "error": None,
        "output": [{"id": "msg_1", "type": "message", "role": "assistant", "content": content}],
        "usage": None if plan.mode == "no_usage" else responses_usage(body, text),
    }


def sse(event: Mapping[str, Any], named: bool) -> bytes:
    """One server-sent event; the responses wire names its events."""
    name = f"event: {event['type']}\n" if named else ""
    return f"{name}data: {json.dumps(event, ensure_ascii=False)}\n\n".encode()


def piece_event(wire: str, model: str, piece: str) -> dict[str, Any]:
    """One streamed piece of text."""
    if wire == "responses":
        kind = "response.output_text.delta"
        return {"type": kind, "item_id": "msg_1", "output_index": 0, "delta": piece}
    choice = {"index": 0, "delta": {"content": piece}, "finish_reason": None}
    return chat_event(model, choices=[choice])


def failure_event(wire: str) -> dict[str, Any]:
    """An error in the middle of a stream."""
    if wire == "responses":
        return {"type": "error", "code": "server_error", "message": "scripted", "param": None}
    return {"error": {"message": "scripted", "type": "server_error", "code": "server_error"}}


def first_events(wire: str, plan: Plan, body: Mapping[str, Any]) -> list[dict[str, Any]]:
    """What a stream begins with."""
    if wire == "chat":
        choice = {"index": 0, "delta": {"role": "assistant", "content": ""}, "finish_reason": None}
        return [chat_event(str(body.get("model")), choices=[choice])]
    begun = {**response_object(plan, body, ""), "status": "in_progress", "output": []}
    return [{"type": "response.created", "response": begun}]


def last_events(wire: str, plan: Plan, body: Mapping[str, Any], text: str) -> list[dict[str, Any]]:
    """What a stream ends with."""
    if wire == "chat":
        return chat_events(plan, body, text)
    whole = response_object(plan, body, text)
    return [{"type": f"response.{whole['status']}", "response": whole}]


async def stream(
    wire: str, plan: Plan, body: Mapping[str, Any], record: Record
) -> AsyncIterator[bytes]:
    """The bytes of one streamed answer; a cut raises, which closes the socket in mid-stream."""
    text, named = said_text(plan, body), wire == "responses"
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
        for event in last_events(wire, plan, body, text):
            yield sse(event, named)
        if wire == "chat":
            yield b"data: [DONE]\n\n"
    except (asyncio.CancelledError, GeneratorExit):
        record.closed_by_client = True
        raise
    finally:
        record.ended_at = time.time()


def whole_answer(wire: str, plan: Plan, body: Mapping[str, Any]) -> dict[str, Any]:
    """The answer of a server that does not stream."""
    text = said_text(plan, body)
    if wire == "responses":
        return response_object(plan, body, text)
    message = {"role": "assistant", "content": text}
    choice = {"index": 0, "finish_reason": "stop", "message": message}
    head = {"id": "chatcmpl-1", "object": "chat.completion", "created": int(time.time())}
    return {
        **head,
        "model": str(body.get("model")),
        "choices": [choice],
        "usage": chat_usage(body, text),
    }


# --- HTTP -------------------------------------------------------------------------------------


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
    plan = with_pace(standin.next_plan())
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
