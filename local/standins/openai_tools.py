"""Calls of tools as the OpenAI stand-in makes them: those of its script, on both wires."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

PIECE = 9


def read_calls(calls: Sequence[Mapping[str, Any]]) -> list[dict[str, str]]:
    """Calls of a script: `arguments` may be an object or any text, as models write it."""
    return [
        {"id": f"call_{number}", "name": str(call["name"]), "arguments": _text(call["arguments"])}
        for number, call in enumerate(calls)
    ]


def chat_calls(calls: Sequence[Mapping[str, str]]) -> list[dict[str, Any]]:
    """Whole calls as a message of the chat wire has them."""
    return [
        {
            "id": call["id"],
            "type": "function",
            "function": {"name": call["name"], "arguments": call["arguments"]},
        }
        for call in calls
    ]


def response_calls(calls: Sequence[Mapping[str, str]]) -> list[dict[str, Any]]:
    """Whole calls as items of the responses wire."""
    return [
        {
            "id": f"fc_{call['id']}",
            "type": "function_call",
            "call_id": call["id"],
            "name": call["name"],
            "arguments": call["arguments"],
            "status": "completed",
        }
        for call in calls
    ]


def chat_deltas(calls: Sequence[Mapping[str, str]]) -> Iterator[dict[str, Any]]:
    """Deltas of a chat stream: the name of each call, then its arguments piece by piece."""
    for number, call in enumerate(chat_calls(calls)):
        name = {"name": call["function"]["name"], "arguments": ""}
        yield {"tool_calls": [{"index": number, **call, "function": name}]}
        for piece in _pieces(call["function"]["arguments"]):
            yield {"tool_calls": [{"index": number, "function": {"arguments": piece}}]}


def response_events(calls: Sequence[Mapping[str, str]]) -> Iterator[dict[str, Any]]:
    """Events of a responses stream: each item begins, grows and is done."""
    for number, item in enumerate(response_calls(calls)):
        place = {"output_index": number, "item_id": item["id"]}
        begun = {**item, "arguments": "", "status": "in_progress"}
        yield {"type": "response.output_item.added", "output_index": number, "item": begun}
        for piece in _pieces(item["arguments"]):
            yield {"type": "response.function_call_arguments.delta", **place, "delta": piece}
        whole = {"arguments": item["arguments"], "name": item["name"]}
        yield {"type": "response.function_call_arguments.done", **place, **whole}
        yield {"type": "response.output_item.done", "output_index": number, "item": item}


def _text(arguments: object) -> str:
    return arguments if isinstance(arguments, str) else json.dumps(arguments)


def _pieces(text: str) -> Iterator[str]:
    return (text[start : start + PIECE] for start in range(0, len(text), PIECE))
