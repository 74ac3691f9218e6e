"""The signal loop on a real database: at once, once, and never twice."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from uuid import UUID

import pytest

from romashka.channels.base import Inlet, OutboundMessage, Signal
from romashka.channels.errors import Rejected
from tests.waiting import wait_until_async
from tests.worker.offices import ACCOUNT, Office, shared_of
from worker.patience import end
from worker.shared import Shared
from worker.signals import SignalLoop, typing_meanwhile


class Platform:
    """A channel that notes signals, after it has raised what a test wants."""

    type = "whatsapp"
    accounts: Sequence[str] = (ACCOUNT,)
    inlets: Mapping[str, Inlet] = {}

    def __init__(self, *errors: Exception) -> None:
        self.asked = 0
        self.shown: list[Signal] = []
        self._errors = list(errors)

    async def signal(self, signal: Signal) -> None:
        self.asked += 1
        if self._errors:
            raise self._errors.pop(0)
        self.shown.append(signal)

    async def send(self, message: OutboundMessage) -> tuple[str, ...]:
        raise AssertionError("nothing is sent here")

    async def close(self) -> None:
        return None


@asynccontextmanager
async def showing(office: Office, platform: Platform) -> AsyncIterator[Shared]:
    """A signal loop that runs for the length of a block."""
    async with shared_of(office) as shared:
        loop = SignalLoop(shared, {"whatsapp": platform})
        running = asyncio.create_task(loop.run())
        yield shared
        loop.stop()
        await loop.drain(0.1)
        await end([running])


@pytest.fixture
def conversation(office: Office) -> UUID:
    """A conversation on WhatsApp."""
    return office.ask("Hello?")


def request(office: Office, conversation: UUID, kind: str = "typing") -> None:
    office.rows("select private.request_signals(array[%s]::uuid[], %s)", conversation, kind)


async def test_a_signal_is_shown_to_whom_it_is_about(office: Office, conversation: UUID) -> None:
    platform = Platform()
    request(office, conversation)
    async with showing(office, platform):
        await wait_until_async(lambda: platform.shown)
    [signal] = platform.shown
    assert (signal.kind, signal.account) == ("typing", ACCOUNT)
    assert signal.identities == {"phone": "4915100000001"}


@pytest.mark.parametrize("error", [Rejected("131009", "no"), KeyError("bug")])
async def test_what_goes_wrong_is_not_repeated_and_stops_nothing(
    office: Office, conversation: UUID, error: Exception
) -> None:
    platform = Platform(error)
    async with showing(office, platform) as shared:
        request(office, conversation)
        shared.bells.signals.set()
        await wait_until_async(lambda: platform.asked == 1)
        request(office, conversation, "read")
        shared.bells.signals.set()
        await wait_until_async(lambda: platform.shown)
    assert [signal.kind for signal in platform.shown] == ["read"]


async def test_an_answer_that_takes_long_shows_typing_and_a_quick_one_does_not(
    office: Office, conversation: UUID
) -> None:
    requested = "select count(*) from private.signals"
    async with shared_of(office) as shared:
        async with typing_meanwhile(shared, str(conversation)):
            pass
        assert office.value(requested) == 0
        async with typing_meanwhile(shared, str(conversation)):
            await wait_until_async(lambda: office.value(requested) == 1)
