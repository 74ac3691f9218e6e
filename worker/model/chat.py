"""The `chat` wire: what nearly every server that imitates OpenAI's speaks."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from worker.model.schema import SCHEMA, SCHEMA_NAME
from worker.model.wire import (
    DONE,
    MAX_OUTPUT_TOKENS,
    Draft,
    ModelFailed,
    Opened,
    Wire,
    read_usage,
)
from worker.prompt import Prompt

if TYPE_CHECKING:
    from openai import AsyncOpenAI

FORMAT = {
    "type": "json_schema",
    "json_schema": {"name": SCHEMA_NAME, "strict": True, "schema": SCHEMA},
}


def open_call(client: AsyncOpenAI, model: str, prompt: Prompt, extras: bool) -> Opened:
    """One streamed call."""
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
    return client.chat.completions.with_streaming_response.create(**call)


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


CHAT = Wire(name="chat", open=open_call, fold=fold)
