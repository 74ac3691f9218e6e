"""`romashka channel`: how channels fare, whether their platform knows us, and their secrets."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import psycopg
import pytest

from romashka.vault import new_key
from tests.system import COMMAND, System
from tests.web import WEB

ADDED = ["second", "third", "77", "shop@b.example", "99"]


@pytest.fixture
def channels(running: System) -> Iterator[System]:
    """The running system, whose stored accounts and stand-ins are set back after the test."""
    yield running
    status = running.json("status")
    WEB.delete(f"{status['providers_url']}/control").raise_for_status()
    with psycopg.connect(status["db_url"], autocommit=True) as database:
        database.execute("delete from private.channel_secrets")
        database.execute("delete from public.channels where account = any (%s)", [ADDED])


def one(system: System, query: str) -> object:
    with psycopg.connect(system.json("status")["db_url"]) as database:
        row = database.execute(query.encode()).fetchone()
    return row and row[0]


def feed(system: System, text: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Runs a command that reads this text from stdin."""
    return subprocess.run(
        [*COMMAND, *arguments],
        env=system.environment,
        input=text,
        capture_output=True,
        text=True,
        timeout=60,
    )


def test_channels_are_listed(channels: System) -> None:
    [found] = [
        one for one in channels.json("channel", "list")["channels"] if one["type"] == "whatsapp"
    ]
    assert {"status", "last_in_at", "last_out_at", "last_error_at", "token_state"} <= set(found)
    text = channels.run("channel", "list").stdout
    assert f"whatsapp   {found['account']}" in text
    assert "checked_at" in found


def test_the_list_says_when_access_was_tested(channels: System) -> None:
    channels.json("channel", "test", "whatsapp")
    [found] = [
        one for one in channels.json("channel", "list")["channels"] if one["type"] == "whatsapp"
    ]
    tested = datetime.fromisoformat(found["checked_at"])
    assert datetime.now(UTC) - tested < timedelta(minutes=1)
    text = channels.run("channel", "list").stdout
    assert f"token valid    {tested.astimezone():%m-%d %H:%M:%S}" in text


def test_a_webhook_that_is_gone_gives_exit_code_5_and_the_command(channels: System) -> None:
    status = channels.json("status")
    token = json.loads((channels.directory / ".romashka" / "secrets.json").read_text())[
        "telegram_bot_token"
    ]
    bot = f"{status['providers_url']}/telegram/bot{token}"
    WEB.post(f"{bot}/deleteWebhook").raise_for_status()
    try:
        done = channels.run("channel", "test", "telegram")
        assert (done.returncode, "romashka channel register telegram" in done.stderr) == (5, True)
    finally:
        channels.json("channel", "register", "telegram")
    assert channels.run("channel", "test", "telegram").returncode == 0
    with psycopg.connect(status["db_url"], autocommit=True) as database:
        database.execute("update channels set webhook_url = null where type = 'telegram'")


def test_a_mailbox_that_is_lost_is_not_found_by_a_test_that_asks_nobody(channels: System) -> None:
    lose = "select private.record_channel_event(id, 'disconnected', '{}') from channels"
    channels.sql(f"{lose} where type = 'email'")
    try:
        assert channels.run("channel", "test", "email").returncode == 0
        query = "select status from channels where type = 'email'"
        assert one(channels, query) == "disconnected"
    finally:
        channels.sql(lose.replace("disconnected", "connected") + " where type = 'email'")


def test_the_platform_says_whether_it_knows_our_account(channels: System) -> None:
    found = channels.json("channel", "test", "whatsapp")
    assert found["type"] == "whatsapp"
    assert found["says"]
    query = "select status from channels where type = 'whatsapp'"
    assert one(channels, query) == "connected"


def test_a_refusal_gives_exit_code_5_and_is_kept(channels: System) -> None:
    account = channels.json("channel", "test", "whatsapp")["account"]
    query = f"select token_state from channels where account = '{account}'"
    bad = System(channels.directory, {"WHATSAPP_API_TOKEN": "wrong"})
    bad.environment |= {
        "WHATSAPP_PHONE_NUMBER_ID": account,
        "WHATSAPP_WEBHOOK_SECRET": "x",
        "WHATSAPP_API_URL": f"{channels.json('status')['providers_url']}/whatsapp",
    }
    done = bad.run("channel", "test", "whatsapp")
    assert done.returncode == 5, done.stdout + done.stderr
    assert account in done.stderr
    assert one(channels, query) == "invalid"


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("test", "fax"), "channel 'fax': known are whatsapp, "),
        (("rotate-secret", "fax"), "channel 'fax': known are whatsapp, "),
        (("test", "whatsapp", "--account", "7"), "whatsapp 7 has no secrets here"),
        (("set", "fax", "--account", "1", "a=b"), "channel 'fax': known are whatsapp, "),
        (("set", "website", "--account", "1", "Secret"), "write name=value"),
        (("set", "telegram", "--account", "1", "acces_token=a"), "has no acces_token"),
        (("rotate-secret", "telegram", "--name", "verify_token"), "has no verify_token"),
        (("set", "website", "--account", "1", "webhook_secret="), "is empty"),
        (("rotate-secret", "whatsapp", "--name", "access_token"), "the platform chooses"),
        (("rotate-secret", "website", "--name", ""), "website has no ''"),
        (("set", "whatsapp", "--account", "1", "access_token=  "), "access_token is empty"),
        (
            ("set", "whatsapp", "--account", "1", "access_token=a", "access_token=b"),
            "access_token is given twice",
        ),
        (("test", "whatsapp", "--account", ""), "whatsapp '' has no secrets here"),
    ],
)
def test_what_makes_no_sense_is_exit_code_2(
    channels: System, arguments: tuple[str, ...], says: str
) -> None:
    done = channels.run("channel", *arguments)
    assert (done.returncode, says in done.stderr) == (2, True), done.stderr


