"""`romashka channel set`, `rotate-secret` and `rotate-key`: secrets of accounts, encrypted here."""

from __future__ import annotations

import base64
import re
import secrets
import sys
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from console.channels import CONNECTIONS_S, choose, require_channel, settings_of
from console.logs import quieten_logs
from console.output import counted, data, data_json, say
from console.place import reachable
from console.problems import USAGE, Problem
from romashka.channels.accounts import NAMES, Account, accounts_of
from romashka.channels.roster import Roster
from romashka.channels.stored_accounts import load_accounts
from romashka.database import call, call_all
from romashka.pools import open_pool
from romashka.vault import Vault

if TYPE_CHECKING:
    from psycopg_pool import ConnectionPool

    from romashka.settings import Settings

NAME = re.compile(r"[a-z][a-z0-9_]{0,62}", re.ASCII)
# What we choose and tell the platform; every other secret the platform tells us.
OURS = ("webhook_secret", "verify_token")
WHERE = {
    "website": "give it to the servers that sign what they post",
    "telegram": "romashka channel register telegram tells it to Telegram",
    "email": "give it to the servers that sign the mails they post",
}
# The variables that hold the first account's secrets, where they differ from <TYPE>_<NAME>.
VARIABLES = {
    ("whatsapp", "access_token"): "WHATSAPP_API_TOKEN",
    ("whatsapp", "app_secret"): "WHATSAPP_WEBHOOK_SECRET",
}
PAGE = 100


def set_account(channel_type: str, account: str, pairs: Sequence[str], *, as_json: bool) -> None:
    """Keep an account's secrets (encrypted) and options; NAME=- reads a line of stdin."""
    require_channel(channel_type)
    if not account.strip():
        raise Problem(USAGE, "no_account", "say which account: its id is empty", "--account ID")
    secret_names, option_names = NAMES[channel_type]
    values = _pairs(pairs)
    if unknown := sorted(set(values) - {*secret_names, *option_names}):
        known = f"secrets {', '.join(secret_names)}; options {', '.join(option_names) or 'none'}"
        raise Problem(USAGE, "no_such_name", f"{channel_type} has no {', '.join(unknown)}", known)
    named = [name for name in values if name in secret_names]
    quieten_logs()
    plan = reachable()
    settings = settings_of(plan)
    vault = Vault(settings.romashka_secret_keys)
    encrypted = {name: vault.encrypt(values[name]) for name in named}
    with open_pool(plan.db_url, name="romashka-channel", size=1, timeout_s=CONNECTIONS_S) as pool:
        _refuse_unusable(settings, load_accounts(pool, vault), channel_type, account, values)
        channel_id = call(pool, "private.register_channel", channel_type, account, channel_type)
        for name, value in encrypted.items():
            call(pool, "private.store_secret", channel_id, name, value)
        options = {name: value for name, value in values.items() if name not in encrypted}
        if options:
            call(pool, "private.set_options", channel_id, options)
    result = {"type": channel_type, "account": account}
    if as_json:
        data_json(result | {"secrets": named, "options": sorted(options)})
        return
    kept = ", ".join([*named, *options]) or "nothing"
    data(f"{channel_type} {account}: kept {kept}")
    if any((one.type, one.account) == (channel_type, account) for one in accounts_of(settings)):
        say(f"the environment has a {channel_type} account {account} too: that one is used")


def rotate_secret(
    channel_type: str, account: str | None, name: str | None, value: str | None, *, as_json: bool
) -> None:
    """Give an account a new secret, the old one good for a day, and say where it belongs."""
    quieten_logs()
    plan = reachable()
    settings = settings_of(plan)
    vault = Vault(settings.romashka_secret_keys)
    with open_pool(plan.db_url, name="romashka-channel", size=1, timeout_s=CONNECTIONS_S) as pool:
        environment = accounts_of(settings)
        stored = load_accounts(pool, vault)
        chosen = choose(channel_type, account, (*stored, *environment))
        name = _name_of_secret(channel_type, name)
        secret = _new_secret(channel_type, name, value)
        if chosen in environment:
            steps = _for_environment(chosen, name)
        else:
            _refuse_unusable(settings, stored, channel_type, chosen.account, {name: secret})
            _store(pool, vault, chosen, name, secret)
            steps = _where(channel_type, name)
    shown = {"secret": secret} if value is None else {}
    if as_json:
        data_json({"type": channel_type, "account": chosen.account, "name": name, **shown} | steps)
        return
    for text in [*shown.values(), *steps.values()]:
        data(text)


