"""One client of `streams` in a process of its own: so many calls at once, how long each took.

`default` is the library as it comes: `create(stream=True)`, its events iterated. `ours` is the
worker's provider with the worker's transport, from the prompt to the reply that was read.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
import time
from collections.abc import Awaitable, Callable

import uvloop
from openai import AsyncOpenAI

from worker.deadline import Deadline
from worker.knowledge import Passage
from worker.memory import settle
from worker.model import Watcher
from worker.model.admission import Seats
from worker.model.chat import CHAT, body
from worker.model.provider import Provider
from worker.model.rounds import Asking
from worker.prompt import build_prompt
from worker.turn import Turn

MODEL = "bench-standin"
PATIENCE_S = 300.0
MOST_CALLS = 10_000
ARTICLE = "Standard delivery takes two to four working days, express takes one working day."
TURN = Turn(
    job_id="j-1",
    attempt=1,
    conversation_id="c-1",
    channel_type="website",
    question="How long does delivery take?",
    language="en",
    knowledge=(
        Passage(
            article_id="a-1",
            chunk_id="c-1",
            title="Delivery times",
            content=ARTICLE,
            article=ARTICLE,
            language="en",
            coverage=0.8,
            rank=1,
        ),
    ),
)

Call = Callable[[], Awaitable[bool]]


def default(url: str) -> Call:
    """The library's own client."""
    # As it comes but for its patience: most of a thousand calls would fail to connect in 5 s.
    client = AsyncOpenAI(api_key="bench", base_url=url, max_retries=0, timeout=PATIENCE_S)

    async def call() -> bool:
        said = ""
        request = body(MODEL, build_prompt(TURN), True)
        async for event in await client.chat.completions.create(**request):
            if event.choices and (text := event.choices[0].delta.content):
                said += text
        return bool(json.loads(said)["answerable"])

    return call


def ours(url: str) -> Call:
    """What the worker does for a turn."""
    # As many at once as are asked for: what is measured is the client, not the worker's limit.
    seats = Seats(MOST_CALLS)
    provider = Provider(CHAT, model=MODEL, api_key="bench", base_url=url, seats=seats)
    settle()  # as the worker does once it is built

    async def call() -> bool:
        deadline = Deadline(asyncio.get_running_loop().time() + PATIENCE_S)
        asking = Asking(turn=TURN, prompt=build_prompt(TURN), deadline=deadline, watcher=Watcher())
        reply = await provider.ask(asking)
        return reply.outcome == "answer"

    return call


CLIENTS: dict[str, Callable[[str], Call]] = {"default": default, "ours": ours}


async def measure(call: Call, count: int) -> dict[str, object]:
    """So many calls begun at once, after one that loads what is loaded once."""
    await call()
    used = time.process_time()
    began = time.perf_counter()

    async def timed() -> float | None:
        return time.perf_counter() - began if await call() else None

    took = await asyncio.gather(*(timed() for _ in range(count)))
    cpu = time.process_time() - used
    return {"took": [one for one in took if one is not None], "cpu": cpu}


def main() -> None:
    """The command line: client, address, calls."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("client", choices=CLIENTS)
    parser.add_argument("url")
    parser.add_argument("calls", type=int)
    options = parser.parse_args()
    result = uvloop.run(measure(CLIENTS[options.client](options.url), options.calls))
    json.dump(result, sys.stdout)


if __name__ == "__main__":
    main()
