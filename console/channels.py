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
from romashka.channels.accounts import Account, accounts_of
from romashka.channels.base import Channel, Checkable
from romashka.channels.errors import AccountBlocked, SendError
from romashka.channels.meta import send_error
from romashka.channels.roster import Roster
from romashka.channels.stored_accounts import load_accounts
from romashka.database import call
from romashka.pools import open_pool
from romashka.settings import Settings
from romashka.vault import Vault

if TYPE_CHECKING:
    from psycopg_pool import ConnectionPool

    from local.plan import Plan

LIST = "select * from public.channel_status order by type, account"
COLOURS = {"connected": "green", "degraded": "yellow", "disconnected": "red"}
CONNECTIONS_S = 30.0


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
        try:
            said = asyncio.run(_ask(channel, settings, chosen))
        except SendError as error:
            _note_refusal(pool, channel_id, error)
            code = "refused" if isinstance(error, AccountBlocked) else "no_answer"
            text = f"{channel_type} {chosen.account}: {error.reason}"
            raise Problem(CHECK_FAILED, code, text, f"code {error.code or 'unknown'}") from error
        call(pool, "private.unblock_channel", channel_id)
        call(pool, "private.record_channel_event", channel_id, "connected", {})
    if as_json:
        data_json({"type": channel_type, "account": chosen.account, "says": said})
    else:
        data(f"{channel_type} {chosen.account}: {said}")


def settings_of(plan: Plan) -> Settings:
    """The settings that webhooks and worker of this plan have."""
    from local.parts import environment

    return Settings.from_env(environment(plan))


def choose(channel_type: str, account: str | None, accounts: tuple[Account, ...]) -> Account:
    """The account of a channel that is meant; raises Problem when there is none, or several."""
    own = {one.account: one for one in accounts if one.type == channel_type}
    if account is None and len(own) == 1:
        return next(iter(own.values()))
    if account is None and own:
        names = ", ".join(sorted(own))
        raise Problem(USAGE, "which", f"{channel_type} has several accounts", f"--account {names}")
    if account not in own:
        meant = f"{channel_type} {account}" if account else channel_type
        raise Problem(
            USAGE, "no_such_account", f"{meant} has no secrets here", "romashka channel set --help"
        )
    return own[account]


async def _ask(channel: Channel, settings: Settings, account: Account) -> str:
    try:
        if isinstance(channel, Checkable):
            return await channel.check(account.account)
    finally:
        await channel.close()
    if account.type == "whatsapp":
        return _ask_meta(settings, account)
    return "there is no platform to ask: this door is our own"


def _ask_meta(settings: Settings, account: Account) -> str:
    """What Meta says of a WhatsApp number."""
    import httpx

    url = f"{settings.whatsapp_api_url}/{settings.whatsapp_api_version}/{account.account}"
    headers = {"Authorization": f"Bearer {account.secret('access_token')}"}
    try:
        answer = httpx.get(url, headers=headers, timeout=settings.send_timeout_s)
        body = answer.json()
    except (httpx.HTTPError, ValueError) as error:
        raise SendError(None, f"no answer: {type(error).__name__}") from error
    found = body if isinstance(body, Mapping) else {}
    if not answer.is_success or "error" in found:
        raise send_error(answer.status_code, found.get("error") or {})
    name = found.get("verified_name") or found.get("display_phone_number") or "the number"
    return f"known as {shorten(str(name))}"


def _note_refusal(pool: ConnectionPool, channel_id: str, error: SendError) -> None:
    kind = "token" if isinstance(error, AccountBlocked) else "out_error"
    found = {"state": "invalid"} if kind == "token" else {"code": error.code, "error": error.reason}
    call(pool, "private.record_channel_event", channel_id, kind, found)


def _line(row: Mapping[str, Any]) -> str:
    status = paint(f"{row['status']:<12}", COLOURS.get(row["status"], "dim"))
    times = f"in {_time(row['last_in_at'])}  out {_time(row['last_out_at'])}"
    error = ""
    if row["last_error_at"]:
        error = f"  error {_time(row['last_error_at'])} {shorten(row['last_error'] or '', 60)}"
    queue = f"  {row['waiting']} waiting" if row["waiting"] else ""
    token = f"token {row['token_state']:<8}"
    return f"{row['type']:<10} {row['account']:<20} {status} {times}  {token}{queue}{error}"


def _time(moment: Any) -> str:
    # Any: a datetime of the database's row, or None.
    return moment.astimezone().strftime("%m-%d %H:%M:%S") if moment else f"{'-':<14}"
