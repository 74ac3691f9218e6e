"""A provider that fails is left alone for a while, then tried by one call."""

from __future__ import annotations

import asyncio

import pytest
from structlog.testing import capture_logs

from tests.waiting import wait_until_async
from tests.worker.conftest import StandIn, settings_for
from tests.worker.offices import Office, shared_of
from tests.worker.turns import deadline_in, make_turn
from worker.model.admission import NoTime, Pace, Seats
from worker.model.breaker import FAILURES, REST_S, WITHIN_S, Breaker
from worker.model.choice import choose_model
from worker.model_faults import ModelFaults
from worker.patience import end


class Clock:
    """A clock that a test sets."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    """A clock at zero."""
    return Clock()


def fail(breaker: Breaker, times: int) -> list[bool]:
    """So many admitted calls fail; gives what each failure did."""
    return [breaker.admits() and breaker.failed() for _ in range(times)]


def test_five_failures_in_a_row_close_it_off(clock: Clock) -> None:
    breaker = Breaker(clock)
    assert fail(breaker, 5) == [False, False, False, False, True]
    assert not breaker.admits()


def test_an_answer_between_them_begins_the_count_anew(clock: Clock) -> None:
    breaker = Breaker(clock)
    fail(breaker, 4)
    breaker.worked()
    assert fail(breaker, 4) == [False] * 4
    assert breaker.admits()


def test_failures_far_apart_are_no_series(clock: Clock) -> None:
    breaker = Breaker(clock)
    for _ in range(10):
        clock.now += WITHIN_S / 4 + 0.1
        assert breaker.admits()
        breaker.failed()


def test_after_a_rest_one_call_may_try(clock: Clock) -> None:
    breaker = Breaker(clock)
    fail(breaker, 5)
    clock.now = REST_S - 0.1
    assert not breaker.admits()
    clock.now = REST_S
    assert (breaker.admits(), breaker.admits()) == (True, False)
    assert breaker.worked()
    assert (breaker.admits(), breaker.admits()) == (True, True)


def test_a_failed_trial_begins_another_rest_and_tells_nobody_again(clock: Clock) -> None:
    breaker = Breaker(clock)
    fail(breaker, 5)
    clock.now = REST_S
    assert fail(breaker, 1) == [False]
    clock.now = 2 * REST_S - 0.1
    assert not breaker.admits()


def test_a_trial_that_says_nothing_leaves_it_to_the_next(clock: Clock) -> None:
    breaker = Breaker(clock)
    fail(breaker, 5)
    clock.now = REST_S
    breaker.admits()
    breaker.left()
    assert breaker.admits()


def test_calls_that_were_under_way_do_not_lengthen_a_rest(clock: Clock) -> None:
    breaker = Breaker(clock)
    fail(breaker, 5)
    clock.now = REST_S / 2
    assert breaker.failed() is False
    clock.now = REST_S
    assert breaker.admits()


def test_the_pace_is_the_95th_percentile_of_the_last_minute(clock: Clock) -> None:
    pace = Pace(clock)
    for _ in range(9):
        pace.note(9.0)
    assert pace.expected() == 0.0
    clock.now = 61.0
    for tenth in range(20):
        pace.note(tenth / 10)
    assert pace.expected() == 1.8


async def test_nobody_waits_for_a_seat_longer_than_leaves_the_model_its_time(clock: Clock) -> None:
    seats, pace = Seats(1), Pace(clock)
    for _ in range(10):
        pace.note(2.0)
    with pytest.raises(NoTime):
        async with seats.taken(deadline_in(2.7), pace):
            pass
    async with seats.taken(deadline_in(6), pace):
        assert seats.is_full
        with pytest.raises(NoTime):
            async with seats.taken(deadline_in(3.0), pace):
                pass
    assert not seats.is_full


async def test_a_failing_provider_is_not_asked_any_more(standin: StandIn, model_on) -> None:
    standin.play("rate_limited", retry_after="30")
    model = model_on()
    replies = [await model.reply(make_turn(), deadline_in(6)) for _ in range(7)]
    assert len(standin.requests()) == 5
    assert replies[-1].error == "model_error: the provider is left alone after failures"
    assert [len(reply.calls) for reply in replies] == [1, 1, 1, 1, 1, 0, 0]


@pytest.mark.parametrize("status", [401, 403, 404])
async def test_a_fault_of_the_settings_is_told_once_with_what_to_do(
    standin: StandIn, status: int
) -> None:
    told: list[str | None] = []
    standin.play("error", status=status)
    model = choose_model(settings_for(standin), lambda name, fault: told.append(fault))
    with capture_logs() as logs:
        for _ in range(3):
            reply = await model.reply(make_turn(), deadline_in(6))
    await model.close()
    assert reply.outcome == "hand_over"
    assert len(standin.requests()) == 1
    assert len(told) == 1 and f"status {status}" in str(told[0])
    (line,) = [line for line in logs if line["event"] == "a model cannot be used"]
    assert "OPENAI_API_KEY" in line["mend"]


async def test_a_provider_that_fails_again_and_again_is_told_until_it_answers(
    standin: StandIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    # As in a quiet shop, where no five of them come within the half minute of the breaker.
    monkeypatch.setattr("worker.model.breaker.WITHIN_S", -1.0)
    told: list[str | None] = []
    standin.play("error", status=503)
    model = choose_model(settings_for(standin), lambda name, fault: told.append(fault))
    for _ in range(FAILURES + 2):
        await model.reply(make_turn(), deadline_in(6))
    standin.play()
    for _ in range(2):
        await model.reply(make_turn(), deadline_in(6))
    await model.close()
    assert [fault is None for fault in told] == [False, True]
    assert "5 calls in a row failed" in str(told[0]) and "503" in str(told[0])


async def test_the_first_answer_after_a_start_is_told(standin: StandIn) -> None:
    told: list[tuple[str, str | None]] = []
    model = choose_model(settings_for(standin), lambda *news: told.append(news))
    for _ in range(2):
        await model.reply(make_turn(), deadline_in(6))
    await model.close()
    assert [fault for _, fault in told] == [None]


async def test_a_refused_request_says_nothing_about_the_provider(
    standin: StandIn, model_on
) -> None:
    standin.play("refused")
    model = model_on()
    for _ in range(6):
        await model.reply(make_turn(), deadline_in(6))
    assert len(standin.requests()) == 12


async def test_admins_are_alerted_until_the_model_answers_again(office: Office) -> None:
    alerts = "select message from alerts where kind = 'model' and resolved_at is null"
    async with shared_of(office) as shared:
        faults = ModelFaults(shared)
        telling = asyncio.create_task(faults.run())
        faults.tell("x", "model x: status 401")
        faults.tell("y", "model y: status 404")
        await wait_until_async(lambda: len(office.rows(alerts)) == 2)
        faults.tell("x", None)
        faults.tell("y", None)
        await wait_until_async(lambda: not office.rows(alerts))
        await end([telling])
