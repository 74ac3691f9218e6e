"""Processes are killed for real under load; nothing is lost, doubled, or late."""

from __future__ import annotations

import os
import random
import signal
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import psycopg
import pytest

from local.stack import Stack
from tests.flow.conftest import bare_environment
from tests.flow.journeys import Customer, Desk
from tests.flow.load import Load
from tests.invariants import assert_invariants
from tests.waiting import wait_until
from tests.web import ANEW

# `make chaos` runs the same tests at length.
FULL = os.environ.get("ROMASHKA_CHAOS") == "full"
MESSAGES = 1000 if FULL else 60
KILLS = 40 if FULL else 4
VICTIMS = ("worker", "webhooks", "gateway", "standins")
pytestmark = pytest.mark.alone


@pytest.fixture(scope="module")
def broken_desk(kept_folder: Path) -> Iterator[Desk]:
    """A system of its own, as these tests break it."""
    with (
        Stack(kept_folder, bare_environment()) as stack,
        httpx.Client(timeout=15, limits=ANEW) as http,
    ):
        yield Desk(stack=stack, http=http)


def under_load(desk: Desk, disturb: Callable[[], None]) -> tuple[Load, float]:
    """Runs a load, disturbs it in the middle, gives it and the seconds until all was settled."""
    load = Load(desk=desk, count=MESSAGES)
    moment = threading.Event()
    sender = threading.Thread(target=load.run, args=(moment,))
    sender.start()
    assert moment.wait(30)
    disturb()
    broken_at = time.monotonic()
    sender.join(90 + MESSAGES / 5)
    wait_until(load.all_settled, 30)
    return load, time.monotonic() - broken_at


def check(
    desk: Desk, load: Load, name: str, recovered_s: float, *, database_was_down: bool = False
) -> None:
    """Nothing lost, nothing doubled, no answer but 200 and 503, and every invariant holds."""
    print(f"{name}: all settled {recovered_s:.1f} s after the fault")  # noqa: T201 - what `make chaos` reports
    assert len(load.accepted) == MESSAGES
    assert load.stored() == MESSAGES
    assert set(load.statuses) <= {200, 503, 0}
    with psycopg.connect(desk.db_url) as connection:
        assert_invariants(connection, since=load.began_at, database_was_down=database_was_down)


@pytest.mark.parametrize("name", VICTIMS if FULL else VICTIMS[:1])
def test_a_killed_process_loses_and_doubles_nothing(broken_desk: Desk, name: str) -> None:
    load, recovered = under_load(broken_desk, lambda: broken_desk.stack.kill(name) and None)
    broken_desk.stack.wait_until_ready(name)
    check(broken_desk, load, f"kill -9 {name}", recovered)


def test_a_killed_postgres_loses_and_doubles_nothing(broken_desk: Desk) -> None:
    load, recovered = under_load(broken_desk, lambda: broken_desk.stack.kill("postgres") and None)
    broken_desk.stack.wait_until_ready("postgres")
    check(broken_desk, load, "kill -9 postgres", recovered, database_was_down=True)


def test_kill_after_kill_under_load_loses_and_doubles_nothing(broken_desk: Desk) -> None:
    chosen = random.Random(11)

    def one_after_the_other() -> None:
        for _ in range(KILLS):
            name = chosen.choice(VICTIMS)
            broken_desk.stack.kill(name)
            broken_desk.stack.wait_until_ready(name)

    load, recovered = under_load(broken_desk, one_after_the_other)
    check(broken_desk, load, f"{KILLS} kills", recovered)


@pytest.fixture
def frozen_worker(broken_desk: Desk) -> Iterator[int]:
    """The worker, stopped in the middle of whatever it does; it goes on afterwards."""
    pid = broken_desk.stack.pids["worker"]
    os.kill(pid, signal.SIGSTOP)
    yield pid
    os.kill(pid, signal.SIGCONT)


def test_with_every_worker_dead_the_database_hands_over_in_time(
    broken_desk: Desk, frozen_worker: int
) -> None:
    customer = Customer(desk=broken_desk)
    customer.says("How long does delivery take?")

    reply = customer.reply(10)
    assert reply["metadata"] == {"event": "handed_over", "reason": "deadline"}
    assert customer.waited_s() <= 6.0


def test_a_worker_that_wakes_too_late_writes_nothing(broken_desk: Desk) -> None:
    pid = broken_desk.stack.pids["worker"]
    customer = Customer(desk=broken_desk)
    os.kill(pid, signal.SIGSTOP)
    try:
        customer.says("How do I return something?")
        customer.reply(10)
    finally:
        os.kill(pid, signal.SIGCONT)

    witness = Customer(desk=broken_desk)
    witness.says("How do I return something?")
    assert witness.reply(15)["sender_type"] == "ai"
    assert [one["sender_type"] for one in customer.replies()] == ["system"]
