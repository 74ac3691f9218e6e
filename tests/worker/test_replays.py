"""The worker parses anew what replay_inbound asks for."""

from __future__ import annotations

import asyncio

import pytest

from romashka.channels import build_channels
from romashka.pools import async_pool
from romashka.settings import Settings
from tests.waiting import wait_until_async
from tests.webhooks.senders import APP_SECRET, whatsapp_body
from tests.worker.offices import ACCOUNT, Office
from worker.patience import end
from worker.replays import Replays
from worker.shared import Shared

CHANNELS = build_channels(
    Settings(whatsapp_phone_number_id=ACCOUNT, whatsapp_webhook_secret=(APP_SECRET,))
)
ASK = "select * from replay_inbound('-infinity', 'infinity', false)"


def keep(office: Office, body: bytes) -> None:
    office.rows(
        "insert into private.inbound_events (channel_type, body, state, error)"
        " values ('whatsapp', %s, 'failed', 'a fault')",
        body,
    )


@pytest.mark.parametrize("asked_first", [True, False])
async def test_what_is_asked_for_in_sql_is_parsed_and_stored(
    office: Office, asked_first: bool
) -> None:
    keep(office, whatsapp_body("wamid.1", account=ACCOUNT))
    keep(office, b"no JSON")
    if asked_first:
        office.rows(ASK)
    async with async_pool(office.url, name="test", size=2, timeout_s=5.0) as pool:
        task = asyncio.create_task(Replays(Shared(pool=pool, name="w1"), CHANNELS).run())
        try:
            if not asked_first:
                office.rows(ASK)
            finished = "select count(*) from private.replay_requests where finished_at is not null"
            await wait_until_async(lambda: office.value(finished) == 2)
        finally:
            await end([task])
    assert office.value("select count(*) from messages where external_message_id = 'wamid.1'") == 1
    states = office.rows("select state, error from private.inbound_events order by id")
    assert [row["state"] for row in states] == ["done", "failed"]
    assert states[1]["error"] != "a fault"


async def test_a_dry_run_asked_for_in_sql_tells_what_would_change_and_changes_nothing(
    office: Office,
) -> None:
    keep(office, whatsapp_body("wamid.1", account=ACCOUNT))
    dry = ASK.replace("false", "true")
    assert [row["is_queued"] for row in office.rows(dry)] == [True]
    async with async_pool(office.url, name="test", size=2, timeout_s=5.0) as pool:
        assert await Replays(Shared(pool=pool, name="w1"), CHANNELS).step() == 1
    [told] = office.rows(dry)
    assert (told["is_queued"], told["state"]) == (False, "failed")
    assert len(told["report"]["messages"]) == 1
    assert office.value("select count(*) from messages") == 0
