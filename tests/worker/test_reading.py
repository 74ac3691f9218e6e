"""A model's text is read as models really write it."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.worker.turns import make_turn
from worker.model import Reply
from worker.model.reading import BadReply, parse_object, read_reply

SAID: dict[str, Any] = {
    "language": "en",
    "sources": ["S1"],
    "answerable": True,
    "reply": "Standard delivery takes 2 to 4 working days.",
    "handover": False,
    "handover_reason": None,
    "intent": "delivery time",
    "sentiment": "neutral",
}


def read(**changes: Any) -> Reply:
    return read_reply(make_turn(), json.dumps({**SAID, **changes}))


@pytest.mark.parametrize(
    "text",
    [
        '{"reply": "a"}',
        '```json\n{"reply": "a"}\n```',
        'Here it is: {"reply": "a"} I hope it helps.',
        '<think>Which document {is} it?</think>\n{"reply": "a"}',
        '{"reply": "a", "handover": tr',
    ],
)
def test_object_is_found_in_what_stands_around_it(text: str) -> None:
    assert parse_object(text)["reply"] == "a"


@pytest.mark.parametrize("text", ["", "I do not know.", "[1, 2]", "{'reply': 'a'}", "{" * 100_000])
def test_text_without_an_object_is_bad(text: str) -> None:
    with pytest.raises(BadReply):
        parse_object(text)


def test_text_cut_inside_the_reply_is_not_sent() -> None:
    cut = json.dumps(SAID).split(" working days")[0]
    with pytest.raises(BadReply, match="ends before"):
        read_reply(make_turn(), cut)


def test_object_cut_after_the_reply_is_complete_enough() -> None:
    cut = json.dumps(SAID).split(', "intent"')[0]
    assert read_reply(make_turn(), cut).outcome == "answer"


@pytest.mark.parametrize("sources", [[], ["S9"], "S1", [7], None])
def test_answer_without_a_given_source_hands_over(sources: object) -> None:
    assert (read(sources=sources).outcome, read(sources=sources).reason) == (
        "hand_over",
        "no_answer",
    )


def test_source_cited_twice_counts_once() -> None:
    assert len(read(sources=["S1", "S1", "S2"]).sources) == 2


def test_question_back_is_a_clarification() -> None:
    reply = read(answerable=False, sources=[], reply="Which order do you mean?")
    assert (reply.outcome, reply.content) == ("clarify", "Which order do you mean?")


def test_wish_of_the_model_to_hand_over_wins() -> None:
    assert read(handover=True).outcome == "hand_over"


def test_invented_number_costs_the_confidence() -> None:
    assert read(reply="Standard delivery takes 17 working days.").confidence <= 0.4


def test_invented_link_costs_the_confidence() -> None:
    assert read(reply="Standard delivery: see https://evil.example/x").confidence <= 0.4


def test_invented_words_cost_confidence() -> None:
    made_up = read(reply="Please telephone our headquarters tomorrow morning instead, thank you.")
    assert made_up.confidence < 0.7 < read().confidence


def test_characters_that_postgres_refuses_are_replaced() -> None:
    assert "\x00" not in read(reply="Standard delivery\x00 takes \ud800 days").content
