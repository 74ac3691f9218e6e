"""Turns of the past are tried by the code of live ones, beside them, and nothing is sent."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

from psycopg.types.json import Jsonb

from romashka.settings import Settings
from tests.waiting import wait_until_async
from tests.worker.conftest import StandIn
from tests.worker.offices import Office, answering, shared_of
from worker.backtests import BacktestLoop
from worker.patience import end

EMBEDDED = Settings()


@asynccontextmanager
async def trying(
    office: Office, settings: Settings = EMBEDDED, is_busy: Callable[[], bool] = lambda: False
) -> AsyncIterator[BacktestLoop]:
    """A loop that tries past turns for the length of a block."""
    async with shared_of(office) as shared:
        loop = BacktestLoop(shared, settings, is_busy)
        running = asyncio.create_task(loop.run())
        yield loop
        loop.stop()
        await loop.drain(0.1)
        await end([running])


def asked(office: Office, *questions: str) -> None:
    """Turns of the past that nobody answered."""
    for number, question in enumerate(questions):
        office.ask(question, f"4915100000{number:03}")
    office.rows("update private.reply_jobs set state = 'cancelled', outcome = 'taken_over'")


def backtest(office: Office, **candidate: Any) -> str:
    return str(office.value("select backtest(%s) ->> 'id'", Jsonb(candidate)))


def found(office: Office, identity: str) -> dict[str, Any]:
    return office.value("select get_backtest(%s)", identity)


async def finished(office: Office, identity: str) -> dict[str, Any]:
    await wait_until_async(lambda: found(office, identity)["state"] == "done", 20)
    return found(office, identity)


async def test_past_turns_are_tried_and_nobody_hears_of_it(office: Office) -> None:
    asked(office, "How long does delivery take?", "Do you sell boats?", "I want to talk to a human")
    messages = office.value("select count(*) from messages")
    identity = backtest(office, model="embedded")
    async with trying(office):
        result = await finished(office, identity)
    report = result["report"]
    assert (report["answered"], report["handed_over"], result["failed"]) == (1, 2, 0)
    assert report["p95_ms"] > 0
    assert office.value("select count(*) from messages") == messages
    assert office.value("select count(*) from ai_runs") == 0


async def test_a_language_model_is_tried_by_its_name_and_its_cost_kept(
    office: Office, standin: StandIn
) -> None:
    standin.play()
    asked(office, "How long does delivery take?")
    office.rows(
        "insert into model_prices (model, input_microusd, output_microusd) values ('m-2', 1e6, 1e6)"
    )
    settings = Settings(
        openai_api_key="k", openai_base_url=f"{standin.url}/v1", ai_wire="chat", openai_model="m-1"
    )
    identity = backtest(office, model="m-2")
    async with trying(office, settings):
        report = (await finished(office, identity))["report"]
    assert [request["body"]["model"] for request in standin.requests()] == ["m-2"]
    assert report["answered"] == 1
    assert report["cost_microusd"] > 0
    calls = office.rows("select purpose, model, outcome from ai_calls")
    assert calls == [{"purpose": "backtest", "model": "m-2", "outcome": "answered"}]


async def test_a_model_without_a_server_is_a_fault_that_is_told(office: Office) -> None:
    asked(office, "How long does delivery take?")
    identity = backtest(office, model="gpt-9")
    async with trying(office):
        result = await finished(office, identity)
    assert result["failed"] == 1
    assert (
        result["error"]
        == "no server for models is set, so gpt-9 cannot be tried: set OPENAI_API_KEY"
    )


async def test_past_turns_wait_while_there_is_live_work(office: Office) -> None:
    asked(office, "How long does delivery take?")
    identity = backtest(office)
    busy = [True, True, True]
    async with trying(office, is_busy=lambda: bool(busy) and busy.pop()):
        result = await finished(office, identity)
    assert (busy, result["done"]) == ([], 1)


async def test_live_turns_are_answered_while_past_ones_are_tried(office: Office) -> None:
    asked(office, *(["How long does delivery take?"] * 20))
    identity = backtest(office)
    async with answering(office), trying(office):
        conversation = office.ask("How long does delivery take?", "4915199999999")
        await office.all_turns_ended()
        assert office.said(conversation, "ai")
        assert (await finished(office, identity))["done"] == 20
