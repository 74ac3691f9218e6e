"""What people see of a reply while it is written: only what may be seen, and it always ends."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest

from tests.waiting import wait_until, wait_until_async
from tests.worker.conftest import StandIn
from tests.worker.offices import Office, answering
from tests.worker.turns import make_turn
from worker.bells import Cancel
from worker.broadcasts import Broadcasts
from worker.guard import Guard
from worker.knowledge import Passage
from worker.model import Blocked, Reply
from worker.model.reading import shown_part
from worker.streaming import HELD_BACK, Bubble, Screen, hold_back

TEXT = "Standard delivery takes 2 to 4 working days, express takes one day."
ANSWER = {
    "language": "en",
    "sources": ["S1"],
    "answerable": True,
    "reply": TEXT,
    "handover": False,
    "handover_reason": None,
    "intent": "delivery",
    "sentiment": "neutral",
}
REPLY = Reply(outcome="answer", content=TEXT, confidence=0.9)
ANSWERED = {"state": "answered", "message_id": "m-1"}


def written(**changes: Any) -> str:
    """The whole text of a model."""
    return json.dumps(ANSWER | changes)


def upto(words: str, **changes: Any) -> str:
    """The model's text so far: all up to these words of the reply."""
    text = written(**changes)
    return text[: text.index(words) + len(words)]


def sent(broadcasts: Broadcasts) -> list[tuple[str, dict[str, Any]]]:
    """What is queued now, in order."""
    return [(one.event, dict(one.payload)) for _, one in broadcasts.take()]


def open_bubble(
    broadcasts: Broadcasts, channel: str = "website", screen: Screen = hold_back
) -> Bubble:
    """The bubble of a turn on a channel."""
    return Bubble(make_turn(channel_type=channel, attempt=3), screen, broadcasts)


async def test_nothing_is_shown_of_a_turn_in_shadow_but_it_is_screened_all_the_same() -> None:
    broadcasts = Broadcasts()
    seen: list[str] = []

    def screen(text: str, *, is_final: bool, cited: tuple[Passage, ...] = ()) -> str:
        seen.append(text)
        return text

    bubble = Bubble(make_turn(channel_type="website", is_shadow=True), screen, broadcasts)
    bubble.wrote(upto("takes"))
    bubble.close(REPLY, ANSWERED)
    assert (len(seen), sent(broadcasts)) == (1, [])


@pytest.mark.parametrize(
    "text",
    [
        "",
        '{"language": "en", "sources": ["S1"]',
        upto("takes", answerable=False),
        upto("takes", sources=[]),
        upto("takes", sources=["S9"]),
        upto("takes", sources="S1"),
        json.dumps({"reply": TEXT}),
        written(handover=True),
        f"<think>{written()}",
        f"Here it is: {written()}",
        f"[{written()}]",
        '{"answerable": true, "sources": ["S1"], "reply": ["no text"]',
    ],
)
def test_nothing_is_shown_before_the_model_has_said_on_what_it_rests(text: str) -> None:
    assert shown_part(make_turn(), text) == ""


@pytest.mark.parametrize("before", ["", "\n", "```json\n", "```", "<think>{no}</think>\n"])
def test_the_text_so_far_is_shown_as_it_grows(before: str) -> None:
    assert shown_part(make_turn(), before + upto("takes")) == "Standard delivery takes"


def test_every_text_on_the_way_is_a_beginning_of_the_last() -> None:
    text = written(reply='A \N{GRINNING FACE} "quoted" \\ path\n and \u05d0 word')
    whole = shown_part(make_turn(), text)
    assert whole == 'A \N{GRINNING FACE} "quoted" \\ path\n and \u05d0 word'
    for end in range(len(text)):
        assert whole.startswith(shown_part(make_turn(), text[:end]))


def test_the_last_characters_are_held_back_to_the_end_of_a_word() -> None:
    shown = hold_back(TEXT, is_final=False)
    assert shown == "Standard delivery takes 2 to 4 working days,"
    assert len(TEXT) - len(shown) >= HELD_BACK
    assert hold_back("short", is_final=False) == ""
    assert hold_back(TEXT, is_final=True) == TEXT


async def test_a_bubble_begins_grows_and_ends_with_the_whole_text() -> None:
    broadcasts = Broadcasts()
    bubble = open_bubble(broadcasts)
    bubble.wrote(upto("2 to 4 working"))
    assert sent(broadcasts) == [
        ("ai_start", {"job_id": "j-1", "attempt": 3}),
        ("ai_delta", {"job_id": "j-1", "attempt": 3, "seq": 1, "text": "Standard delivery"}),
    ]
    bubble.wrote(written())
    bubble.close(REPLY, ANSWERED)
    assert sent(broadcasts) == [
        ("ai_delta", {"job_id": "j-1", "attempt": 3, "seq": 2, "text": TEXT}),
        ("ai_done", {"job_id": "j-1", "message_id": "m-1"}),
    ]


def to_ana(guard: Guard) -> Passage:
    """What a tool gave, as a model sees it."""
    text = "It goes to ana@mail.example tomorrow."
    return guard.looked_up(
        Passage(article_id="", chunk_id=None, title="my_orders", content=text, article=text,
                language="", tool="my_orders")
    )  # fmt: skip


