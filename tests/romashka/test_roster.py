"""Channels whose accounts change while everything runs."""

from __future__ import annotations

from dataclasses import replace

import pytest
from structlog.testing import capture_logs

from romashka.channels.accounts import Account
from romashka.channels.base import Signalling
from romashka.channels.roster import Roster, accounts_among, having
from romashka.settings import Settings

SETTINGS = Settings(whatsapp_phone_number_id="1065", whatsapp_api_token="one")
BOT = Account(
    type="telegram",
    account="110",
    secrets={"bot_token": ("110:AA",), "webhook_secret": ("daisy",)},
)


def test_a_stored_account_of_a_new_channel_is_taken_on() -> None:
    roster = Roster(SETTINGS)
    assert list(roster) == ["whatsapp"]
    assert roster.take((BOT,))
    assert sorted(roster) == ["telegram", "whatsapp"]
    assert roster["telegram"].inlets[""].verify(
        {"x-telegram-bot-api-secret-token": "daisy"}, b"{}"
    ) == {"account": "110"}


def test_a_further_account_stands_beside_the_environments() -> None:
    roster = Roster(SETTINGS)
    roster.take((Account(type="whatsapp", account="2000"),))
    assert sorted(roster["whatsapp"].accounts) == ["1065", "2000"]


def test_what_is_the_same_changes_nothing_and_what_is_gone_goes() -> None:
    roster = Roster(SETTINGS)
    roster.take((BOT,))
    before = roster["telegram"]
    assert not roster.take((BOT,))
    assert roster["telegram"] is before
    assert roster.take(())
    assert list(roster) == ["whatsapp"]


def test_an_account_that_cannot_be_used_takes_no_other_with_it(
    capsys: pytest.CaptureFixture[str],
) -> None:
    roster = Roster(SETTINGS)
    without_secret = Account(type="telegram", account="110", secrets={"bot_token": ("110:AA",)})
    assert roster.take((without_secret, Account(type="whatsapp", account="2000")))
    assert list(roster) == ["whatsapp"]
    assert sorted(roster["whatsapp"].accounts) == ["1065", "2000"]
    assert "110:AA" not in capsys.readouterr().out


def test_two_that_cannot_be_used_together_leave_the_first() -> None:
    """Rows written by hand: two bots with one secret cannot be told apart."""
    roster = Roster(SETTINGS)
    other = replace(BOT, account="220", secrets={**BOT.secrets, "bot_token": ("220:AA",)})
    with capture_logs() as logs:
        assert roster.take((BOT, other))
    assert list(roster["telegram"].accounts) == ["110"]
    assert [line["account"] for line in logs if line["event"] == "account_unusable"] == ["220"]
    assert roster.take((other,))
    assert list(roster["telegram"].accounts) == ["220"]


async def test_what_was_in_use_two_changes_ago_is_closed() -> None:
    roster = Roster(SETTINGS)
    first = roster["whatsapp"]
    for number in ("1", "2"):
        roster.take((Account(type="whatsapp", account=number),))
        await roster.close_former()
    assert first is not roster["whatsapp"]
    await roster.close()


def test_abilities_are_found_by_protocol() -> None:
    roster = Roster(SETTINGS)
    assert list(having(roster, Signalling)) == ["whatsapp"]
    assert accounts_among(roster, Signalling) == ["1065"]
