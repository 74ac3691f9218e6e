"""`romashka channel list` and `romashka channel test`: how the channels fare."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import psycopg
from psycopg.rows import dict_row

from console.logs import quieten_logs
from console.output import data, data_json, paint, shorten
from console.place import reachable
from console.problems import CHECK_FAILED, USAGE, Problem
from romashka.channels import CHANNELS
from romashka.channels.accounts import Account, accounts_of
from romashka.channels.base import Channel, Checkable
from romashka.channels.checking import ask
from romashka.channels.roster import Roster
from romashka.channels.stored_accounts import load_accounts
from romashka.database import call
from romashka.pools import open_pool
from romashka.settings import Settings
from romashka.vault import Vault

if TYPE_CHECKING:
    from local.plan import Plan

LIST = "select * from public.channel_status order by type, account"
COLOURS = {"connected": "green", "degraded": "yellow", "disconnected": "red"}
CONNECTIONS_S = 30.0
# What a check has found: its code, and what to do.
FAULTS: Mapping[str, tuple[str, str]] = {
    "invalid": (
        "refused",
        "renew the token at the platform, then: .env and a restart, or romashka channel set",
    ),
    "silent": ("no_answer", "the platform's own status page; the worker asks again by itself"),
    "valid": ("webhook", "docs/channels.md, Three in the morning"),
}
UNASKED: Mapping[str, str] = {
    "email": "a mailbox is asked whenever it is read: romashka channel list",
    "website": "there is no platform to ask: this door is our own",
}


def list_channels(*, as_json: bool) -> None:
    """Print every channel with its state, the newest traffic and the newest error."""
    plan = reachable()
    with psycopg.connect(plan.db_url, row_factory=dict_row, connect_timeout=5) as connection:
        rows = connection.execute(LIST).fetchall()
    if as_json:
        data_json({"channels": rows})
        return
    for row in rows:
        data(_line(row))
    if not rows:
        data("no channel is known yet")


def test_channel(channel_type: str, account: str | None, *, as_json: bool) -> None:
    """Ask the platform about our account, keep the answer, and raise the problem it has."""
    quieten_logs()
    plan = reachable()
    settings = settings_of(plan)
    with open_pool(plan.db_url, name="romashka-channel", size=1, timeout_s=CONNECTIONS_S) as pool:
        stored = load_accounts(pool, Vault(settings.romashka_secret_keys))
        chosen = choose(channel_type, account, (*stored, *accounts_of(settings)))
        roster = Roster(settings)
        if reason := roster.why_unusable(chosen):
            raise Problem(CHECK_FAILED, "unusable", f"{channel_type} {chosen.account}: {reason}")
        roster.take(stored)
        channel = roster[channel_type]
        channel_id = call(
            pool, "private.register_channel", channel_type, chosen.account, channel_type
        )
        found = asyncio.run(_ask(channel, chosen.account))
        said = found.get("says") or UNASKED.get(channel_type, "")
        if isinstance(channel, Checkable):
            kept = call(pool, "private.record_check", channel_id, dict(found))
            _raise_for(f"{channel_type} {chosen.account}", found["state"], kept["fault"])
            # Whoever asks has perhaps just mended what its sends were refused for.
            call(pool, "private.unblock_channel", channel_id)
    if as_json:
        data_json({"type": channel_type, "account": chosen.account, "says": said})
    else:
        data(f"{channel_type} {chosen.account}: {said}")


def _raise_for(account: str, state: str, fault: str | None) -> None:
    """Raise the problem that a platform has with our account, if it has one."""
    if fault is not None:
        code, fix = FAULTS[state]
        raise Problem(CHECK_FAILED, code, f"{account}: {fault}", fix)


def settings_of(plan: Plan) -> Settings:
    """The settings that webhooks and worker of this plan have."""
    from local.parts import environment

    return Settings.from_env(environment(plan))


def require_channel(channel_type: str) -> None:
    """Raises the problem that there is no such channel."""
    if channel_type not in CHANNELS:
        known = f"known are {', '.join(CHANNELS)}"
        raise Problem(USAGE, "no_such_channel", f"channel {channel_type!r}: {known}")


def choose(channel_type: str, account: str | None, accounts: tuple[Account, ...]) -> Account:
    """The account of a channel that is meant; raises Problem when there is none, or several."""
    require_channel(channel_type)
    own = {one.account: one for one in accounts if one.type == channel_type}
    if account is None and len(own) == 1:
        return next(iter(own.values()))
    if account is None and own:
        names = ", ".join(sorted(own))
        raise Problem(USAGE, "which", f"{channel_type} has several accounts", f"--account {names}")
    if account not in own:
        meant = channel_type if account is None else f"{channel_type} {account or repr(account)}"
        raise Problem(
            USAGE, "no_such_account", f"{meant} has no secrets here", "romashka channel set --help"
        )
    return own[account]


async def _ask(channel: Channel, account: str) -> Mapping[str, Any]:
    try:
        return await ask(channel, account)
    finally:
        await channel.close()


def _line(row: Mapping[str, Any]) -> str:
    status = paint(f"{row['status']:<12}", COLOURS.get(row["status"], "dim"))
    times = f"in {_time(row['last_in_at'])}  out {_time(row['last_out_at'])}"
    error = ""
    if row["last_error_at"]:
        error = f"  error {_time(row['last_error_at'])} {shorten(row['last_error'] or '', 60)}"
    queue = f"  {row['waiting']} waiting" if row["waiting"] else ""
    token = f"token {row['token_state']:<8} {_time(row['checked_at'])}"
    reason = f"  {shorten(row['status_reason'], 90)}" if row["status_reason"] else ""
    return f"{row['type']:<10} {row['account']:<20} {status} {times}  {token}{queue}{error}{reason}"


def _time(moment: Any) -> str:
    # Any: a datetime of the database's row, or None.
    return moment.astimezone().strftime("%m-%d %H:%M:%S") if moment else f"{'-':<14}"
