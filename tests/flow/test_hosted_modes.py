"""The whole journey where Realtime behaves as the hosted service does, on a bad day too."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import httpx
import psycopg
import pytest

from local.stack import Stack
from tests.flow.conftest import bare_environment
from tests.flow.journeys import Customer, Desk
from tests.invariants import assert_invariants
from tests.web import ANEW


@pytest.fixture(scope="module", params=["hosted", "hosted-bad-day"])
def mode_desk(request: pytest.FixtureRequest, kept_folder: Path) -> Iterator[Desk]:
    """A whole system whose Realtime is like the hosted one; other tests have the plain one."""
    environ = bare_environment() | {"GATEWAY_MODE": request.param}
    with Stack(kept_folder, environ) as stack, httpx.Client(timeout=15, limits=ANEW) as http:
        if request.param == "hosted-bad-day":
            begin_gap(http, stack)
        yield Desk(stack=stack, http=http)


def begin_gap(http: httpx.Client, stack: Stack) -> None:
    """For eight seconds from now every broadcast of the database is silently lost."""
    key = stack.run["service_role_key"]
    answer = http.post(
        f"{stack.run['api_url']}/realtime/v1/control/gap",
        headers={"apikey": key, "authorization": f"Bearer {key}"},
    )
    answer.raise_for_status()


def test_the_whole_journey_passes_in_every_mode(mode_desk: Desk) -> None:
    customers = [Customer(desk=mode_desk) for _ in range(5)]
    for customer in customers:
        customer.says("How long does delivery take?")

    for customer in customers:
        assert customer.reply_with_status("read")["sender_type"] == "ai"
        assert customer.waited_s() <= 6.0
    with psycopg.connect(mode_desk.db_url) as connection:
        assert_invariants(connection)
