"""A second provider is asked when the first is late or fails; one valid reply wins."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterator

import pytest

from local.ports import find_free_port
from tests.waiting import wait_until, wait_until_async
from tests.worker.conftest import StandIn, settings_for
from tests.worker.turns import DELIVERY, SIZES, deadline_in, make_turn
from worker.knowledge import Passage
from worker.model import Model, Watcher
from worker.model.choice import choose_model
from worker.model.hedge import HEDGE_AFTER_S, Lane, Leader


@pytest.fixture(scope="module")
def other_process() -> Iterator[StandIn]:
    """A second scripted model server."""
    port = find_free_port(0)
    command = [sys.executable, "-m", "local.standins.openai", "--port", str(port)]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL) as process:
        standin = StandIn(f"http://127.0.0.1:{port}")
        wait_until(standin.is_up)
        yield standin
        standin.close()
        process.terminate()


@pytest.fixture
def other(other_process: StandIn) -> StandIn:
    """The second server in its normal mode with an empty record."""
    other_process.play()
    return other_process


@pytest.fixture
async def pair(standin: StandIn, other: StandIn):
    """A model with a second one at another server."""
    chosen = choose_model(
        settings_for(
            standin,
            ai_fallback_model="second",
            ai_fallback_base_url=f"{other.url}/v1",
            openai_api_key="sk-first",
        )
    )
    yield chosen
    await chosen.close()


async def test_a_quick_first_one_is_the_only_one_asked(
    pair: Model, standin: StandIn, other: StandIn
) -> None:
    reply = await pair.reply(make_turn(), deadline_in(6))
    assert (reply.outcome, reply.model) == ("answer", "stand-in")
    assert (len(standin.requests()), len(other.requests())) == (1, 0)


@pytest.mark.parametrize("mode", ["error", "rate_limited", "cut", "malformed", "empty"])
async def test_a_first_one_that_fails_is_replaced_at_once(
    pair: Model, standin: StandIn, other: StandIn, mode: str
) -> None:
    standin.play(mode, retry_after="30")
    started = time.monotonic()
    reply = await pair.reply(make_turn(), deadline_in(6))
    assert time.monotonic() - started < HEDGE_AFTER_S
    assert (reply.outcome, reply.model, reply.error) == ("answer", "second", None)
    assert [call.model for call in reply.calls] == ["stand-in", "second"]
    assert (len(standin.requests()), len(other.requests())) == (1, 1)


async def test_a_first_one_that_is_left_alone_leaves_the_second_one_at_work(
    pair: Model, standin: StandIn, other: StandIn
) -> None:
    standin.play("error", status=401)
    replies = [await pair.reply(make_turn(), deadline_in(6)) for _ in range(3)]
    assert [(reply.outcome, reply.model) for reply in replies] == [("answer", "second")] * 3
    assert (len(standin.requests()), len(other.requests())) == (1, 3)


async def test_a_silent_first_one_is_overtaken_and_closed(
    pair: Model, standin: StandIn, other: StandIn
) -> None:
    standin.play("hang")
    reply = await pair.reply(make_turn(), deadline_in(6))
    assert reply.model == "second"
    assert {call.model: call.outcome for call in reply.calls} == {
        "stand-in": "cancelled",
        "second": "answered",
    }
    (cancelled,) = [call for call in reply.calls if call.outcome == "cancelled"]
    assert cancelled.usage.estimated and cancelled.usage.input_tokens > 100
    assert cancelled.ttft_ms is None and cancelled.latency_ms >= 2000
    await wait_until_async(lambda: standin.requests()[0]["closed_by_client"])


async def test_a_late_first_one_can_still_win(
    pair: Model, standin: StandIn, other: StandIn
) -> None:
    standin.play(first_token_s=HEDGE_AFTER_S + 0.3)
    other.play("hang")
    reply = await pair.reply(make_turn(), deadline_in(6))
    assert reply.model == "stand-in"
    await wait_until_async(lambda: other.requests()[0]["closed_by_client"])


async def test_when_both_fail_the_first_ones_fault_is_told(
    pair: Model, standin: StandIn, other: StandIn
) -> None:
    standin.play("error", status=503)
    other.play("malformed")
    reply = await pair.reply(make_turn(), deadline_in(6))
    assert (reply.outcome, reply.error) == ("hand_over", "model_error: status 503")
    assert [call.outcome for call in reply.calls] == ["failed", "unreadable"]


async def test_the_first_ones_key_does_not_go_to_another_server(
    standin: StandIn, other: StandIn
) -> None:
    model = choose_model(
        settings_for(
            standin,
            openai_api_key="sk-first",
            ai_fallback_model="second",
            ai_fallback_base_url=f"{other.url}/v1",
        )
    )
    assert model._second._client.api_key == "none"
    await model.close()
    same = choose_model(settings_for(standin, openai_api_key="sk-first", ai_fallback_model="b"))
    assert same._second._client.api_key == "sk-first"
    await same.close()


class Reader(Watcher):
    """Notes every text with what it may cite."""

    def __init__(self) -> None:
        super().__init__()
        self.read: list[tuple[str, tuple[Passage, ...]]] = []
        self._looked_up: tuple[Passage, ...] = ()

    def found(self, looked_up: tuple[Passage, ...]) -> None:
        """Notes what may be cited from now on."""
        self._looked_up = looked_up

    def wrote(self, text: str) -> None:
        """Notes a text."""
        self.read.append((text, self._looked_up))


async def test_what_each_of_two_providers_looked_up_is_cited_by_its_own_text_alone() -> None:
    reader = Reader()
    leader = Leader(reader)
    first, second = Lane(leader), Lane(leader)
    first.wrote("")
    second.found((SIZES,))
    first.found((DELIVERY,))
    first.wrote("first")
    second.wrote("second")
    first.leave()
    second.wrote("second goes on")
    assert reader.read == [("", ()), ("first", (DELIVERY,)), ("second goes on", (SIZES,))]
