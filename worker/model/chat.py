"""The `chat` wire: what nearly every server that imitates OpenAI's speaks."""

from __future__ import annotations

from collections.abc import Callable, Mapping
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
)
from worker.prompt import Prompt

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
        "messages": [{"role": role, "content": content} for role, content in messages],
        "stream": True,
    }
    if extras:
        call |= {
            "max_tokens": MAX_OUTPUT_TOKENS,
            "response_format": FORMAT,
            "stream_options": {"include_usage": True},
        }
    return call


def fold(event: Mapping[str, Any], draft: Draft) -> None:
    """Adds one chunk to the draft; raises ModelFailed where the server reports a failure."""
    if event.get("error"):
        raise ModelFailed("the server reported a failure in its stream")
    # The chunk that carries the usage has no choices.
    draft.usage = (
        read_usage(event.get("usage"), "prompt_tokens", "completion_tokens") or draft.usage
    )
    draft.done = draft.done or event is DONE
    for choice in event.get("choices") or []:
        part = choice.get("delta") or choice.get("message") or {}
        draft.add(part.get("content"))
        draft.done = draft.done or choice.get("finish_reason") is not None


REQUIRED = {"model": omit, "messages": omit, "stream": True}
CHAT = Wire(name="chat", required=REQUIRED, endpoint=endpoint, body=body, fold=fold)
