"""Whatever a provider does, a turn gets a reply or a hand-over before the model's time is over."""

from __future__ import annotations

import asyncio
import time

import pytest

from tests.waiting import wait_until_async
from tests.worker.conftest import StandIn
from tests.worker.test_rounds import CALLS, Orders, turn_with_tools
from tests.worker.turns import deadline_in, make_turn
from worker.model import Model, Watcher
from worker.model.wire import reasons, takes_effort

# The model is cut 0.9 s before the deadline, so a provider without an end costs a test 0.3 s.
SHORT_S = 1.2


async def test_answer_cites_the_document_it_rests_on(model: Model) -> None:
    reply = await model.reply(make_turn(), deadline_in(6))
    assert (reply.outcome, reply.content) == (
        "answer",
        "Standard delivery takes 2 to 4 working days",
    )
    assert reply.sources == (
        {
            "article_id": "a-delivery",
            "chunk_id": "c-delivery",
            "title": "Delivery times",
            "version": None,
        },
    )
    assert reply.confidence > 0.7


@pytest.mark.parametrize(
    ("mode", "seconds", "reason"),
    [
        ("hang", SHORT_S, "model_timeout"),
        ("trickle", SHORT_S, "model_timeout"),
        ("slow", SHORT_S, "model_timeout"),
        ("rate_limited", 6, "model_error"),
        ("error", 6, "model_error"),
        ("cut", 6, "model_error"),
        ("stream_error", 6, "model_error"),
        ("malformed", 6, "model_error"),
        ("incomplete", 6, "model_error"),
        ("empty", 6, "model_error"),
        ("wrong_types", 6, "model_error"),
    ],
)
async def test_fault_becomes_a_hand_over_in_time(
    model: Model, standin: StandIn, mode: str, seconds: float, reason: str
) -> None:
    standin.play(mode, retry_after="30")
    started = time.monotonic()
    reply = await model.reply(make_turn(), deadline_in(seconds))
    assert time.monotonic() - started < seconds
    assert (reply.outcome, reply.reason) == ("hand_over", reason)
    assert reply.error and reply.error.startswith(reason)


@pytest.mark.parametrize("mode", ["fenced", "no_usage", "not_streamed"])
async def test_oddity_is_answered_all_the_same(model: Model, standin: StandIn, mode: str) -> None:
    standin.play(mode)
    reply = await model.reply(make_turn(), deadline_in(6))
    assert (reply.outcome, reply.error) == ("answer", None)


class Broken(Watcher):
    """One that has a fault of its own."""

    def __init__(self, fault: type[Exception]) -> None:
        super().__init__()
        self._fault = fault

    def wrote(self, text: str) -> None:
        raise self._fault("ours")


@pytest.mark.parametrize("mode", ["normal", "not_streamed"])
@pytest.mark.parametrize("fault", [AttributeError, TypeError, ValueError])
async def test_a_fault_of_ours_is_none_of_the_provider(
    model: Model, standin: StandIn, mode: str, fault: type[Exception]
) -> None:
    standin.play(mode)
    with pytest.raises(fault, match="ours"):
        await model.reply(make_turn(), deadline_in(6), Broken(fault))


@pytest.mark.parametrize("mode", ["error", "cut", "rate_limited"])
async def test_passing_fault_is_tried_once_more(model: Model, standin: StandIn, mode: str) -> None:
    standin.play(script=({"mode": mode, "retry_after": "0"},))
    reply = await model.reply(make_turn(), deadline_in(6))
    assert reply.outcome == "answer"
    assert [row["mode"] for row in standin.requests()] == [mode, "normal"]


async def test_there_are_never_three_calls(model: Model, standin: StandIn) -> None:
    standin.play("error")
    await model.reply(make_turn(), deadline_in(6))
    assert len(standin.requests()) == 2


async def test_long_retry_after_is_not_waited_for(model: Model, standin: StandIn) -> None:
    standin.play("rate_limited", retry_after="30")
    started = time.monotonic()
    await model.reply(make_turn(), deadline_in(6))
    assert time.monotonic() - started < 3
    assert len(standin.requests()) == 1


async def test_server_that_refuses_the_schema_gets_a_plain_call(
    model: Model, standin: StandIn
) -> None:
    standin.play(script=({"mode": "refused"},))
    assert (await model.reply(make_turn(), deadline_in(6))).outcome == "answer"
    await model.reply(make_turn(), deadline_in(6))
    kept = [{"text", "response_format"} & set(row["body"]) for row in standin.requests()]
    assert [bool(keys) for keys in kept] == [True, False, False]


@pytest.mark.parametrize("wire", ["chat", "responses"])
async def test_models_that_reason_take_cap_and_schema_at_once(
    model_on, standin: StandIn, wire: str
) -> None:
    model = model_on(openai_model="gpt-5.4-mini", ai_wire=wire)
    assert (await model.reply(make_turn(), deadline_in(6))).outcome == "answer"
    [request] = standin.requests()
    caps = {"max_completion_tokens": 800} if wire == "chat" else {"max_output_tokens": 800}
    assert caps.items() <= request["body"].items()
    assert {"text", "response_format"} & set(request["body"])
    effort = {"reasoning_effort": "low"} if wire == "chat" else {"reasoning": {"effort": "low"}}
    assert effort.items() <= request["body"].items()


def test_a_maker_before_the_name_of_a_model_is_none_of_its_name() -> None:
    assert reasons("openai/gpt-5") and not reasons("o1x/llama-3") and not reasons("gpt-4o")


