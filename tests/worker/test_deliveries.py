"""The delivery loop on a real database: what a platform does decides what a delivery becomes."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from uuid import UUID

import pytest

from romashka.channels.base import Choice, Inlet, OutboundFile, OutboundMessage
from romashka.channels.errors import (
    AccountBlocked,
    Ambiguous,
    Rejected,
    Throttled,
    Unavailable,
    Unreachable,
)
from tests.waiting import wait_until_async
from tests.worker.offices import ACCOUNT, Office, sending
from worker.sending import Result, read_outbound, send

MESSAGE = OutboundMessage(
    delivery_id="d", message_id="m", account=ACCOUNT, identities={"phone": "1"}, content="Hi"
)


class Platform:
    """A channel whose platform does what a test says; `sent` keeps the contents in order."""

    type = "whatsapp"
    accounts: Sequence[str] = (ACCOUNT,)

    def __init__(self, *errors: Exception | None, hang: bool = False) -> None:
        self.sent: list[str] = []
        self.open = 0
        self.most_open = 0
        self._errors = list(errors)
        self._hang = hang

    inlets: Mapping[str, Inlet] = {}

    async def send(self, message: OutboundMessage) -> tuple[str, ...]:
        self.open += 1
        self.most_open = max(self.most_open, self.open)
        try:
            await asyncio.sleep(3600 if self._hang else 0.01)
        finally:
            self.open -= 1
        error = self._errors.pop(0) if self._errors else None
        if error is not None:
            raise error
        self.sent.append(message.content)
        return (f"wamid.{message.delivery_id}",)

    async def close(self) -> None:
        return None


@pytest.mark.parametrize(
    ("error", "result"),
    [
        (Rejected("131026", "no"), Result(result="failed", code="131026", error="no")),
        (
            Unreachable("403", "blocked"),
            Result(result="failed", code="403", error="blocked", unreachable=True),
        ),
        (
            AccountBlocked("190", "token"),
            Result(result="failed", code="190", error="token", account_blocked=True),
        ),
        (
            Throttled("130429", "slow down", 7.0),
            Result(result="retry", code="130429", error="slow down", retry_after_s=7.0),
        ),
        (Unavailable("refused"), Result(result="retry", error="refused")),
        (Ambiguous("cut"), Result(result="unknown", error="cut")),
        (KeyError("bug"), Result(result="unknown", code="unexpected", error="KeyError")),
    ],
)
async def test_error_of_a_channel_says_what_comes_next(error: Exception, result: Result) -> None:
    assert await send(Platform(error), MESSAGE, 1) == result


async def test_send_without_an_answer_is_unknown() -> None:
    assert (await send(Platform(hang=True), MESSAGE, 0.05)).result == "unknown"


async def test_nothing_is_sent_to_a_customer_who_has_stopped_us() -> None:
    platform = Platform()
    result = await send(platform, replace(MESSAGE, is_reachable=False), 1)
    assert (result.result, result.code, platform.sent) == ("failed", "unreachable", [])


def test_a_choice_without_an_id_is_known_by_its_title() -> None:
    row = {"delivery_id": "d", "message_id": "m", "account": "a", "attempt": 1}
    choices = read_outbound({**row, "choices": [{"title": "Returns"}]}).choices
    assert choices == (Choice(id="Returns", title="Returns"),)


def test_claimed_row_becomes_a_message() -> None:
    row = {
        "delivery_id": "d",
        "message_id": "m",
        "account": "a",
        "identities": {"phone": "1"},
        "content": None,
        "message_type": "image",
        "media": [{"kind": "image", "url": "https://x.example/i.png"}, {"kind": "image"}],
        "choices": [{"title": "Returns"}],
        "external_ids": ["wamid.part"],
        "reply_to": None,
        "via": "bcN_77",
        "is_reachable": False,
        "window_open": False,
        "attempt": 2,
    }
    message = read_outbound(row)
    assert (message.content, message.window_open, message.attempt) == ("", False, 2)
    assert message.files == (OutboundFile(kind="image", url="https://x.example/i.png"),)
    assert message.choices == (Choice(id="Returns", title="Returns"),)
    assert message.parts_sent == ("wamid.part",)
    assert (message.via, message.is_reachable) == ("bcN_77", False)


@pytest.fixture
def conversation(office: Office) -> UUID:
    """A conversation on WhatsApp that an agent has taken over."""
    found = office.ask("Hello, is anybody there?")
    write(office, found, "Yes.")
    return found


def write(office: Office, conversation: UUID, content: str) -> None:
    """An agent writes."""
    office.rows("select private.add_agent_message(%s, %s)", conversation, content)


def states(office: Office) -> list[str]:
    """The states of all deliveries, oldest first."""
    rows = office.rows("select state from private.deliveries order by position")
    return [row["state"] for row in rows]


async def test_message_is_sent_with_the_platforms_id(office: Office, conversation: UUID) -> None:
    platform = Platform()
    async with sending(office, {"whatsapp": platform}):
        await wait_until_async(lambda: states(office) == ["sent"])
    (message,) = office.said(conversation, "agent")
    assert message["delivery_status"] == "sent"
    assert message["external_message_id"].startswith("wamid.")


async def test_messages_of_a_conversation_go_out_one_by_one_in_order(
    office: Office, conversation: UUID
) -> None:
    for number in range(5):
        write(office, conversation, str(number))
    platform = Platform()
    async with sending(office, {"whatsapp": platform}):
        await wait_until_async(lambda: states(office) == ["sent"] * 6)
    assert platform.sent == ["Yes.", "0", "1", "2", "3", "4"]
    assert platform.most_open == 1


async def test_passing_error_is_tried_again(office: Office, conversation: UUID) -> None:
    platform = Platform(Throttled("130429", "slow down", 0.05))
    async with sending(office, {"whatsapp": platform}):
        await wait_until_async(lambda: states(office) == ["sent"])
    assert office.value("select attempts from private.deliveries") == 2


@pytest.mark.parametrize(
    ("error", "state"),
    [(Rejected("131026", "no"), "failed"), (Ambiguous("cut"), "unknown")],
)
async def test_final_error_is_not_tried_again(
    office: Office, conversation: UUID, error: Exception, state: str
) -> None:
    platform = Platform(error)
    async with sending(office, {"whatsapp": platform}):
        await wait_until_async(lambda: states(office) == [state])
    assert platform.sent == []


async def test_blocked_account_keeps_its_queue(office: Office, conversation: UUID) -> None:
    async with sending(office, {"whatsapp": Platform(AccountBlocked("190", "token"))}):
        await wait_until_async(lambda: office.value("select status from channels") != "active")
    assert states(office) == ["queued"]


async def test_other_channels_messages_are_left_alone(office: Office, conversation: UUID) -> None:
    async with sending(office, {"telegram": Platform()}) as loop:
        await wait_until_async(lambda: not loop._bell.is_set())
    assert states(office) == ["queued"]


async def test_send_that_fails_in_between_becomes_unknown_with_its_lease(
    office: Office, conversation: UUID
) -> None:
    platform = Platform()
    async with sending(office, {"whatsapp": platform}, failpoint="after_send:raise") as loop:
        await wait_until_async(lambda: platform.sent and loop.active == 0)
        office.rows("update private.deliveries set lease_until = now() - interval '1 second'")
        await wait_until_async(lambda: states(office) == ["unknown"])


async def test_result_outlives_an_outage_of_the_database(
    office: Office, conversation: UUID, fresh_database: Callable[[], str]
) -> None:
    platform = Platform(hang=True)
    async with sending(office, {"whatsapp": platform}, send_timeout_s=0.5):
        await wait_until_async(lambda: platform.open)
        office.rows(
            "select count(pg_terminate_backend(pid)) from pg_stat_activity"
            " where datname = current_database() and application_name = 'worker'"
        )
        await wait_until_async(lambda: states(office) == ["unknown"])
