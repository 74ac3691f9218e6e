"""Secrets are encrypted before they reach the database, and keys can be changed."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing

import psycopg
import pytest

from romashka.channels.accounts import Account
from romashka.channels.stored_accounts import aload_accounts, load_accounts
from romashka.pools import async_pool, open_pool
from romashka.settings import BadSetting
from romashka.vault import NoKey, Vault, new_key


def test_what_is_encrypted_can_be_read_with_the_key_alone() -> None:
    key = new_key()
    value = Vault((key,)).encrypt("tökén")
    assert b"t" + "ökén".encode() not in value
    assert Vault((key,)).decrypt(value) == "tökén"
    with pytest.raises(NoKey, match="fits none"):
        Vault((new_key(),)).decrypt(value)


def test_a_new_key_in_front_reads_the_old_and_rotates_to_itself() -> None:
    old, new = new_key(), new_key()
    value = Vault((old,)).encrypt("x")
    both = Vault((new, old))
    assert both.decrypt(value) == "x"
    assert Vault((new,)).decrypt(both.rotate(value)) == "x"
    with pytest.raises(NoKey):
        Vault((new,)).rotate(value)


def test_without_a_key_nothing_is_kept() -> None:
    with pytest.raises(NoKey, match="ROMASHKA_SECRET_KEYS is not set"):
        Vault(()).encrypt("x")


def test_what_is_no_key_is_named_and_not_shown() -> None:
    with pytest.raises(BadSetting, match="must be Fernet keys") as caught:
        Vault(("canary",))
    assert "canary" not in str(caught.value)


@pytest.fixture
def stocked(fresh_database: Callable[[], str]) -> tuple[str, Vault]:
    """A database with an account of ours, and one that another key has encrypted."""
    url, vault = fresh_database(), Vault((new_key(),))
    with psycopg.connect(url, autocommit=True) as database:
        for account, value in (("1", vault.encrypt("t")), ("2", Vault((new_key(),)).encrypt("t"))):
            database.execute(
                "select private.store_secret("
                "private.register_channel('telegram', %s, ''), 'bot', %s)",
                [account, value],
            )
        database.execute("update public.channels set options = '{\"a\": 1}' where account = '1'")
    return url, vault


EXPECTED = (Account(type="telegram", account="1", secrets={"bot": ("t",)}, options={"a": "1"}),)


def test_accounts_are_loaded_without_those_that_cannot_be_read(stocked: tuple[str, Vault]) -> None:
    url, vault = stocked
    with closing(open_pool(url, name="test")) as pool:
        assert load_accounts(pool, vault) == EXPECTED
    assert "'t'" not in repr(EXPECTED)


async def test_accounts_are_loaded_by_the_worker(stocked: tuple[str, Vault]) -> None:
    url, vault = stocked
    async with async_pool(url, name="test", size=1, timeout_s=5.0) as pool:
        assert await aload_accounts(pool, vault) == EXPECTED