def rotate_key(*, as_json: bool) -> None:
    """Encrypt every stored secret with the first key, page by page."""
    plan = reachable()
    vault = Vault(settings_of(plan).romashka_secret_keys)
    count, after = 0, None
    with open_pool(plan.db_url, name="romashka-channel", size=1, timeout_s=CONNECTIONS_S) as pool:
        while page := call_all(pool, "private.secrets_after", after, PAGE):
            for row in page:
                old = base64.b64decode(row["value"])
                new = base64.b64encode(vault.rotate(old)).decode()
                count += call(pool, "private.replace_value", row["id"], row["value"], new)
            after = page[-1]["id"]
    if as_json:
        data_json({"rotated": count})
    else:
        data(counted(count, "secret is", "secrets are") + " encrypted with the first key")


def _refuse_unusable(
    settings: Settings,
    stored: Sequence[Account],
    channel_type: str,
    account: str,
    values: Mapping[str, str],
) -> None:
    """Raise the problem that an account would have with these values, by itself or beside those
    there are, before they are kept."""
    meant = [one for one in stored if (one.type, one.account) == (channel_type, account)]
    kept = meant[0] if meant else Account(type=channel_type, account=account)
    new = {name: (value,) for name, value in values.items() if name in NAMES[channel_type][0]}
    options = {name: value for name, value in values.items() if name not in new}
    secrets_then = {**kept.secrets, **new}
    changed = replace(kept, secrets=secrets_then, options={**kept.options, **options})
    roster = Roster(settings)
    alike = [one for one in stored if one.type == channel_type and one not in meant]
    others = [one for one in alike if not roster.why_unusable(one)]
    if reason := roster.why_unusable(changed, *others):
        raise Problem(USAGE, "unusable", f"{channel_type} {account}: {reason}", "nothing was kept")


def _pair(text: str) -> tuple[str, str]:
    name, sign, value = text.partition("=")
    if not sign or not NAME.fullmatch(name):
        raise Problem(USAGE, "bad_pair", f"{name[:40]!r}: write name=value, or name=- for stdin")
    value = _line_of_stdin(name) if value == "-" else value
    if not value.strip():
        raise Problem(USAGE, "empty", f"{name} is empty")
    return name, value


def _pairs(texts: Sequence[str]) -> dict[str, str]:
    """What was given, by name; raises Problem where one name stands twice."""
    values: dict[str, str] = {}
    for text in texts:
        name, value = _pair(text)
        if name in values:
            raise Problem(USAGE, "given_twice", f"{name} is given twice", "nothing was kept")
        values[name] = value
    return values


def _name_of_secret(channel_type: str, name: str | None) -> str:
    """The secret that is meant, without a name the one that we choose; raises Problem."""
    names = NAMES[channel_type][0]
    if name is None:
        return next(ours for ours in OURS if ours in names)
    if name not in names:
        known = f"known are {', '.join(names)}"
        raise Problem(USAGE, "no_such_name", f"{channel_type} has no {name or repr(name)}", known)
    return name


def _line_of_stdin(name: str) -> str:
    if sys.stdin.isatty():
        say(f"{name}:")
    return sys.stdin.readline().strip()


def _new_secret(channel_type: str, name: str, value: str | None) -> str:
    if value is not None:
        return _pair(f"{name}={value}")[1]
    if name not in OURS:
        raise Problem(
            USAGE, "not_ours", f"the platform chooses {name}", "put its new one in: --value -"
        )
    if channel_type in ("website", "email"):  # Standard Webhooks
        return "whsec_" + base64.b64encode(secrets.token_bytes(24)).decode()
    return secrets.token_urlsafe(32)


def _store(pool: ConnectionPool, vault: Vault, account: Account, name: str, secret: str) -> None:
    channel_id = call(pool, "private.register_channel", account.type, account.account, account.type)
    call(pool, "private.store_secret", channel_id, name, vault.encrypt(secret))


def _where(channel_type: str, name: str) -> dict[str, str]:
    if name == "verify_token":
        return {"next": "type it into Meta's form for the webhook; the old one is good for 24 h"}
    place = WHERE.get(channel_type, "nothing else to do")
    return {"next": f"{place}; the old one is good for 24 h"}


def _for_environment(account: Account, name: str) -> dict[str, str]:
    """Secrets of the environment are not ours to write: what to put there, the new one first."""
    variable = VARIABLES.get((account.type, name), f"{account.type}_{name}".upper())
    old = account.secrets.get(name, ())[:1] if name in ("webhook_secret", "app_secret") else ()
    both = f"{variable}=<new>,<the present one>" if old else f"{variable}=<new>"
    return {
        "next": f"this account's secrets are in the environment: set {both} and restart",
        "then": str(_where(account.type, name)["next"]),
    }
