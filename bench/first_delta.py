"""From the moment a model's text may be shown to the moment a follower's client has it."""

from __future__ import annotations

import asyncio
import json
import time
from typing import Any

import httpx
import psycopg
from realtime import AsyncRealtimeClient

from bench.figures import Figure, percentile
from bench.sizes import Sizes
from bench.turns import QUESTION, Desk, running_desk
from local.standins.openai_script import answer_from_documents, pieces_of
from worker.model.reading import shown_part
from worker.streaming import hold_back
from worker.turn import read_turn

GOAL_MS = 150.0
HEARD_WITHIN_S = 15.0
PACE = {"first_token_s": 0.4, "token_s": 0.02}
WRITE = "select public.create_conversation(%s, 'website', %s)"
ARTICLE = {"article_id": "a", "chunk_id": None, "title": "", "content": "", "language": "en"}


def first_delta(sizes: Sizes) -> list[Figure]:
    """Some questions, one after the other, each followed by the real client."""
    with running_desk(PACE) as desk:
        waits = asyncio.run(follow_all(desk, sizes.turns))
    p95 = percentile(waits, 0.95)
    note = f"{len(waits)} replies; the model's text may be shown -> callback of the client"
    return [
        Figure(bench="first_delta", name="p50", value=percentile(waits, 0.5), unit="ms", note=note),
        Figure(
            bench="first_delta",
            name="p95",
            value=p95,
            unit="ms",
            goal=f"<= {GOAL_MS:.0f} ms",
            reached=p95 <= GOAL_MS,
        ),
    ]


async def follow_all(desk: Desk, count: int) -> list[float]:
    """Milliseconds of each question's first text."""
    return [await follow(desk, number) for number in range(count)]


async def follow(desk: Desk, number: int) -> float:
    """One conversation: joined, asked, and its first text heard."""
    run, heard, joined = desk.stack.run, asyncio.Event(), asyncio.Event()
    at: list[float] = []

    def hear(_: Any) -> None:
        at.append(time.time())
        heard.set()

    with psycopg.connect(desk.stack.plan.db_url, autocommit=True) as database:
        who = f"follower{number}@example.com"
        row: Any = database.execute(WRITE, [who, ""]).fetchone()
        client = AsyncRealtimeClient(f"{run['api_url']}/realtime/v1", token=run["service_role_key"])
        options: Any = {"config": {"private": True}}
        channel = client.channel(f"conversation:{row[0]}", options)
        channel.on_broadcast("ai_delta", hear)
        await channel.subscribe(lambda state, _: joined.set() if state == "SUBSCRIBED" else None)
        await asyncio.wait_for(joined.wait(), HEARD_WITHIN_S)
        database.execute(WRITE, [who, QUESTION])
        await asyncio.wait_for(heard.wait(), HEARD_WITHIN_S)
        await client.close()
    record = httpx.get(f"{desk.model_url}/_standin/requests").json()[-1]
    return (at[0] - float(record["started_at"])) * 1000 - showable_after_s(record["body"]) * 1000


def showable_after_s(body: dict[str, Any]) -> float:
    """When the scripted model had said enough for the first text, from its request on."""
    pieces = pieces_of(json.dumps(answer_from_documents(body), ensure_ascii=False))
    turn = read_turn(
        {
            "job_id": "j",
            "attempt": 1,
            "conversation_id": "c",
            "channel_type": "website",
            "knowledge": [{**ARTICLE, "rank": 1}],
        }
    )
    for count in range(1, len(pieces) + 1):
        if hold_back(shown_part(turn, "".join(pieces[:count])), is_final=False):
            return PACE["first_token_s"] + (count - 1) * PACE["token_s"]
    raise ValueError("the reply is too short to be shown before its end")
