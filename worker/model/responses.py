"""The `responses` wire: OpenAI's own protocol."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from openai import AsyncOpenAI, omit

from worker.model.calls import read_usage
from worker.model.schema import SCHEMA, SCHEMA_NAME
from worker.model.wire import (
    MAX_OUTPUT_TOKENS,
    Draft,
    ModelFailed,
    Opened,
    Wire,
    objects,
    takes_effort,
)
from worker.prompt import Prompt
from worker.tools import Tool, ToolCall

FORMAT = {"type": "json_schema", "name": SCHEMA_NAME, "strict": True, "schema": SCHEMA}
FAILURES = ("error", "response.failed")
ENDINGS = ("response.completed", "response.incomplete")


def endpoint(client: AsyncOpenAI) -> Callable[..., Opened]:
    """Where calls of this wire go."""
    return client.responses.with_streaming_response.create


def body(model: str, prompt: Prompt, extras: bool) -> dict[str, Any]:
    """What one streamed call sends; nothing of it is kept by the provider."""
    call: dict[str, Any] = {
        "model": model,
        "instructions": prompt.instructions,
        "input": [
            *({"role": role, "content": content} for role, content in prompt.messages),
            *(item for calls in prompt.rounds for item in _round(calls)),
        ],
        "stream": True,
        "store": False,
    }
    if prompt.tools:
        call["tools"] = [_offer(tool) for tool in prompt.tools]
        call["tool_choice"] = "auto" if prompt.may_call else "none"
    if extras:
        call |= {"max_output_tokens": MAX_OUTPUT_TOKENS, "text": {"format": FORMAT}}
    if extras and takes_effort(model):
        call["reasoning"] = {"effort": "low"}
    return call


def fold(event: Mapping[str, Any], draft: Draft) -> None:
    """Adds one event to the draft; raises ModelFailed where the server reports a failure."""
    kind = event.get("type")
    if kind == "response.output_text.delta":
        draft.add(event.get("delta"))
    elif kind == "response.output_item.added":
        _begin_call(event.get("item"), event.get("output_index"), draft)
    elif kind == "response.function_call_arguments.delta":
        draft.add_call(event.get("output_index"), None, None, event.get("delta"))
    elif kind == "response.function_call_arguments.done":
        draft.calls.finish(event.get("output_index"), event.get("arguments"))
    elif kind in FAILURES:
        raise ModelFailed("the server reported a failure in its stream")
    elif kind in ENDINGS:
        _end(event.get("response"), draft)
    elif event.get("object") == "response":
        _whole(event, draft)


def _begin_call(item: object, place: object, draft: Draft) -> None:
    if isinstance(item, Mapping) and item.get("type") == "function_call":
        draft.add_call(place, item.get("call_id"), item.get("name"), item.get("arguments"))


def _end(response: object, draft: Draft) -> None:
    draft.done = True
    if isinstance(response, Mapping):
        draft.usage = read_usage(response.get("usage"), "input_tokens", "output_tokens")


def _whole(response: Mapping[str, Any], draft: Draft) -> None:
    """A server that did not stream after all."""
    for place, item in enumerate(objects(response.get("output"))):
        _begin_call(item, place, draft)
        for part in objects(item.get("content")):
            draft.add(part.get("text"))
    _end(response, draft)


def _offer(tool: Tool) -> dict[str, Any]:
    """A tool whose schema need not be one of the strict kind: whoever adds a row writes it."""
    return {
        "type": "function",
        "name": tool.name,
        "description": tool.description,
        "parameters": tool.parameters,
        "strict": False,
    }


def _round(calls: Sequence[tuple[ToolCall, str]]) -> Iterator[dict[str, Any]]:
    """What the model asked in one round, and what it got."""
    for call, _ in calls:
        asked = {"call_id": call.id, "name": call.name, "arguments": call.repeated()}
        yield {"type": "function_call", **asked}
    for call, text in calls:
        yield {"type": "function_call_output", "call_id": call.id, "output": text}


REQUIRED = {"model": omit, "stream": True}
RESPONSES = Wire(name="responses", required=REQUIRED, endpoint=endpoint, body=body, fold=fold)
