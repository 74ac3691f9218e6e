"""`romashka channel register telegram`: where updates go, and what Telegram then says."""

from __future__ import annotations

import pytest

from tests.system import System

ADDRESS = "https://support.example.com/webhooks/telegram"


@pytest.fixture
def registered(running: System) -> System:
    """The running system, its bot registered here again after the test."""
    yield running
    running.json("channel", "register", "telegram")


def test_a_bot_is_registered_with_all_we_read(registered: System) -> None:
    done = registered.json(
        "channel", "register", "telegram", "--url", "https://support.example.com"
    )
    webhook = done["webhook"]
    assert (webhook["url"], webhook["pending_update_count"]) == (ADDRESS, 0)
    assert {"message", "callback_query", "my_chat_member"} <= set(webhook["allowed_updates"])


def test_the_address_is_kept_as_the_right_one(registered: System) -> None:
    registered.json("channel", "register", "telegram", "--url", ADDRESS)
    kept = registered.sql("select webhook_url from channels where type = 'telegram'")
    assert kept == ADDRESS


def test_a_query_stands_behind_the_path(registered: System) -> None:
    done = registered.run("channel", "register", "telegram", "--url", "https://a.example?key=1")
    assert "url: https://a.example/webhooks/telegram?key=1" in done.stdout.splitlines()


def test_the_webhook_is_shown_and_no_secret(registered: System) -> None:
    done = registered.run("channel", "register", "telegram", "--url", ADDRESS)
    assert done.returncode == 0
    assert f"url: {ADDRESS}" in done.stdout.splitlines()
    keys = (registered.directory / ".romashka" / "secrets.json").read_text()
    token = keys.split('"telegram_bot_token": "')[1].split('"')[0]
    assert token not in done.stdout + done.stderr


def test_an_address_that_telegram_does_not_take_is_said_in_its_words(running: System) -> None:
    done = running.run("channel", "register", "telegram", "--url", "https://example.com:8081")
    assert (done.returncode, "only on ports" in done.stderr) == (4, True)


@pytest.mark.parametrize(
    "url",
    [
        "http://support.example.com",
        "support.example.com",
        "https://",
        "",
        "https://[::1",
        "https://a.example:99999",
        "https://a.example:x",
        "https://a b",
        "https://name:word@a.example",
        "https://a.example/#here",
    ],
)
def test_an_address_without_https_is_wrong_usage(running: System, url: str) -> None:
    done = running.run("channel", "register", "telegram", "--url", url)
    assert (done.returncode, f"{url!r} is no https address" in done.stderr) == (2, True)


@pytest.mark.parametrize(
    "options",
    [("whatsapp",), ("telegram", "--account", "1")],
    ids=["another channel", "unknown bot"],
)
def test_what_cannot_be_registered_is_wrong_usage(
    running: System, options: tuple[str, ...]
) -> None:
    assert running.run("channel", "register", *options).returncode == 2
