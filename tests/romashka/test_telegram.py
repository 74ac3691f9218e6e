"""Who may bring Telegram's updates, for which bot they are, and what is answered."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from romashka.channels import build_channels
from romashka.channels.accounts import Account
from romashka.channels.errors import ParseError
from romashka.channels.reading import read_reply
from romashka.channels.telegram import Telegram
from romashka.settings import BadSetting, Settings

FIXTURES = Path(__file__).parents[1] / "fixtures" / "telegram"
HEADER = "x-telegram-bot-api-secret-token"
TEXT = (FIXTURES / "text.json").read_bytes()


def bot(account: str, *secrets: str, token: str = "") -> Account:
    token = token or f"{account}:AA-token_of_the_bot"
    return Account(
        type="telegram",
        account=account,
        secrets={"bot_token": (token,), "webhook_secret": secrets},
    )


def telegram(*bots: Account) -> Telegram:
    return Telegram(Settings(), bots)


def test_an_update_with_the_secret_is_the_bots() -> None:
    assert telegram(bot("1065", "daisy")).verify({HEADER: "daisy"}, TEXT) == {"account": "1065"}


def test_the_older_secret_opens_while_it_is_changed() -> None:
    channel = telegram(bot("1065", "new", "old"))
    assert channel.verify({HEADER: "old"}, TEXT) == {"account": "1065"}


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {HEADER: ""},
        {HEADER: "Daisy"},
        {HEADER: "daisy "},
        {HEADER: "daisy,daisy"},
        {HEADER: "d\xe4isy"},
        {HEADER: "\ud83d"},
        {"x-telegram-bot-api-secret": "daisy"},
    ],
    ids=range(8),
)
def test_anything_else_proves_nothing(headers: dict[str, str]) -> None:
    assert telegram(bot("1065", "daisy")).verify(headers, TEXT) is None


def test_two_bots_share_one_address_and_a_replay_knows_whose_it_was() -> None:
    channel = telegram(bot("1065", "daisy"), bot("2077", "rose"))
    for secret, account in (("daisy", "1065"), ("rose", "2077")):
        kept = channel.verify({HEADER: secret}, TEXT)
        assert kept is not None
        assert [event.account for event in channel.parse(TEXT, kept)] == [account]
        assert secret not in json.dumps(dict(kept))


def test_of_several_bots_an_update_of_nobody_is_not_read() -> None:
    with pytest.raises(ParseError):
        telegram(bot("1065", "daisy"), bot("2077", "rose")).parse(TEXT, {})


def test_a_bot_without_a_secret_is_refused_with_the_reason() -> None:
    with pytest.raises(BadSetting, match=r"TELEGRAM_WEBHOOK_SECRET is missing .* signs nothing"):
        build_channels(Settings(telegram_bot_token="1065:AA"))


@pytest.mark.parametrize("secret", ["has space", "ümlaut", "x" * 257])
def test_a_secret_that_telegram_would_not_take_is_refused(secret: str) -> None:
    with pytest.raises(BadSetting, match="TELEGRAM_WEBHOOK_SECRET must be") as caught:
        telegram(bot("1065", secret))
    assert secret not in str(caught.value)


@pytest.mark.parametrize("token", ["1065", "1065:", "x:AA", "1065:AA/../getMe", "1065:AA\n"])
def test_a_token_that_is_none_is_refused_and_not_shown(token: str) -> None:
    with pytest.raises(BadSetting, match="TELEGRAM_BOT_TOKEN must be") as caught:
        telegram(bot("1065", "daisy", token=token))
    assert token not in str(caught.value)


def test_two_bots_with_one_secret_could_not_be_told_apart() -> None:
    with pytest.raises(BadSetting, match="each needs its own"):
        telegram(bot("1065", "daisy"), bot("2077", "daisy"))


@pytest.mark.parametrize("name", ["callback", "callback_in_group", "callback_of_inline_message"])
def test_a_tapped_button_is_answered_in_the_webhooks_own_answer(name: str) -> None:
    body = (FIXTURES / f"{name}.json").read_bytes()
    said = read_reply("telegram", telegram(bot("1065", "daisy")), body)
    assert json.loads(said or b"") == {
        "method": "answerCallbackQuery",
        "callback_query_id": json.loads(body)["callback_query"]["id"],
    }


@pytest.mark.parametrize(
    "body", [TEXT, b"", b"[]", b'{"callback_query": 7}', b'{"callback_query": {"id": []}}']
)
def test_nothing_is_said_to_anything_else(body: bytes) -> None:
    assert read_reply("telegram", telegram(bot("1065", "daisy")), body) is None


def test_a_fault_while_answering_is_no_reason_to_send_it_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def stumble(_self: Telegram, _body: bytes) -> Any:
        raise KeyError("canary")

    monkeypatch.setattr(Telegram, "reply", stumble)
    assert read_reply("telegram", telegram(bot("1065", "daisy")), TEXT) is None
