"""Workers that die at the worst moments, every time, under load with duplicates."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import httpx
import psycopg
import pytest

from local.stack import Stack
from tests.flow.conftest import bare_environment
from tests.flow.journeys import Desk
from tests.flow.load import Load
from tests.invariants import assert_invariants
from tests.waiting import wait_until
from tests.web import ANEW

# `make chaos` tries all of them.
FULL = os.environ.get("ROMASHKA_CHAOS") == "full"
FURTHER = ("after_model", "before_record", "before_send")
MOMENTS = ("during_model", "after_send", *(FURTHER if FULL else ()))
MESSAGES = 12


@pytest.fixture(params=MOMENTS)
def dying_desk(request: pytest.FixtureRequest, kept_folder: Path) -> Iterator[Desk]:
    """A system whose workers are killed whenever they reach one moment; others take their place."""
    environ = bare_environment() | {"ROMASHKA_FAILPOINT": f"{request.param}:kill"}
    with Stack(kept_folder, environ) as stack, httpx.Client(timeout=15, limits=ANEW) as http:
        yield Desk(stack=stack, http=http)


def test_a_worker_that_dies_at_one_moment_costs_no_message_and_no_second(
    dying_desk: Desk,
) -> None:
    load = Load(desk=dying_desk, count=MESSAGES, per_second=12)
    load.run()
    wait_until(load.all_settled, 20)

    assert load.stored() == MESSAGES
    with psycopg.connect(dying_desk.db_url) as connection:
        assert_invariants(connection, since=load.began_at)
    sent = dying_desk.http.get(f"{dying_desk.stack.plan.providers_url}/record").json()["received"]
    told = [entry["recipient"] for entry in sent if entry["kind"] == "text"]
    assert len(told) == len(set(told))
