"""Stored accounts on a real database: taken on, registered, their tokens renewed and kept."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

from romashka.channels.email import Email
from romashka.channels.roster import Roster
from romashka.settings import Settings
from romashka.vault import Vault, new_key
from tests.romashka.scripted_platform import scripted_platform
from tests.worker.offices import Office, shared_of
from worker.accounts import Accounts

KEY = new_key()
VAULT = Vault([KEY])


@asynccontextmanager
async def accounts_of(office: Office, **more: Any) -> AsyncIterator[tuple[Accounts, Roster]]:
    """What looks after the accounts of a worker without any in its environment."""
    settings = Settings(romashka_secret_keys=(KEY,), **more)
    roster = Roster(settings)
    async with shared_of(office) as shared:
        yield Accounts(shared, roster, settings), roster
    await roster.close()


def store(office: Office, channel_type: str, account: str, **secrets: str) -> str:
    """Keeps an account, as `romashka channel set` does; gives its channel's id."""
    query = "select private.register_channel(%s, %s, 'Shop') as id"
    channel_id = office.rows(query, channel_type, account)[0]["id"]
    for name, secret in secrets.items():
        office.rows(
            "select private.store_secret(%s, %s, %s)", channel_id, name, VAULT.encrypt(secret)
        )
    return channel_id


def kept(office: Office, name: str) -> list[str]:
    """The secrets of a name that are in use, as only our keys can read them."""
    query = "select value from private.channel_secrets where name = %s and retired_at is null"
    return [VAULT.decrypt(row["value"]) for row in office.rows(query, name)]


async def test_a_stored_account_is_taken_on_while_the_worker_runs(office: Office) -> None:
    async with accounts_of(office) as (accounts, roster):
        await accounts.look()
        assert list(roster) == []
        store(office, "telegram", "110", bot_token="110:AA", webhook_secret="daisy")
        await accounts.look()
        assert roster["telegram"].accounts == ("110",)


async def test_a_token_near_its_end_is_renewed_and_kept_encrypted(office: Office) -> None:
    channel_id = store(office, "instagram", "178", access_token="old", app_secret="s")
    soon = datetime.now(UTC) + timedelta(days=5)
    office.rows("select private.record_channel_event(%s, 'token', %s::jsonb)", channel_id,
                f'{{"state": "valid", "expires_at": "{soon.isoformat()}"}}')  # fmt: skip
    query = "update private.channel_secrets set updated_at = now() - interval '50 days'"
    office.rows(query + " returning id")
    async with scripted_platform() as platform:
        platform.will_answer(200, {"access_token": "new", "expires_in": 5_184_000})
        async with accounts_of(office, instagram_api_url=platform.url) as (accounts, _):
            await accounts.renew_in_time()
    assert kept(office, "access_token") == ["new"]
    query = "select token_state, token_expires_at from channels where account = '178'"
    [channel] = office.rows(query)
    assert channel["token_state"] == "valid"
    assert channel["token_expires_at"] > soon


async def test_a_token_that_is_refused_is_shown_and_the_old_one_stays(office: Office) -> None:
    store(office, "instagram", "178", access_token="old", app_secret="s")
    query = "update private.channel_secrets set updated_at = now() - interval '55 days'"
    office.rows(query + " returning id")
    async with scripted_platform() as platform:
        platform.will_answer(401, {"error": {"code": 190, "message": "expired"}})
        async with accounts_of(office, instagram_api_url=platform.url) as (accounts, _):
            await accounts.renew_in_time()
    assert kept(office, "access_token") == ["old"]
    query = "select token_state from channels where account = '178'"
    assert office.rows(query)[0]["token_state"] == "invalid"


async def test_a_new_refresh_token_of_a_mailbox_is_kept(office: Office) -> None:
    secrets = {"token_secret": "daisy", "oauth_refresh_token": "first"}
    channel_id = store(office, "email", "shop@example.com", **secrets)
    options = '{"oauth_provider": "google", "oauth_client_id": "client-1"}'
    office.rows("select private.set_options(%s, %s::jsonb)", channel_id, options)
    async with accounts_of(office) as (accounts, roster):
        await accounts.look()
        email = roster["email"]
        assert isinstance(email, Email)
        assert email.on_rotated is not None
        await email.on_rotated("shop@example.com", "second")
    assert kept(office, "oauth_refresh_token") == ["second"]
