"""What both wires to a language model share: one streamed call under an absolute deadline.

The bytes of the stream are read as they come and parsed here, because the library's typed events
cost several times the processor time and raise on what foreign servers send. The library's own
retries are off: they sleep past any deadline.
"""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field, replace
from typing import Any

import httpx2
import openai
from openai import APIStatusError, AsyncAPIResponse, AsyncOpenAI

from worker.deadline import RETRY_NEEDS_S, Deadline
from worker.model import Reply, Usage
from worker.model.reading import BadReply, read_reply
from worker.prompt import Prompt, build_prompt
from worker.turn import Turn

CONNECT_TIMEOUT_S = 1.0
READ_TIMEOUT_S = 5.0
POOL_TIMEOUT_S = 0.5
MAX_OUTPUT_TOKENS = 800
CHARACTERS_PER_TOKEN = 4
TEXT_LIMIT = 40_000
RETRYABLE_STATUS = frozenset({408, 409, 429})
EXTRAS_REFUSED = frozenset({400, 422})
DONE: Mapping[str, Any] = {"type": "done"}


class ModelFailed(Exception):
    """A provider gave no usable answer; `status` is None where the connection itself failed."""

    def __init__(
        self, detail: str, *, status: int | None = None, retry_after: float | None = None
    ) -> None:
        super().__init__(detail)
        self.status = status
        self.retry_after = retry_after or 0.0

    @property
    def may_pass(self) -> bool:
        """Whether the same call can succeed a moment later."""
        return self.status is None or self.status in RETRYABLE_STATUS or self.status >= 500


@dataclass(slots=True)
class Draft:
    """What a stream has brought so far; `done` once the server said that it is complete."""

    pieces: list[str] = field(default_factory=list)
    size: int = 0
    done: bool = False
    usage: Usage | None = None

    def add(self, piece: object) -> None:
        """Takes one piece of text; raises ModelFailed when a server does not stop talking."""
        if not isinstance(piece, str):
            return
        self.pieces.append(piece)
        self.size += len(piece)
        if self.size > TEXT_LIMIT:
            raise ModelFailed("the text is too long", status=200)

    @property
    def text(self) -> str:
        """The whole text so far."""
        return "".join(self.pieces)


Opened = AbstractAsyncContextManager[AsyncAPIResponse[Any]]  # Any: we read the bytes ourselves


@dataclass(frozen=True, slots=True, kw_only=True)
class Wire:
    """One protocol: where it is called, with what (extras or plain), and what one event means."""

    name: str
    endpoint: Callable[[AsyncOpenAI], Callable[..., Opened]]
    body: Callable[[str, Prompt, bool], dict[str, Any]]
    fold: Callable[[Mapping[str, Any], Draft], None]


class WireModel:
    """A language model behind one wire."""

    def __init__(self, wire: Wire, *, model: str, api_key: str, base_url: str) -> None:
        self.name = model
        self._wire = wire
        self._client = build_client(api_key, base_url)
        # The library loads an endpoint when it is first named; a turn has no time for that.
        self._create = wire.endpoint(self._client)
        self._extras = True

    async def reply(self, turn: Turn, deadline: Deadline) -> Reply:
        """The model's reply, or a hand-over with the error; nothing that a provider does raises."""
        started, prompt, draft = time.monotonic(), build_prompt(turn), Draft()
        try:
            async with asyncio.timeout_at(deadline.model_stop):
                draft = await self._ask(prompt, deadline)
            reply = read_reply(turn, draft.text)
        except TimeoutError:
            reply = _failed("model_timeout", "no complete answer in time")
        except (ModelFailed, BadReply) as failure:
            reply = _failed("model_error", str(failure))
        return replace(
            reply,
            usage=draft.usage or estimated_usage(prompt, draft),
            model=self.name,
            wire=self._wire.name,
            latency_ms=round((time.monotonic() - started) * 1000),
        )

    async def close(self) -> None:
        """Closes the connections to the provider."""
        await self._client.close()

    async def _ask(self, prompt: Prompt, deadline: Deadline) -> Draft:
        """One call, and a second one where that can help and fits; raises ModelFailed."""
        try:
            return await self._stream(prompt, extras=self._extras)
        except ModelFailed as failure:
            plain = self._extras and failure.status in EXTRAS_REFUSED
            if not (plain or failure.may_pass):
                raise
            if deadline.model_left() < failure.retry_after + RETRY_NEEDS_S:
                raise
            await asyncio.sleep(failure.retry_after)
        draft = await self._stream(prompt, extras=self._extras and not plain)
        # A server that only takes the plain call gets it at once from now on.
        self._extras = self._extras and not plain
        return draft

    async def _stream(self, prompt: Prompt, *, extras: bool) -> Draft:
        """One call; raises ModelFailed for everything a provider or the network does."""
        draft = Draft()
        try:
            async with self._create(**self._wire.body(self.name, prompt, extras)) as response:
                async for event in _events_in(response):
                    self._wire.fold(event, draft)
        except openai.APIStatusError as error:
            raise ModelFailed(
                f"status {error.status_code}",
                status=error.status_code,
                retry_after=retry_after_of(error),
            ) from error
        except (openai.OpenAIError, httpx2.HTTPError, OSError) as error:
            raise ModelFailed(type(error).__name__) from error
        except (AttributeError, TypeError, ValueError) as error:
            # Foreign servers put anything anywhere; what the fold cannot walk is out of shape.
            raise ModelFailed("an event is out of shape", status=200) from error
        if not draft.done:
            raise ModelFailed("the stream ended before the answer did")
        return draft


