"""The `chat` wire: what nearly every server that imitates OpenAI's speaks."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from openai import AsyncOpenAI, omit

from worker.model.calls import read_usage
from worker.model.schema import SCHEMA, SCHEMA_NAME
from worker.model.wire import (
    DONE,
    MAX_OUTPUT_TOKENS,
    Draft,
    ModelFailed,
    Opened,
    Wire,
    an_object,
    objects,
    reasons,
    takes_effort,
)
from worker.prompt import Prompt
from worker.tools import Tool, ToolCall

FORMAT = {
    "type": "json_schema",
    "json_schema": {"name": SCHEMA_NAME, "strict": True, "schema": SCHEMA},
}


def endpoint(client: AsyncOpenAI) -> Callable[..., Opened]:
    """Where calls of this wire go."""
    return client.chat.completions.with_streaming_response.create


def body(model: str, prompt: Prompt, extras: bool) -> dict[str, Any]:
    """What one streamed call sends."""
    messages = [("system", prompt.instructions), *prompt.messages]
    call: dict[str, Any] = {
        "model": model,
        "messages": [
            *({"role": role, "content": content} for role, content in messages),
            *(message for calls in prompt.rounds for message in _round(calls)),
        ],
        "stream": True,
    }
    if prompt.tools:
        call["tools"] = [{"type": "function", "function": _offer(tool)} for tool in prompt.tools]
        call["tool_choice"] = "auto" if prompt.may_call else "none"
    if extras:
        call |= {
            _cap(model): MAX_OUTPUT_TOKENS,
            "response_format": FORMAT,
            "stream_options": {"include_usage": True},
        }
    if extras and takes_effort(model):
        call["reasoning_effort"] = "low"
    return call


def fold(event: Mapping[str, Any], draft: Draft) -> None:
    """Adds one chunk to the draft; raises ModelFailed where the server reports a failure."""
    if event.get("error"):
        raise ModelFailed("the server reported a failure in its stream")
    # The chunk that carries the usage has no choices.
    if used := event.get("usage"):
        draft.usage = read_usage(used, "prompt_tokens", "completion_tokens") or draft.usage
    if event is DONE:
        draft.done = True
    for choice in objects(event.get("choices")):
        part = an_object(choice.get("delta") or choice.get("message"))
        draft.add(part.get("content"))
        for place, call in enumerate(objects(part.get("tool_calls"))):
            asked = an_object(call.get("function"))
            place = call.get("index", place)
            draft.add_call(place, call.get("id"), asked.get("name"), asked.get("arguments"))
        if choice.get("finish_reason") is not None:
            draft.done = True


def _cap(model: str) -> str:
    """What the cap is called: models that reason refuse the name that all others know."""
    return "max_completion_tokens" if reasons(model) else "max_tokens"


def _offer(tool: Tool) -> dict[str, Any]:
    return {"name": tool.name, "description": tool.description, "parameters": tool.parameters}


def _round(calls: Sequence[tuple[ToolCall, str]]) -> Iterator[dict[str, Any]]:
    """What the model asked in one round, and what it got."""
    asked = [
        {
            "id": call.id,
            "type": "function",
            "function": {"name": call.name, "arguments": call.repeated()},
        }
        for call, _ in calls
    ]
    yield {"role": "assistant", "content": None, "tool_calls": asked}
    for call, text in calls:
        yield {"role": "tool", "tool_call_id": call.id, "content": text}


REQUIRED = {"model": omit, "messages": omit, "stream": True}
CHAT = Wire(name="chat", required=REQUIRED, endpoint=endpoint, body=body, fold=fold)