@pytest.mark.parametrize("name", ["gpt-6", "gpt-5.4-mini", "gpt-10", "o5", "o3-mini", "openai/o4"])
def test_newer_models_of_openai_reason_as_well(name: str) -> None:
    assert reasons(name) and takes_effort(name)


@pytest.mark.parametrize("name", ["gpt-4.1", "gpt-50k", "o1x", "chatgpt-4o-latest", "olmo-2"])
def test_what_only_begins_like_one_does_not_reason(name: str) -> None:
    assert not reasons(name)


@pytest.mark.parametrize("wire", ["chat", "responses"])
@pytest.mark.parametrize("name", ["gpt-5-chat-latest", "openai/gpt-5.2-chat", "gpt-5-pro"])
async def test_a_model_of_one_effort_is_not_told_one(
    model_on, standin: StandIn, wire: str, name: str
) -> None:
    await model_on(openai_model=name, ai_wire=wire).reply(make_turn(), deadline_in(6))
    [request] = standin.requests()
    assert not {"reasoning", "reasoning_effort"} & set(request["body"])
    assert {"max_completion_tokens", "max_output_tokens"} & set(request["body"])


async def test_dead_server_is_an_error_at_once(model_on) -> None:
    model = model_on(openai_base_url="http://127.0.0.1:9/v1")
    reply = await model.reply(make_turn(), deadline_in(6))
    assert (reply.outcome, reply.reason) == ("hand_over", "model_error")


async def test_usage_is_the_servers_count(model: Model) -> None:
    usage = (await model.reply(make_turn(), deadline_in(6))).usage
    assert usage.input_tokens > 100
    assert usage.total_tokens == usage.input_tokens + usage.output_tokens
    assert not usage.estimated


async def test_missing_usage_is_estimated(model: Model, standin: StandIn) -> None:
    standin.play("no_usage")
    usage = (await model.reply(make_turn(), deadline_in(6))).usage
    assert usage.input_tokens > 100
    assert usage.estimated


async def test_cancelled_turn_closes_its_connection(model: Model, standin: StandIn) -> None:
    standin.play("hang")
    call = asyncio.create_task(model.reply(make_turn(), deadline_in(6)))
    await wait_until_async(lambda: asyncio.to_thread(standin.requests))
    started = time.monotonic()
    call.cancel()
    with pytest.raises(asyncio.CancelledError):
        await call
    assert time.monotonic() - started < 2

    async def server_saw_it() -> bool:
        return (await asyncio.to_thread(standin.requests))[0]["closed_by_client"]

    await wait_until_async(server_saw_it, timeout=3)


MIXED = (
    *({"mode": "hang"} for _ in range(20)),
    *({"mode": "rate_limited", "retry_after": "30"} for _ in range(20)),
    *({"mode": "trickle"} for _ in range(20)),
    *({"mode": "cut"} for _ in range(10)),
    *(
        {"mode": mode}
        for mode in (
            "malformed", "fenced", "not_streamed", "no_usage", "wrong_types", "empty", "incomplete",
            "stream_error", "refused", "slow",
        )
    ),
    *({"mode": "error", "status": status} for status in (401, 403, 404, 500, 502, 503, 504, 529)),
    *({"mode": "rate_limited", "retry_after": text} for text in ("2", "-1", "soon", "1e9")),
    *({"mode": "normal", "reply": text} for text in ("[]", "null", "7", "{}", '{"a":', "\x00")),
    *({"mode": "tools", "calls": CALLS} for _ in range(2)),
)  # fmt: skip


async def test_hundred_conversations_with_every_fault_at_once_are_never_late(
    model: Model, standin: StandIn
) -> None:
    assert len(MIXED) == 100
    standin.play(script=MIXED)
    started = time.monotonic()
    replies = await asyncio.gather(
        *(model.reply(turn_with_tools(), deadline_in(5.5), None, Orders()) for _ in range(100))
    )
    assert time.monotonic() - started < 5.5
    assert {reply.outcome for reply in replies} == {"answer", "hand_over"}
    assert all(reply.error for reply in replies if reply.outcome == "hand_over")
    assert all(
        call.usage.estimated or call.usage.total_tokens for one in replies for call in one.calls
    )


@pytest.mark.parametrize(
    ("mode", "seconds", "outcome"),
    [("normal", 6, "answered"), ("hang", SHORT_S + 0.5, "timeout"), ("rate_limited", 6, "failed")],
)
async def test_every_call_is_counted(
    model: Model, standin: StandIn, mode: str, seconds: float, outcome: str
) -> None:
    standin.play(mode, retry_after="30")
    reply = await model.reply(make_turn(), deadline_in(seconds))
    (call,) = reply.calls
    assert (call.model, call.outcome) == ("stand-in", outcome)
    assert call.usage.estimated == (mode != "normal")
    assert (call.ttft_ms is not None) == (mode == "normal")
    assert call.usage.total_tokens > 100 or mode == "rate_limited"
    assert reply.as_json()["calls"][0]["usage"]["total_tokens"] == call.usage.total_tokens


async def test_hundred_conversations_with_faults_all_end_in_time(
    model: Model, standin: StandIn
) -> None:
    faults = ("normal", "rate_limited", "cut", "trickle", "malformed")
    standin.play(
        script=tuple({"mode": faults[turn % 5], "retry_after": "30"} for turn in range(100))
    )
    started = time.monotonic()
    replies = await asyncio.gather(
        *(model.reply(make_turn(job_id=f"j-{turn}"), deadline_in(5.5)) for turn in range(100))
    )
    assert time.monotonic() - started < 5.5
    assert {reply.outcome for reply in replies} == {"answer", "hand_over"}
    assert sum(reply.outcome == "answer" for reply in replies) >= 20
