"""What both wires to a language model share: one streamed call, read as it comes.

The bytes of the stream are parsed here, because the library's typed events cost several times the
processor time and raise on what foreign servers send. The library's own retries are off: they
sleep past any deadline.
"""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from typing import Any

import httpx2
import jiter
import openai
from openai import APIStatusError, AsyncAPIResponse, AsyncOpenAI

from worker.model.calls import Usage
from worker.model.tool_calls import Calls
from worker.model.transport import Body
from worker.model.watching import Watcher
from worker.prompt import Prompt

MAX_OUTPUT_TOKENS = 800
TEXT_LIMIT = 40_000
MOST_CALLS = 100
RETRYABLE_STATUS = frozenset({408, 409, 429})
EXTRAS_REFUSED = frozenset({400, 422})
MISCONFIGURED = frozenset({401, 403, 404})
# Models that think before they write, gpt-5 and o1 and all after them; some of those have an effort
# of their own and refuse to be told one.
REASONING = re.compile(r"(?:gpt-(?:[5-9]|[1-9]\d)|o[1-9])(?![0-9a-z])")
OF_ONE_EFFORT = re.compile(r"-(?:chat|pro)(?![0-9a-z])")
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

    @property
    def is_misconfigured(self) -> bool:
        """Whether only a person can mend it: a wrong key, address or name of a model."""
        return self.status in MISCONFIGURED


class OutOfShape(ModelFailed):
    """A server sent what nobody can read; our own faults are never called that."""

    def __init__(self) -> None:
        super().__init__("an event is out of shape", status=200)


def reasons(model: str) -> bool:
    """Whether a model of this name thinks before it writes; routers put a maker before the name."""
    return REASONING.match(model.rpartition("/")[2]) is not None


def takes_effort(model: str) -> bool:
    """Whether a model of this name may be told how hard to think."""
    return reasons(model) and OF_ONE_EFFORT.search(model) is None


def an_object(value: object) -> Mapping[str, Any]:
    """An object where a server has to put one, empty where it put nothing; raises OutOfShape."""
    if isinstance(value, dict):
        return value
    if value:
        raise OutOfShape
    return {}


def objects(value: object) -> Iterator[Mapping[str, Any]]:
    """The objects of a list where a server has to put one; raises OutOfShape."""
    if isinstance(value, list):
        return map(an_object, value)
    if value:
        raise OutOfShape
    return iter(())


@dataclass(slots=True)
class Draft:
    """What a stream has brought so far; `done` once the server said that it is complete.

    `size` counts the text and what it wrote for tools; `first_at` is the monotonic second of the
    first piece.
    """

    text: str = ""
    size: int = 0
    done: bool = False
    usage: Usage | None = None
    first_at: float | None = None
    calls: Calls = field(default_factory=Calls)

    def add(self, piece: object) -> None:
        """Takes one piece of text; raises ModelFailed when a server does not stop talking."""
        if isinstance(piece, str) and piece:
            self.text += piece
            self._grow(piece)

    def add_call(self, place: object, call_id: object, name: object, piece: object) -> None:
        """Takes a part of a call of a tool: its beginning, with a name, or some of its arguments.

        Raises ModelFailed as `add` does, and for more calls than anybody makes.
        """
        self._grow(self.calls.add(place, call_id, name, piece))
        if len(self.calls) > MOST_CALLS:
            raise ModelFailed("the list of calls is too long", status=200)

    def _grow(self, piece: str) -> None:
        if self.first_at is None:
            self.first_at = time.monotonic()
        self.size += len(piece)
        if self.size > TEXT_LIMIT:
            raise ModelFailed("the text is too long", status=200)


Opened = AbstractAsyncContextManager[AsyncAPIResponse[Any]]  # Any: we read the bytes ourselves
Create = Callable[..., Opened]


@dataclass(frozen=True, slots=True, kw_only=True)
class Wire:
    """One protocol: where it is called, with what (extras or plain), and what one event means.

    `required` are the arguments that the library wants to see; the body overrides them. It goes
    past the library's models of requests, which take four times as long as all the rest.
    """

    name: str
    required: Mapping[str, Any]
    endpoint: Callable[[AsyncOpenAI], Create]
    body: Callable[[str, Prompt, bool], dict[str, Any]]
    fold: Callable[[Mapping[str, Any], Draft], None]

    async def stream(
        self, create: Create, body: Mapping[str, Any], draft: Draft, watcher: Watcher
    ) -> None:
        """One call, read into the draft; raises ModelFailed for all that goes wrong, Blocked."""
        try:
            async with create(**self.required, extra_body=body) as response:
                await self._read(response, draft, watcher)
        except openai.APIStatusError as error:
            raise ModelFailed(
                f"status {error.status_code}",
                status=error.status_code,
                retry_after=retry_after_of(error),
            ) from error
        except (openai.OpenAIError, httpx2.HTTPError, httpx2.StreamError, OSError) as error:
            raise ModelFailed(type(error).__name__) from error
        if not draft.done:
            raise ModelFailed("the stream ended before the answer did")

    async def _read(self, response: AsyncAPIResponse[Any], draft: Draft, watcher: Watcher) -> None:
        """Folds the events of a response; a server that does not stream sends one object."""
        if "json" in response.headers.get("content-type", ""):
            self.fold(an_object(_parsed(json.loads, await response.read())), draft)
            watcher.wrote(draft.text)
            return
        events = Events()

        def take(data: bytes) -> None:
            self._take(events.feed(data), draft, watcher)

        stream = response.http_response.stream
        if isinstance(stream, Body) and "content-encoding" not in response.headers:
            await stream.pour(take)
        else:
            async for data in response.iter_bytes():
                take(data)
        self._take(events.end(), draft, watcher)

    def _take(self, events: list[Mapping[str, Any]], draft: Draft, watcher: Watcher) -> None:
        before = draft.size
        for event in events:
            self.fold(event, draft)
        if draft.size > before:
            watcher.wrote(draft.text)


class Events:
    """Server-sent events out of bytes, wherever the network cuts them; `[DONE]` gives DONE.

    Lines are split at line feeds only: text may hold other characters that Python calls line ends.
    """

    def __init__(self) -> None:
        self._rest = b""

    def feed(self, data: bytes) -> list[Mapping[str, Any]]:
        """The objects of the lines that are complete now; raises OutOfShape for a broken one."""
        *lines, self._rest = (self._rest + data).split(b"\n")
        return [found for line in lines if line and (found := _event(line)) is not None]

    def end(self) -> list[Mapping[str, Any]]:
        """The object of a last line that nobody ended."""
        found = _event(self._rest)
        return [] if found is None else [found]


def _event(line: bytes) -> Mapping[str, Any] | None:
    if not line.startswith(b"data:"):
        return None
    data = line[5:].strip()
    if data == b"[DONE]":
        return DONE
    value = _parsed(jiter.from_json, data) if data else None
    return value if isinstance(value, dict) else None


def _parsed(parse: Callable[[bytes], Any], data: bytes) -> Any:  # Any: JSON as it comes
    try:
        return parse(data)
    except (ValueError, RecursionError) as error:
        raise OutOfShape from error


def retry_after_of(error: APIStatusError) -> float:
    """Seconds the server asks to wait; infinite where it says so in a way we do not read."""
    text = error.response.headers.get("retry-after")
    if text is None:
        return 0.0
    try:
        return max(0.0, float(text))
    except ValueError:
        return float("inf")
