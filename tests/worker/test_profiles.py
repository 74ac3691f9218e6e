"""Profiles are asked for beside the messages, and a platform that does not tell harms nobody."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import uuid4

import pytest
from psycopg.types.json import Jsonb

from romashka.channels import CHANNELS
from romashka.channels.accounts import Account
from romashka.channels.base import Channel
from romashka.settings import Settings
from tests.romashka.scripted_platform import ScriptedPlatform, scripted_platform
from tests.worker.offices import Office, shared_of
from worker.profiles import ProfileLoop


def channels(platform: ScriptedPlatform, customer: str) -> Mapping[str, Channel]:
    settings = Settings(instagram_api_url=platform.url, send_timeout_s=1.0)
    account = Account(
        type="instagram", account=account_of(customer), secrets={"access_token": ("token",)}
    )
    return {"instagram": CHANNELS["instagram"](settings, [account])}


def account_of(customer: str) -> str:
    """Every customer writes to an account of their own, so that tests do not meet."""
    return f"shop-{customer}"


@pytest.fixture
def customer(office: Office) -> str:
    """Somebody who has just written on Instagram, and of whom nothing is known."""
    person = uuid4().hex
    office.rows("select private.register_channel('instagram', %s, 'Shop')", account_of(person))
    event = {
        "kind": "message",
        "account": account_of(person),
        "external_id": f"mid.{person}",
        "identities": [{"kind": "external", "value": person}],
        "content": "Hello",
        "calls_for_answer": False,
    }
    office.rows(
        "select private.ingest_events('instagram', %s, %s, %s, %s::text[])",
        [b"{}"],
        Jsonb([{}]),
        Jsonb([[event]]),
        [None],
    )
    return person


def known(office: Office, person: str) -> dict[str, Any]:
    """What is known of a customer, and whether they are still to be asked about."""
    query = (
        "select name, profile_due_at, profile_asks from customer_identities"
        " join customer_profiles on customer_profiles.id = customer_id where value = %s"
    )
    return office.rows(query, person)[0]


async def one_step(
    office: Office, platform: ScriptedPlatform, customer: str, steps: int = 1
) -> None:
    async with shared_of(office) as shared:
        spoken = channels(platform, customer)
        loop = ProfileLoop(shared, spoken)
        for _ in range(steps):
            await loop.step()
        for channel in spoken.values():
            await channel.close()


async def test_a_new_customer_gets_the_name_that_the_platform_tells(
    office: Office, customer: str
) -> None:
    async with scripted_platform() as platform:
        platform.will_answer(200, {"id": customer, "name": "Mira B.", "username": "mira.b"})
        await one_step(office, platform, customer, steps=2)
    assert known(office, customer) == {"name": "Mira B.", "profile_due_at": None, "profile_asks": 1}
    assert len(platform.requests) == 1


async def test_without_consent_nobody_is_asked_again(office: Office, customer: str) -> None:
    async with scripted_platform() as platform:
        platform.will_answer(403, {"error": {"code": 230}})
        await one_step(office, platform, customer)
    assert known(office, customer) == {"name": None, "profile_due_at": None, "profile_asks": 1}


@pytest.mark.parametrize("answer", [(503, {}), (200, "<html>"), (401, {"error": {"code": 190}})])
async def test_a_platform_that_fails_is_asked_again_later(
    office: Office, customer: str, answer: tuple[int, Any]
) -> None:
    async with scripted_platform() as platform:
        platform.will_answer(*answer)
        await one_step(office, platform, customer)
    found = known(office, customer)
    assert (found["name"], found["profile_asks"]) == (None, 1)
    assert found["profile_due_at"] is not None


async def test_a_platform_that_hangs_up_is_asked_again_later(office: Office, customer: str) -> None:
    async with scripted_platform() as platform:
        await one_step(office, platform, customer)
    assert known(office, customer)["profile_due_at"] is not None


async def test_a_platform_that_is_asked_too_fast_is_left_alone(
    office: Office, customer: str
) -> None:
    async with scripted_platform() as platform:
        platform.will_answer(400, {"error": {"code": 613}})
        async with shared_of(office) as shared:
            spoken = channels(platform, customer)
            loop = ProfileLoop(shared, spoken)
            await loop.step()
            office.rows("update customer_identities set profile_due_at = now()")
            await loop.step()
            await spoken["instagram"].close()
    assert len(platform.requests) == 1


async def test_channels_that_tell_by_themselves_are_not_asked(office: Office) -> None:
    async with shared_of(office) as shared:
        whatsapp = CHANNELS["whatsapp"](Settings(), [Account(type="whatsapp", account="1")])
        await ProfileLoop(shared, {"whatsapp": whatsapp}).step()
    query = "select sum(profile_asks) from customer_identities"
    assert not office.rows(query)[0]["sum"]
