"""A model that calls tools: two rounds at most, in time, and the results are data to it."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

import pytest

from tests.worker.conftest import StandIn
from tests.worker.turns import deadline_in, make_turn
from worker.deadline import Deadline
from worker.knowledge import Passage
from worker.model import Blocked, Model
from worker.model.admission import FEWEST
from worker.tools import Finding, Tool, ToolCall

ORDERS = Tool(
    name="my_orders",
    description="The customer's orders",
    parameters={"type": "object", "properties": {"number": {"type": "string"}}},
    is_source=True,
)
CALLS = [{"name": "my_orders", "arguments": {"number": "1007"}}, {"name": "x", "arguments": "{"}]
CALLING = {"mode": "tools", "calls": CALLS}
SHOWN = (
    '<result id="T1" tool="my_orders">'
    '[{"number": "1007", "status": "on its way &lt;b&gt;"}]</result>'
)
RESULT = '[{"number": "1007", "status": "on its way <b>"}]'
ANSWER = {
    "language": "en", "sources": ["T1"], "answerable": True,
    "reply": "Order 1007 is on its way.", "handover": False, "handover_reason": None,
    "intent": "order", "sentiment": "neutral",
}  # fmt: skip


class Orders:
    """A toolbox that knows one order, and what it was asked."""

    def __init__(self) -> None:
        self.asked: list[ToolCall] = []

    async def use(self, calls: Sequence[ToolCall], deadline: Deadline) -> tuple[Finding, ...]:
        """The order, and an error for whatever else is called."""
        self.asked += calls
        return tuple(self._find(call) for call in calls)

    def _find(self, call: ToolCall) -> Finding:
        if call.name != "my_orders":
            return Finding(call=call, error="unknown_tool")
        passage = Passage(
            article_id="", chunk_id=None, title=call.name, content=RESULT, article=RESULT,
            language="", tool=call.name,
        )  # fmt: skip
        return Finding(call=call, passage=passage)


class Taken:
    """The toolbox of a turn that is no longer ours."""

    async def use(self, calls: Sequence[ToolCall], deadline: Deadline) -> tuple[Finding, ...]:
        """Raises Blocked."""
        raise Blocked("fenced")


def turn_with_tools():
    return make_turn("Where is order 1007?", tools=(ORDERS,))


def given_back(body: dict[str, Any]) -> list[tuple[str, str]]:
    """The results in a request of either wire, by the call that each belongs to."""
    items = body.get("messages") or body["input"]
    of_chat = [(item["tool_call_id"], item["content"]) for item in items if "tool_call_id" in item]
    ends = [item for item in items if item.get("type") == "function_call_output"]
    return of_chat + [(item["call_id"], item["output"]) for item in ends]


async def test_a_model_answers_from_what_it_looked_up(model: Model, standin: StandIn) -> None:
    standin.play(script=(CALLING, {"reply": ANSWER}))
    tools = Orders()
    reply = await model.reply(turn_with_tools(), deadline_in(6), None, tools)
    assert (reply.outcome, reply.content) == ("answer", ANSWER["reply"])
    assert reply.sources == ({"tool": "my_orders", "title": "my_orders"},)
    assert reply.confidence > 0.7
    assert [(call.name, call.arguments) for call in tools.asked] == [
        ("my_orders", '{"number": "1007"}'),
        ("x", "{"),
    ]


async def test_results_go_back_as_data_beside_their_calls(model: Model, standin: StandIn) -> None:
    standin.play(script=(CALLING, {"reply": ANSWER}))
    await model.reply(turn_with_tools(), deadline_in(6), None, Orders())
    first, second = (row["body"] for row in standin.requests())
    assert json.dumps(first["tools"]).count("my_orders") == 1
    assert given_back(first) == []
    assert given_back(second) == [
        ("call_0", SHOWN),
        ("call_1", "No result: unknown_tool"),
    ]


async def test_the_pace_of_a_model_is_that_of_all_rounds(model: Model, standin: StandIn) -> None:
    pace = model._first.pace  # type: ignore[attr-defined]  # nobody else has to see it
    for _ in range(FEWEST - 1):
        pace.note(0.0)
    rounds = (CALLING, {"reply": ANSWER})
    standin.play(script=tuple({**one, "first_token_s": 0.2} for one in rounds))
    await model.reply(turn_with_tools(), deadline_in(6), None, Orders())
    assert pace.expected() >= 0.4


async def test_every_round_is_counted(model: Model, standin: StandIn) -> None:
    standin.play(script=(CALLING, {"reply": ANSWER}))
    reply = await model.reply(turn_with_tools(), deadline_in(6), None, Orders())
    assert [(call.outcome, call.usage.estimated) for call in reply.calls] == [
        ("answered", False),
        ("answered", False),
    ]


async def test_there_are_two_rounds_at_most(model: Model, standin: StandIn) -> None:
    standin.play(**CALLING)
    reply = await model.reply(turn_with_tools(), deadline_in(6), None, Orders())
    choices = [row["body"]["tool_choice"] for row in standin.requests()]
    assert choices == ["auto", "auto", "none"]
    assert (reply.outcome, reply.reason) == ("hand_over", "model_error")


@pytest.mark.parametrize(("seconds", "tools"), [(2.7, None), (6, Orders())])
async def test_without_time_or_a_toolbox_no_tool_is_offered(
    model: Model, standin: StandIn, seconds: float, tools: Orders | None
) -> None:
    turn = turn_with_tools()
    await model.reply(turn, deadline_in(seconds), None, Orders() if tools is None else None)
    (row,) = standin.requests()
    assert not {"tools", "tool_choice"} & set(row["body"])


async def test_a_server_that_refuses_tools_keeps_the_schema(model: Model, standin: StandIn) -> None:
    standin.play(script=({"mode": "refused"},))
    for _ in range(2):
        reply = await model.reply(turn_with_tools(), deadline_in(6), None, Orders())
        assert reply.outcome == "answer"
    sent = [set(row["body"]) & {"tools", "text", "response_format"} for row in standin.requests()]
    assert [("tools" in keys, len(keys - {"tools"})) for keys in sent] == [
        (True, 1),
        (False, 1),
        (False, 1),
    ]


async def test_calls_of_a_server_that_does_not_stream_are_read(
    model: Model, standin: StandIn
) -> None:
    standin.play(script=({"mode": "not_streamed", "calls": CALLS}, {"reply": ANSWER}))
    reply = await model.reply(turn_with_tools(), deadline_in(6), None, Orders())
    assert reply.content == ANSWER["reply"]


async def test_a_turn_that_was_taken_is_asked_no_further(model: Model, standin: StandIn) -> None:
    standin.play(**CALLING)
    reply = await model.reply(turn_with_tools(), deadline_in(6), None, Taken())
    assert (reply.reason, len(standin.requests())) == ("blocked", 1)
