"""The `responses` wire: OpenAI's own protocol."""

from __future__ import annotations

from collections.abc import Callable, Mapping
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
)
from worker.prompt import Prompt

REASONING_MODELS = ("gpt-5", "o1", "o3", "o4")
FORMAT = {"type": "json_schema", "name": SCHEMA_NAME, "strict": True, "schema": SCHEMA}
FAILURES = frozenset({"error", "response.failed"})
ENDINGS = frozenset({"response.completed", "response.incomplete"})


def endpoint(client: AsyncOpenAI) -> Callable[..., Opened]:
    """Where calls of this wire go."""
    return client.responses.with_streaming_response.create


def body(model: str, prompt: Prompt, extras: bool) -> dict[str, Any]:
    """What one streamed call sends; nothing of it is kept by the provider."""
    call: dict[str, Any] = {
        "model": model,
        "instructions": prompt.instructions,
        "input": [{"role": role, "content": content} for role, content in prompt.messages],
        "stream": True,
        "store": False,
    }
    if extras:
        call |= {"max_output_tokens": MAX_OUTPUT_TOKENS, "text": {"format": FORMAT}}
    if extras and model.startswith(REASONING_MODELS):
        call["reasoning"] = {"effort": "low"}
    return call


def fold(event: Mapping[str, Any], draft: Draft) -> None:
    """Adds one event to the draft; raises ModelFailed where the server reports a failure."""
    kind = event.get("type")
    if kind == "response.output_text.delta":
        draft.add(event.get("delta"))
    elif kind in FAILURES:
        raise ModelFailed("the server reported a failure in its stream")
    elif kind in ENDINGS:
        _end(event.get("response"), draft)
    elif event.get("object") == "response":
        _whole(event, draft)


def _end(response: object, draft: Draft) -> None:
    draft.done = True
    if isinstance(response, Mapping):
        draft.usage = read_usage(response.get("usage"), "input_tokens", "output_tokens")


def _whole(response: Mapping[str, Any], draft: Draft) -> None:
    """A server that did not stream after all."""
    for item in response.get("output") or []:
        for part in item.get("content") or []:
            draft.add(part.get("text"))
    _end(response, draft)


REQUIRED = {"model": omit, "stream": True}
RESPONSES = Wire(name="responses", required=REQUIRED, endpoint=endpoint, body=body, fold=fold)
