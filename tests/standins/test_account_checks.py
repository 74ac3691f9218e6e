"""A worker asks the platforms about our accounts though nobody writes (R70, R76).

The platforms are the stand-ins' process, the database is real.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from typing import Any

import pytest

from romashka.channels.roster import Roster
from romashka.settings import Settings
from tests.standins.conftest import BOT_SECRET, BOT_TOKEN, NUMBER, SECRET, TOKEN, Receiver
from tests.waiting import wait_until_async
from tests.web import WEB
from tests.worker.offices import Office, shared_of
from worker import checks
from worker.checks import CheckLoop
from worker.patience import end

META = ("whatsapp", "instagram", "messenger")


class Watch:
    """What the worker that runs has found out, and what the platforms are made to do."""

    def __init__(self, office: Office, standins: str, hook: str) -> None:
        self.office = office
        self.hook = hook
        self.standins = standins

    def control(self, channel: str, **wish: Any) -> None:
        """Has a platform behave as wished."""
        WEB.post(f"{self.standins}/control/{channel}", json=wish).raise_for_status()

    def bot(self, method: str, **fields: Any) -> Any:
        """Calls the Bot API as somebody else with our token."""
        url = f"{self.standins}/telegram/bot{BOT_TOKEN}/{method}"
        return WEB.post(url, json=fields).raise_for_status().json()["result"]

    def seen(self, channel: str) -> dict[str, Any]:
        """How a channel fares, after what upkeep makes of it."""
        self.office.rows("select private.upkeep()")
        [found] = self.office.rows("select * from channel_status where type = %s", channel)
        return found

    def alerts(self, channel: str) -> list[tuple[str, bool]]:
        """The alerts of a channel so far, oldest first: their kinds, and whether they are open."""
        query = (
            "select alerts.kind, alerts.resolved_at is null as open from alerts"
            " join channels on channels.id = alerts.channel_id where channels.type = %s"
            " order by alerts.raised_at"
        )
        return [(row["kind"], row["open"]) for row in self.office.rows(query, channel)]

    async def until(self, channel: str, **wanted: Any) -> dict[str, Any]:
        """Waits until a channel fares like that."""

        def fares() -> dict[str, Any] | None:
            seen = self.seen(channel)
            return seen if wanted.items() <= seen.items() else None

        return await self.checked_until(fares)

    async def checked_until(self, condition: Callable[[], Any]) -> Any:
        """Waits for a fact while every account is due all the time; gives it."""

        def found() -> Any:
            self.office.rows("update channels set check_at = now()")
            return condition()

        return await wait_until_async(found)


@pytest.fixture
def office(fresh_database: Callable[[], str]) -> Iterator[Office]:
    """A database of its own, in which the bot's webhook is known to be ours."""
    opened = Office(fresh_database())
    opened.rows("delete from channels")
    yield opened
    opened.close()


@pytest.fixture
async def watch(
    office: Office, standins: str, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Watch]:
    """A running check loop whose bot is registered at the receiver."""
    monkeypatch.setattr(checks, "LOOK_EVERY_S", 0.05)
    roster = Roster(settings_for(standins))
    for channel in roster.values():
        for account in channel.accounts:
            office.rows("select private.register_channel(%s, %s, '')", channel.type, account)
    hook = f"{receiver.url}/webhooks/telegram"
    query = "select private.keep_webhook(id, %s) from channels where type = 'telegram'"
    office.rows(query, hook)
    watch = Watch(office, standins, hook)
    watch.bot("setWebhook", url=hook, secret_token=BOT_SECRET)
    async with shared_of(office) as shared:
        running = asyncio.create_task(CheckLoop(shared, roster).run())
        yield watch
        await end([running])
    await roster.close()
    for channel in (*META, "telegram"):
        watch.control(channel)
    WEB.delete(f"{standins}/record").raise_for_status()
    watch.bot("setWebhook", url=receiver.url, secret_token=BOT_SECRET)


def settings_for(standins: str) -> Settings:
    """The accounts of the stand-ins."""
    return Settings(
        whatsapp_phone_number_id=NUMBER,
        whatsapp_api_token=TOKEN,
        whatsapp_api_url=f"{standins}/whatsapp",
        instagram_account_id=NUMBER,
        instagram_access_token=TOKEN,
        instagram_app_secret=(SECRET,),
        instagram_api_url=f"{standins}/instagram",
        messenger_page_id=NUMBER,
        messenger_access_token=TOKEN,
        messenger_app_secret=(SECRET,),
        messenger_api_url=f"{standins}/messenger",
        telegram_bot_token=BOT_TOKEN,
        telegram_webhook_secret=(BOT_SECRET,),
        telegram_api_url=f"{standins}/telegram",
    )


@pytest.mark.parametrize("channel", [*META, "telegram"])
async def test_a_token_that_is_refused_is_noticed_and_so_is_its_mending(
    watch: Watch, channel: str
) -> None:
    good = await watch.until(channel, token_state="valid", status="connected")
    watch.control(channel, mode="token")
    bad = await watch.until(channel, token_state="invalid")
    assert bad["checked_at"] > good["checked_at"]
    assert bad["last_error"]
    assert ("token", True) in watch.alerts(channel)
    watch.control(channel)
    await watch.until(channel, token_state="valid", status="connected")
    assert not any(is_open for _, is_open in watch.alerts(channel))


async def test_a_deleted_webhook_is_registered_again_and_the_alert_ends(watch: Watch) -> None:
    await watch.until("telegram", status="connected")
    watch.bot("deleteWebhook")
    await watch.checked_until(lambda: watch.alerts("telegram") == [("channel", False)])
    assert watch.bot("getWebhookInfo")["url"] == watch.hook
    assert watch.seen("telegram")["status"] == "connected"


async def test_a_webhook_that_was_moved_is_told_and_left_until_it_is_back(watch: Watch) -> None:
    elsewhere = "https://somebody.example.com/hook"
    watch.bot("setWebhook", url=elsewhere)
    lost = await watch.until("telegram", status="disconnected")
    assert "https://somebody.example.com instead of" in lost["status_reason"]
    assert watch.alerts("telegram") == [("channel", True)]
    assert watch.bot("getWebhookInfo")["url"] == elsewhere
    watch.bot("setWebhook", url=watch.hook, secret_token=BOT_SECRET)
    await watch.until("telegram", status="connected", lost_at=None)
    assert watch.alerts("telegram") == [("channel", False)]


async def test_updates_that_we_refuse_are_told_and_the_webhook_is_left(
    watch: Watch, receiver: Receiver
) -> None:
    await watch.until("telegram", status="connected")
    receiver.answers = [401] * 1000
    chat = {"id": 23, "type": "private", "first_name": "Mira"}
    message = {"message_id": 1, "date": 1, "chat": chat, "from": chat, "text": "Hello"}
    WEB.post(f"{watch.standins}/telegram/updates", json={"message": message})
    bad = await watch.until("telegram", status="degraded")
    assert "1 webhook waits, the last one failed: Wrong response" in bad["last_error"]
    assert watch.alerts("telegram") == [("channel", True)]
    receiver.answers = []
    await watch.until("telegram", status="connected")
    assert watch.alerts("telegram") == [("channel", False)]