def build_client(api_key: str, base_url: str) -> AsyncOpenAI:
    """The library's client without its own retries; an empty address is OpenAI's."""
    return AsyncOpenAI(
        # A local server needs no key, but the library insists on some text.
        api_key=api_key or "none",
        base_url=base_url or None,
        max_retries=0,
        timeout=httpx2.Timeout(READ_TIMEOUT_S, connect=CONNECT_TIMEOUT_S, pool=POOL_TIMEOUT_S),
    )


async def events_of(chunks: AsyncIterator[bytes]) -> AsyncIterator[Mapping[str, Any]]:
    """The JSON objects of a stream of server-sent events; `[DONE]` gives DONE.

    Lines are split at line feeds only: text may hold other characters that Python calls line ends.
    """
    rest = b""
    async for chunk in chunks:
        *lines, rest = (rest + chunk).split(b"\n")
        for line in lines:
            if (event := _event(line)) is not None:
                yield event
    if (event := _event(rest)) is not None:
        yield event


async def _events_in(response: AsyncAPIResponse[Any]) -> AsyncIterator[Mapping[str, Any]]:
    """The events of a response; a server that does not stream sends one object."""
    if "json" in response.headers.get("content-type", ""):
        yield json.loads(await response.read())
        return
    async for event in events_of(response.iter_bytes()):
        yield event


def _event(line: bytes) -> Mapping[str, Any] | None:
    if not line.startswith(b"data:"):
        return None
    data = line.removeprefix(b"data:").strip()
    if data == b"[DONE]":
        return DONE
    value = json.loads(data) if data else None
    return value if isinstance(value, dict) else None


def retry_after_of(error: APIStatusError) -> float:
    """Seconds the server asks to wait; infinite where it says so in a way we do not read."""
    text = error.response.headers.get("retry-after")
    if text is None:
        return 0.0
    try:
        return max(0.0, float(text))
    except ValueError:
        return float("inf")


def estimated_usage(prompt: Prompt, draft: Draft) -> Usage:
    """The usage of a call whose server did not count it."""
    used, made = prompt.characters() // CHARACTERS_PER_TOKEN, draft.size // CHARACTERS_PER_TOKEN
    return Usage(input_tokens=used, output_tokens=made, total_tokens=used + made, estimated=True)


def read_usage(found: object, used_key: str, made_key: str) -> Usage | None:
    """The usage of an event; None where the server sent none that makes sense."""
    if not isinstance(found, Mapping):
        return None
    used, made = found.get(used_key), found.get(made_key)
    if not (isinstance(used, int) and isinstance(made, int)):
        return None
    return Usage(input_tokens=used, output_tokens=made, total_tokens=used + made)


def _failed(reason: str, detail: str) -> Reply:
    return Reply(outcome="hand_over", reason=reason, error=f"{reason}: {detail}")
