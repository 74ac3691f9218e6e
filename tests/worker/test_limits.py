"""The limits of models as they are shipped: how many calls at once, when a second one is asked."""

from __future__ import annotations

import asyncio
import selectors
from typing import Any

import pytest

from tests.waiting import wait_until_async
from tests.worker.conftest import StandIn, settings_for
from tests.worker.turns import deadline_in, make_turn
from worker.model import Model, Reply, Watcher
from worker.model.choice import choose_model
from worker.model.hedge import hedged
from worker.patience import end


class Held:
    """A wire whose calls go on until they are cancelled."""

    name = "held"

    def __init__(self) -> None:
        self.calls = 0

    def body(self, *given: Any) -> dict[str, Any]:
        """A request that nobody reads."""
        return {}

    async def stream(self, *given: Any) -> None:
        """A call that is under way."""
        self.calls += 1
        await asyncio.Event().wait()


def held_by(model: Model) -> Held:
    """Puts both providers of a model on one wire that holds their calls."""
    held = Held()
    for provider in filter(None, (model._first, model._second)):
        provider._wire = held
    return held


async def test_a_worker_makes_64_calls_at_once_and_the_next_one_waits(standin: StandIn) -> None:
    model = choose_model(settings_for(standin))
    held = held_by(model)
    calls = [asyncio.create_task(model.reply(make_turn(), deadline_in(6))) for _ in range(65)]
    await wait_until_async(lambda: held.calls)
    assert held.calls == 64
    calls[0].cancel()
    await wait_until_async(lambda: held.calls == 65)
    await end(calls)
    await model.close()


class Jumping(selectors.DefaultSelector):
    """Nothing that a loop waits for by the clock takes any time: the clock jumps there."""

    jumped = 0.0

    def select(self, timeout: float | None = None) -> list[Any]:
        """What is ready; where there is nothing, the clock goes on instead."""
        ready = super().select(0 if timeout else timeout)
        if timeout and not ready:
            self.jumped += timeout
        return ready


class Hurried(asyncio.SelectorEventLoop):
    """A loop whose clock jumps."""

    def __init__(self) -> None:
        self._jumping = Jumping()
        super().__init__(self._jumping)

    def time(self) -> float:
        """The seconds that have passed or were jumped over."""
        return super().time() + self._jumping.jumped


async def who_answers(sign_after_s: float) -> str | None:
    """Which of two providers answers where the first one's first sign comes after so long."""

    async def first(watcher: Watcher) -> Reply:
        await asyncio.sleep(sign_after_s)
        watcher.wrote("It")
        await asyncio.sleep(1)
        return Reply(outcome="answer", model="first")

    async def second(watcher: Watcher) -> Reply:
        return Reply(outcome="answer", model="second")

    return (await hedged(first, second, deadline_in(6), Watcher())).model


@pytest.mark.parametrize(("sign_after_s", "model"), [(1.9, "first"), (2.1, "second")])
def test_a_second_model_is_asked_where_the_first_is_silent_for_two_seconds(
    sign_after_s: float, model: str
) -> None:
    with asyncio.Runner(loop_factory=Hurried) as runner:
        assert runner.run(who_answers(sign_after_s)) == model
