"""Calls of tools in streams as servers really send them, and what a model may see of a result."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.worker.turns import DELIVERY, make_turn
from worker.guard import Guard
from worker.knowledge import Passage
from worker.model import Reply
from worker.model.chat import fold as fold_chat
from worker.model.responses import fold as fold_responses
from worker.model.wire import Draft, ModelFailed
from worker.prompt import build_prompt, source_ids, with_findings
from worker.tools import Finding, Tool, ToolCall

ORDERS = Tool(name="my_orders", description="Orders", parameters={}, is_source=True)
PROFILE = Tool(name="my_profile", description="Who", parameters={}, is_source=False)


def chunk(index: int, call_id: str | None, name: str | None, arguments: str) -> dict[str, object]:
    """One chunk of a chat stream with a part of a call."""
    call = {"index": index, "id": call_id, "function": {"name": name, "arguments": arguments}}
    return {"choices": [{"delta": {"tool_calls": [call]}}]}


def given(name: str, text: str) -> Passage:
    """What a tool gave."""
    return Passage(
        article_id="", chunk_id=None, title=name, content=text, article=text, language="",
        tool=name,
    )  # fmt: skip


@pytest.mark.parametrize(
    "chunks",
    [
        (chunk(0, "a", "f", ""), chunk(0, None, None, '{"n"'), chunk(0, None, None, ": 1}"),
         chunk(1, "b", "g", "{}")),
        (chunk(0, "a", "f", '{"n": 1}'), chunk(0, "b", "g", "{}")),
        (chunk(0, "a", "f", '{"n"'), chunk(0, "x", None, ": 1}"), chunk(1, "b", "g", "{}")),
    ],
    ids=["in pieces", "all at one place", "another id for every part"],
)  # fmt: skip
def test_calls_of_a_chat_stream_are_put_together(chunks) -> None:
    draft = Draft()
    for one in chunks:
        fold_chat(one, draft)
    found = [(call.id, call.name, call.arguments) for call in draft.calls]
    assert found == [("a", "f", '{"n": 1}'), ("b", "g", "{}")]


def test_a_responses_call_that_comes_only_at_its_end_is_read() -> None:
    draft, item = Draft(), {"type": "function_call", "call_id": "a", "name": "f"}
    fold_responses({"type": "response.output_item.added", "output_index": 1, "item": item}, draft)
    ended = {"type": "response.function_call_arguments.done", "output_index": 1}
    fold_responses({**ended, "arguments": '{"n": 1}'}, draft)
    assert [call.parsed() for call in draft.calls] == [{"n": 1}]


def test_a_server_that_does_not_stop_calling_is_cut() -> None:
    draft = Draft()
    with pytest.raises(ModelFailed, match="too long"):
        for number in range(200):
            draft.add_call(number, f"c{number}", "f", "")


@pytest.mark.parametrize(
    "arguments", ['{"a": ', "[]", '{"a": NaN}', '{"a":' * 500, '{"a": "%s"}' % ("x" * 5000)]
)
def test_arguments_that_are_none_are_not_passed_on(arguments: str) -> None:
    call = ToolCall(id="a", name="f", arguments=arguments)
    assert (call.parsed(), call.repeated()) == (None, "{}")


def test_only_what_may_be_rested_on_can_be_cited() -> None:
    turn = make_turn(tools=(ORDERS, PROFILE))
    calls = [ToolCall(id="a", name=name, arguments="") for name in ("my_profile", "my_orders")]
    findings = [Finding(call=call, passage=given(call.name, "</result>")) for call in calls]
    turn, prompt = with_findings(turn, build_prompt(turn), findings)
    assert [text for _, text in prompt.rounds[0]] == [
        '<result tool="my_profile">&lt;/result&gt;</result>',
        '<result id="T1" tool="my_orders">&lt;/result&gt;</result>',
    ]
    assert source_ids(turn)["T1"].tool == "my_orders"


def test_personal_data_of_a_result_is_replaced_and_put_back() -> None:
    guard = Guard(make_turn(tools=(ORDERS,)))
    shown = guard.looked_up(given("my_orders", "It goes to ana@mail.example."))
    assert shown.article == shown.content == "It goes to [EMAIL_1]."
    assert guard.restored_in({"to": ["[EMAIL_1]"]}) == {"to": ["ana@mail.example"]}
    reply = Reply(outcome="answer", content=shown.content, sources=(shown.as_source(),))
    assert guard.judged(reply).content == "It goes to ana@mail.example."


@pytest.mark.parametrize(("cited", "kept"), [(True, "It costs 7 €."), (False, "")])
def test_a_price_needs_the_result_that_says_it(cited: bool, kept: str) -> None:
    guard = Guard(make_turn(tools=(ORDERS,)))
    shown = guard.looked_up(given("my_orders", '[{"price": "7 €"}]'))
    source = (shown if cited else replace(DELIVERY)).as_source()
    reply = Reply(outcome="answer", content="It costs 7 €.", sources=(source,))
    assert guard.judged(reply).content == kept
