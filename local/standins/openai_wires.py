"""The two wires of the OpenAI stand-in: events of `responses` and of `chat`."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator, Mapping
from typing import Any

from local.standins.openai_script import Plan, said_text
from local.standins.openai_tools import (
    chat_calls,
    chat_deltas,
    read_calls,
    response_calls,
    response_events,
)


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
    reason = {"incomplete": "length", "tools": "tool_calls"}.get(plan.mode, "stop")
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
    said = [{"id": "msg_1", "type": "message", "role": "assistant", "content": content}]
    return {
        "id": "resp_1",
        "object": "response",
        "created_at": int(time.time()),
        "model": str(body.get("model")),
        "status": "completed" if done else "incomplete",
        "incomplete_details": None if done else {"reason": "max_output_tokens"},
        "error": None,
        "output": response_calls(read_calls(plan.calls)) or said,
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


def call_events(wire: str, plan: Plan, model: str) -> Iterator[dict[str, Any]]:
    """The calls of tools of a plan, streamed; none in any other mode."""
    calls = read_calls(plan.calls)
    if wire == "responses":
        yield from response_events(calls)
        return
    for delta in chat_deltas(calls):
        yield chat_event(model, choices=[{"index": 0, "delta": delta, "finish_reason": None}])


def failure_event(wire: str) -> dict[str, Any]:
    """An error in the middle of a stream."""
    if wire == "responses":
        return {"type": "error", "code": "server_error", "message": "scripted", "param": None}
    return {"error": {"message": "scripted", "type": "server_error", "code": "server_error"}}


def first_events(wire: str, plan: Plan, body: Mapping[str, Any]) -> list[dict[str, Any]]:
    """What a stream begins with: that it does, and the calls of tools of the plan."""
    model = str(body.get("model"))
    if wire == "chat":
        choice = {"index": 0, "delta": {"role": "assistant", "content": ""}, "finish_reason": None}
        begun = chat_event(model, choices=[choice])
    else:
        response = {**response_object(plan, body, ""), "status": "in_progress", "output": []}
        begun = {"type": "response.created", "response": response}
    return [begun, *call_events(wire, plan, model)]


def last_events(wire: str, plan: Plan, body: Mapping[str, Any], text: str) -> list[dict[str, Any]]:
    """What a stream ends with."""
    if wire == "chat":
        return chat_events(plan, body, text)
    whole = response_object(plan, body, text)
    return [{"type": f"response.{whole['status']}", "response": whole}]


def whole_answer(wire: str, plan: Plan, body: Mapping[str, Any]) -> dict[str, Any]:
    """The answer of a server that does not stream."""
    text = said_text(plan, body)
    if wire == "responses":
        return response_object(plan, body, text)
    message: dict[str, Any] = {"role": "assistant", "content": text}
    if plan.calls:
        message["tool_calls"] = chat_calls(read_calls(plan.calls))
    choice = {"index": 0, "finish_reason": "stop", "message": message}
    head = {"id": "chatcmpl-1", "object": "chat.completion", "created": int(time.time())}
    return {
        **head,
        "model": str(body.get("model")),
        "choices": [choice],
        "usage": chat_usage(body, text),
    }
