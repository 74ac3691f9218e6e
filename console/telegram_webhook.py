"""`romashka channel register telegram`: Telegram hears where updates go, and says what it knows."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from console.channels import CONNECTIONS_S
from console.logs import quieten_logs
from console.output import data, data_json, say
from console.place import find_run, plan_here, reachable
from console.problems import NOT_READY, USAGE, Problem
from local.parts import environment
from local.plan import Plan
from romashka.channels.errors import SendError
from romashka.channels.roster import Roster
from romashka.channels.stored_accounts import load_accounts
from romashka.channels.telegram import Telegram
from romashka.database import call
from romashka.pools import open_pool
from romashka.settings import Settings
from romashka.vault import Vault

if TYPE_CHECKING:
    from psycopg_pool import ConnectionPool

PATH = "/webhooks/telegram"
SHOWN = ("url", "pending_update_count", "last_error_message", "max_connections", "allowed_updates")


def register(channel_type: str, url: str | None, account: str | None, *, as_json: bool) -> None:
    """Set the webhook of a bot and print WebhookInfo; raises Problem."""
    if channel_type != "telegram":
        text = f"channel {channel_type!r}: only telegram takes its webhook's address by a call"
        raise Problem(USAGE, "channel", text, "README, section On a Supabase project")
    quieten_logs()
    plan = plan_here()
    plan = reachable() if plan.project or find_run() else plan
    found = _channels(plan).get("telegram")
    if not isinstance(found, Telegram):
        raise Problem(USAGE, "channel", "no bot is configured", "set TELEGRAM_BOT_TOKEN in .env")
    bot = _bot(found, account)
    where = address(plan, url)
    try:
        info = asyncio.run(_register(found, bot, where))
    except SendError as error:
        raise Problem(NOT_READY, "refused", f"Telegram: {error.reason}") from None
    _keep(plan, bot, where)
    if as_json:
        data_json({"account": bot, "webhook": dict(info)})
    else:
        data("\n".join(_lines(info)))


def _channels(plan: Plan) -> Roster:
    """The channels with the accounts of the environment, and the stored ones where we can ask."""
    settings = Settings.from_env(environment(plan))
    roster = Roster(settings)
    if plan.project or find_run():
        with _pool(plan) as pool:
            roster.take(load_accounts(pool, Vault(settings.romashka_secret_keys)))
    return roster


def _pool(plan: Plan) -> ConnectionPool:
    return open_pool(plan.db_url, name="romashka-channel", size=1, timeout_s=CONNECTIONS_S)


def _keep(plan: Plan, bot: str, url: str) -> None:
    """Keep the address, so that the worker sees when it is gone and registers it again."""
    if not (plan.project or find_run()):
        say("not kept: nothing runs here, so no worker will see whether it stays")
        return
    with _pool(plan) as pool:
        channel_id = call(pool, "private.register_channel", "telegram", bot, "telegram")
        call(pool, "private.keep_webhook", channel_id, url)


def address(plan: Plan, url: str | None) -> str:
    """Where the updates are to go: this machine's webhooks where a stand-in plays Telegram.

    Raises Problem for what is no https address.
    """
    if url is None and "telegram" not in plan.stand_ins:
        text = "say where webhooks can be reached from outside"
        raise Problem(USAGE, "url", text, "romashka channel register telegram --url https://…")
    if url is not None and not _is_https(url):
        text = f"{url!r} is no https address: Telegram sends updates to nothing else"
        raise Problem(USAGE, "url", text, "one looks like https://support.example.com")
    parts = urlsplit((url or plan.webhooks_url).rstrip("/"))
    return (parts if parts.path.strip("/") else parts._replace(path=PATH)).geturl()


def _is_https(url: str) -> bool:
    """Whether a text is an address with https that a platform can post to."""
    if not url.isprintable() or " " in url:
        return False
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return False
    is_plain = "@" not in parts.netloc and "#" not in url
    return parts.scheme == "https" and bool(parts.hostname) and port != 0 and is_plain


async def _register(channel: Telegram, bot: str, url: str) -> Mapping[str, Any]:
    try:
        await channel.register(bot, url)
        return await channel.webhook(bot)
    finally:
        await channel.close()


def _bot(channel: Telegram, account: str | None) -> str:
    known = ", ".join(channel.accounts)
    if account is None and len(channel.accounts) > 1:
        raise Problem(USAGE, "account", f"say which bot: {known}", "--account ID")
    if account is not None and account not in channel.accounts:
        raise Problem(
            USAGE, "account", f"bot {account or repr(account)} is not configured; known are {known}"
        )
    return account or channel.accounts[0]


def _lines(info: Mapping[str, Any]) -> list[str]:
    shown = {name: info[name] for name in SHOWN if info.get(name) not in (None, "", [])}
    return [
        f"{name.replace('_', ' ')}: {', '.join(value) if isinstance(value, list) else value}"
        for name, value in shown.items()
    ]
