"""Secrets of accounts: encrypted, one newest of each name, out of everybody's reach (R81)."""

from __future__ import annotations

import base64
import uuid

import psycopg
import pytest

from tests.sql.rows import acting, add_agent, call, one, refused, rows

A, B = b"gAAAAABa", b"gAAAAABb"


@pytest.fixture
def channel(db):
    return call(db, "private.register_channel", "whatsapp", "1", "Shop")


def kept(db):
    return rows(db, "select private.channel_accounts()")


def test_what_is_stored_comes_back_with_options(db, channel):
    call(db, "private.store_secret", channel, "access_token", A)
    call(db, "private.set_options", channel, {"login": "page", "old": "x"})
    call(db, "private.set_options", channel, {"old": None})
    [account] = kept(db)
    [secret] = account["secrets"]
    assert base64.b64decode(secret["value"]) == A
    assert (account["type"], account["account"], account["options"]) == (
        "whatsapp",
        "1",
        {"login": "page"},
    )
    details = rows(db, "select action, details from audit_log order by id")
    assert details[:2] == [
        ("store_secret", {"name": "access_token"}),
        ("set_options", {"names": ["login", "old"]}),
    ]


def test_a_new_one_leaves_the_old_one_good_for_a_day(db, channel):
    call(db, "private.store_secret", channel, "app_secret", A)
    call(db, "private.store_secret", channel, "app_secret", B)
    values = [base64.b64decode(one["value"]) for one in kept(db)[0]["secrets"]]
    assert values == [B, A]
    query = "select retired_at < now() + interval '25 hours' from private.channel_secrets"
    assert rows(db, f"{query} order by retired_at") == [True, None]


def test_a_retired_one_is_gone_at_once(db, channel):
    call(db, "private.store_secret", channel, "app_secret", A)
    assert call(db, "private.retire_secret", channel, "app_secret") == 1
    assert kept(db) == []
    call(db, "private.retire_secret", channel, "app_secret")
    assert one(db, "select count(*) from private.channel_secrets") == 0


def test_a_disabled_channel_has_no_account(db, channel):
    call(db, "private.store_secret", channel, "app_secret", A)
    db.execute("update channels set is_enabled = false")
    assert kept(db) == []


@pytest.mark.parametrize("value", [None, b"", b"EAAB-a-plain-token"])
def test_nothing_is_stored_in_the_clear(db, channel, value):
    with refused(db, "PT400"):
        call(db, "private.store_secret", channel, "app_secret", value)


def test_an_unknown_channel_is_missing(db):
    with refused(db, "PT404"):
        call(db, "private.store_secret", uuid.uuid4(), "app_secret", A)
    with refused(db, "PT404"):
        call(db, "private.set_options", uuid.uuid4(), {})


def test_pages_of_secrets_and_their_new_values(db, channel):
    for name in ("a", "b", "c"):
        call(db, "private.store_secret", channel, name, A)
    page = rows(db, "select private.secrets_after(null, 2)")
    rest = rows(db, "select private.secrets_after(%s, 2)", page[-1]["id"])
    assert (len(page), len(rest)) == (2, 1)
    new = base64.b64encode(B).decode()
    arguments = (page[0]["id"], page[0]["value"], new)
    assert [call(db, "private.replace_value", *arguments) for _ in range(2)] == [True, False]


def test_agents_and_visitors_reach_none(db, channel):
    call(db, "private.store_secret", channel, "access_token", A)
    with acting(db, add_agent(db, "admin")):
        for question in (
            "select value from private.channel_secrets",
            "select private.channel_accounts()",
            "select private.secrets_after(null)",
        ):
            with pytest.raises(psycopg.errors.InsufficientPrivilege), db.transaction():
                db.execute(question)