def test_an_account_is_kept_encrypted_and_its_secret_changed(channels: System) -> None:
    words = ("channel", "set", "website", "--account", "second", "webhook_secret=-")
    done = feed(channels, "whsec_c2VjcmV0LW9mLXRoZS1zaG9wLTI=\n", *words)
    assert (done.returncode, done.stdout) == (0, "website second: kept webhook_secret\n")
    assert b"whsec" not in bytes(one(channels, "select value from private.channel_secrets"))
    ambiguous = channels.run("channel", "rotate-secret", "website")
    assert (ambiguous.returncode, "several accounts" in ambiguous.stderr) == (2, True)
    changed = channels.json("channel", "rotate-secret", "website", "--account", "second")
    assert changed["secret"].startswith("whsec_")
    assert "good for 24 h" in changed["next"]
    assert one(channels, "select count(*) from private.channel_secrets") == 2
    taken = feed(
        channels,
        "whsec_dGhpcmQ=\n",
        *("channel", "rotate-secret", "website"),
        *("--account", "second", "--value", "-", "--json"),
    )
    assert (taken.returncode, "dGhpcmQ" in taken.stdout) == (0, False)


def test_a_secret_of_the_environment_is_changed_there(channels: System) -> None:
    found = channels.json("channel", "rotate-secret", "whatsapp")
    assert found["next"].endswith("set WHATSAPP_VERIFY_TOKEN=<new> and restart")
    assert one(channels, "select count(*) from private.channel_secrets") == 0


def test_all_secrets_move_to_a_new_key(channels: System) -> None:
    channels.run("channel", "set", "website", "--account", "third", "webhook_secret=whsec_YQ==")
    assert channels.json("channel", "rotate-key") == {"rotated": 1}
    wrong = System(channels.directory, {"ROMASHKA_SECRET_KEYS": new_key()})
    done = wrong.run("channel", "rotate-key")
    assert (done.returncode, "fits none" in done.stderr) == (2, True)


def test_the_platform_is_asked_about_a_stored_account(channels: System) -> None:
    words = ("--account", "99", f"bot_token=99:{'a' * 35}", "webhook_secret=a-secret")
    assert channels.run("channel", "set", "telegram", *words).returncode == 0
    done = channels.run("channel", "test", "telegram", "--account", "99")
    assert (done.returncode, done.stdout) == (5, "")
    assert "telegram 99: 401 the bot's token is refused" in done.stderr


def test_options_are_kept_as_they_are(channels: System) -> None:
    words = ("channel", "set", "messenger", "--account", "77", "human_agent=true")
    assert channels.run(*words, "app_secret=an-app-secret").returncode == 0
    options = one(channels, "select options from channels where account = '77'")
    assert options == {"human_agent": "true"}


def test_a_value_that_its_channel_cannot_use_is_not_kept(channels: System) -> None:
    words = ("channel", "set", "telegram", "--account", "110", "webhook_secret=a-secret")
    done = channels.run(*words, "bot_token=not a token")
    assert (done.returncode, "bot_token" in done.stderr.lower()) == (2, True), done.stderr
    assert one(channels, "select count(*) from channels where account = '110'") == 0


def test_the_secret_we_choose_for_mail_is_its_webhooks(channels: System) -> None:
    words = ("email", "--account", "shop@b.example")
    kept = (
        "token_secret=a-secret-of-tokens",
        "smtp_url=smtp://127.0.0.1:1",
        "webhook_secret=whsec_YQ==",
    )
    assert channels.run("channel", "set", *words, *kept).returncode == 0
    assert channels.json("channel", "rotate-secret", *words)["name"] == "webhook_secret"


def test_a_secret_of_another_bot_is_refused(channels: System) -> None:
    secrets = ("bot_token=1:a", "webhook_secret=the-very-same")
    channels.json("channel", "set", "telegram", "--account", "77", *secrets)
    done = channels.run("channel", "set", "telegram", "--account", "99", *secrets)
    assert (done.returncode, "each needs its own" in done.stderr) == (2, True), done.stderr
    assert one(channels, "select count(*) from channels where account = '99'") == 0
    again = channels.run("channel", "set", "telegram", "--account", "77", *secrets)
    assert again.returncode == 0, again.stderr