@pytest.mark.parametrize(
    ("reply", "text"),
    [
        ("It goes to [EMAIL_1] tomorrow, in the course of the day.",
         "It goes to ana@mail.example tomorrow, in"),
        ("It goes to [EMAIL_1] tomorrow. It costs 9 EUR more to have it there today.",
         "It goes to ana@mail.example tomorrow."),
    ],
    ids=["what was given", "a price that nothing gave"],
)  # fmt: skip
async def test_what_rests_on_a_tool_is_shown_once_the_tool_has_given_it(
    reply: str, text: str
) -> None:
    broadcasts, guard = Broadcasts(), Guard(make_turn(channel_type="website"))
    bubble = Bubble(guard.turn, guard.screen, broadcasts)
    written_so_far = upto(reply, sources=["T1"], reply=reply)
    bubble.wrote(written_so_far)
    assert sent(broadcasts) == []
    bubble.found((to_ana(guard),))
    bubble.wrote(written_so_far)
    assert [payload.get("text") for _, payload in sent(broadcasts)] == [None, text]


async def test_there_are_at_most_sixteen_a_second() -> None:
    broadcasts, now = Broadcasts(), asyncio.get_running_loop().time
    bubble, heard, started = open_bubble(broadcasts), [], now()
    while (passed := now() - started) < 1.0:
        bubble.wrote(written(reply="word " * round(1000 * passed + 10)))
        heard += sent(broadcasts)
    bubble.close(Reply(outcome="answer", content="word " * 2000), ANSWERED)
    heard += sent(broadcasts)
    assert 3 <= sum(event == "ai_delta" for event, _ in heard) <= 16


async def test_agents_who_look_on_get_fewer() -> None:
    broadcasts = Broadcasts()
    bubble = open_bubble(broadcasts, channel="whatsapp")
    bubble.wrote(upto("working"))
    first = asyncio.get_running_loop().time()

    def is_shown() -> bool:
        bubble.wrote(written())
        return len(sent(broadcasts)) == 1

    assert len(sent(broadcasts)) == 2
    wait_until(is_shown)
    assert asyncio.get_running_loop().time() - first >= 0.45


@pytest.mark.parametrize(
    ("reply", "result", "reason"),
    [
        (REPLY, {"state": "fenced", "message_id": None}, "fenced"),
        (
            Reply(outcome="hand_over", reason="low_confidence"),
            {"state": "handed_over", "message_id": "m-2"},
            "low_confidence",
        ),
        (REPLY, {"state": "handed_over", "message_id": "m-2"}, "handed_over"),
        (Reply(outcome="answer", content="Another text."), ANSWERED, "replaced"),
    ],
)
async def test_what_was_shown_is_taken_back(
    reply: Reply, result: dict[str, Any], reason: str
) -> None:
    broadcasts = Broadcasts()
    bubble = open_bubble(broadcasts)
    bubble.wrote(written())
    sent(broadcasts)
    bubble.close(reply, result)
    bubble.abort("again")
    bubble.wrote(written())
    assert sent(broadcasts) == [("ai_abort", {"job_id": "j-1", "reason": reason})]


async def test_a_bubble_of_which_nothing_was_shown_sends_nothing() -> None:
    broadcasts = Broadcasts()
    for end in (lambda one: one.close(REPLY, ANSWERED), lambda one: one.abort("cancelled")):
        bubble = open_bubble(broadcasts)
        bubble.wrote(upto("takes", answerable=False))
        end(bubble)
    assert sent(broadcasts) == []


class Refusing(Guard):
    """A guard that lets nothing about express through."""

    def screen(self, text: str, *, is_final: bool, cited: tuple[Passage, ...] = ()) -> str:
        if "express" in text:
            raise Blocked("promise")
        return hold_back(text, is_final=is_final)


def test_a_refused_reply_is_none() -> None:
    guard = Refusing(make_turn())
    blocked = guard.judged(REPLY)
    assert (blocked.outcome, blocked.content, blocked.error) == (
        "hand_over",
        "",
        "blocked: promise",
    )
    assert guard.judged(Reply(outcome="hand_over", content="express")).error is None


async def test_what_a_screen_refuses_is_taken_back_and_never_sent(
    office: Office, standin: StandIn, model_on
) -> None:
    standin.play(reply=ANSWER, token_s=0.02)
    model = model_on()
    async with answering(office, model, guard_for=Refusing) as loop:
        conversation = office.ask("How long does delivery take?")
        await office.all_turns_ended()
    events = sent(loop._shared.broadcasts)
    assert (events[0][0], events[-1]) == (
        "ai_start",
        ("ai_abort", {**events[-1][1], "reason": "replaced"}),
    )
    assert "express" not in str(events)
    run = office.rows("select * from ai_runs where conversation_id = %s", conversation)[0]
    assert (run["error"], run["model"]) == ("blocked: promise", "embedded")


async def test_a_cancelled_turn_takes_its_bubble_back_and_its_call_is_counted(
    office: Office, standin: StandIn, model_on
) -> None:
    standin.play(reply=ANSWER, token_s=0.1)
    async with answering(office, model_on()) as loop:
        conversation = office.ask("How long does delivery take?")
        await wait_until_async(lambda: loop._shared.broadcasts.bell.is_set())
        job = office.job(conversation)
        loop._bells.cancels.put_nowait(Cancel(str(job["id"]), job["attempt"]))
        runs = "select outcome, reason, input_tokens, is_estimated from ai_runs"
        await wait_until_async(lambda: office.rows(runs))
        events = sent(loop._shared.broadcasts)
    assert events[-1][0] == "ai_abort" and events[-1][1]["reason"] == "cancelled"
    (run,) = office.rows(runs)
    assert (run["outcome"], run["reason"], run["is_estimated"]) == ("fenced", "cancelled", True)
    assert run["input_tokens"] > 100
    assert office.job(conversation)["outcome"] is None
