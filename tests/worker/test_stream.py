"""Server-sent events are read from bytes, wherever the network cuts them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from worker.model.chat import fold as fold_chat
from worker.model.responses import fold as fold_responses
from worker.model.wire import DONE, Draft, Events, ModelFailed, OutOfShape


def events_of(data: bytes, size: int) -> list[Mapping[str, Any]]:
    """The events of bytes that come in pieces of this size."""
    events = Events()
    found = [one for at in range(0, len(data), size) for one in events.feed(data[at : at + size])]
    return found + events.end()


@pytest.mark.parametrize("size", [1, 7, 1000])
def test_events_do_not_depend_on_the_chunks(size: int) -> None:
    data = b': hello\r\nevent: x\r\ndata: {"a": 1}\r\n\r\ndata:{"b":2}\n\ndata: [DONE]'
    assert events_of(data, size) == [{"a": 1}, {"b": 2}, DONE]


def test_line_separator_inside_a_text_splits_nothing() -> None:
    data = 'data: {"a": "one\u2028two\x85three"}\n\n'.encode()
    assert events_of(data, 5) == [{"a": "one\u2028two\x85three"}]


def test_event_that_is_no_json_raises() -> None:
    with pytest.raises(OutOfShape):
        events_of(b'data: {"a"\n\n', 100)


@pytest.mark.parametrize(
    ("fold", "event"),
    [
        (fold_chat, {"choices": 1}),
        (fold_chat, {"choices": {"delta": {}}}),
        (fold_chat, {"choices": ["a"]}),
        (fold_chat, {"choices": [{"delta": "a"}]}),
        (fold_chat, {"choices": [{"message": ["a"]}]}),
        (fold_chat, {"choices": [{"delta": {"tool_calls": 1}}]}),
        (fold_chat, {"choices": [{"delta": {"tool_calls": [[]]}, "x": 1}, 7]}),
        (fold_chat, {"choices": [{"delta": {"tool_calls": [{"function": "a"}]}}]}),
        (fold_responses, {"object": "response", "output": "a"}),
        (fold_responses, {"object": "response", "output": [1]}),
        (fold_responses, {"object": "response", "output": [{"content": 1}]}),
        (fold_responses, {"object": "response", "output": [{"content": ["a"]}]}),
    ],
)
def test_what_a_server_puts_where_it_does_not_belong_is_out_of_shape(fold, event) -> None:
    with pytest.raises(OutOfShape):
        fold(event, Draft())


def test_an_event_of_no_known_type_says_nothing() -> None:
    draft = Draft()
    for kind in ([], {}, 1, None, "response.created"):
        fold_responses({"type": kind}, draft)
    assert (draft.text, draft.done) == ("", False)


@pytest.mark.parametrize("nothing", [None, 0, "", [], {}])
def test_nothing_where_something_may_be_is_nothing(nothing: object) -> None:
    draft = Draft()
    fold_chat({"choices": nothing}, draft)
    fold_chat({"choices": [{"delta": nothing}]}, draft)
    fold_chat({"choices": [{"delta": {"tool_calls": nothing}}]}, draft)
    fold_responses({"object": "response", "output": nothing}, draft)
    assert (draft.text, len(draft.calls)) == ("", 0)


def test_chat_text_and_end() -> None:
    draft = Draft()
    for event in (
        {"choices": [{"delta": {"role": "assistant"}}]},
        {"choices": [{"delta": {"content": "a"}}]},
        {"choices": [{"delta": {"content": "b"}, "finish_reason": "stop"}]},
        {"choices": [], "usage": {"prompt_tokens": 3, "completion_tokens": 2}},
    ):
        fold_chat(event, draft)
    assert (draft.text, draft.done) == ("ab", True)
    assert draft.usage and draft.usage.total_tokens == 5


def test_chat_server_that_only_says_done_is_done() -> None:
    draft = Draft()
    fold_chat(DONE, draft)
    assert draft.done


def test_responses_without_a_beginning_are_read() -> None:
    draft = Draft()
    fold_responses({"type": "response.output_text.delta", "delta": "a"}, draft)
    fold_responses({"type": "response.completed", "response": {"usage": None}}, draft)
    assert (draft.text, draft.done, draft.usage) == ("a", True, None)


@pytest.mark.parametrize("fold", [fold_chat, fold_responses])
def test_failure_inside_a_stream_raises(fold) -> None:
    with pytest.raises(ModelFailed):
        fold({"type": "error", "error": {"message": "x"}}, Draft())


def test_endless_text_is_cut() -> None:
    draft = Draft()
    with pytest.raises(ModelFailed, match="too long"):
        for _ in range(100):
            draft.add("x" * 1000)
