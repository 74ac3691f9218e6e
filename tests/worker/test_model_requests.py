"""What a provider is asked for: an answer of our shape and no other, and to keep nothing."""

from __future__ import annotations

from tests.worker.conftest import StandIn
from tests.worker.turns import deadline_in, make_turn
from worker.model import Model
from worker.model.schema import SCHEMA


async def test_the_answer_must_have_our_shape(model: Model, standin: StandIn) -> None:
    await model.reply(make_turn(), deadline_in(6))
    (row,) = standin.requests()
    sent = row["body"].get("text") or row["body"]["response_format"]
    asked = sent.get("format") or sent["json_schema"]
    assert (asked["strict"], asked["schema"]) == (True, SCHEMA)


async def test_openai_keeps_nothing_of_a_turn(model_on, standin: StandIn) -> None:
    await model_on(ai_wire="responses").reply(make_turn(), deadline_in(6))
    (row,) = standin.requests()
    assert row["body"]["store"] is False
