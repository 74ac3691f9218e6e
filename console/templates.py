"""`romashka channel templates`: reads an account's templates from the platform and shows them."""

from __future__ import annotations

import asyncio
from typing import Any

import psycopg
from psycopg.rows import dict_row
from psycopg.types.json import Jsonb

from console.output import data, data_json, say, shorten
from console.place import running
from console.problems import CHECK_FAILED, Problem
from local.parts import environment
from local.plan import Plan
from romashka.channels import build_channels
from romashka.channels.base import Templated
from romashka.channels.errors import SendError
from romashka.settings import Settings

LIST = """
select channels.type as channel, channels.account, message_templates.name,
  message_templates.language, message_templates.status, message_templates.category,
  message_templates.parameter_format, message_templates.body
from public.message_templates
inner join public.channels on channels.id = message_templates.channel_id
order by 1, 2, 3, 4
"""


def show_templates(*, sync: bool, as_json: bool) -> None:
    """Print the templates, after reading them anew unless told otherwise."""
    plan, _ = running()
    if sync:
        asyncio.run(_sync(plan))
    with psycopg.connect(plan.db_url, row_factory=dict_row, connect_timeout=5) as connection:
        rows = connection.execute(LIST.encode()).fetchall()
    if as_json:
        data_json({"templates": rows})
        return
    for row in rows:
        data(_line(row))
    if not rows:
        data("no templates")


async def _sync(plan: Plan) -> None:
    for name, channel in build_channels(Settings.from_env(environment(plan))).items():
        if not isinstance(channel, Templated):
            continue
        try:
            for account in channel.accounts:
                _keep(plan, name, account, await channel.templates(account))
        except SendError as error:
            reason = f"{name} refuses its list of templates: {error.code} {error.reason}"
            raise Problem(CHECK_FAILED, "refused", reason, "romashka doctor --online") from None
        finally:
            await channel.close()


def _keep(plan: Plan, name: str, account: str, found: Any) -> None:
    if found is None:
        say(f"{name} {account}: set WHATSAPP_BUSINESS_ACCOUNT_ID to read templates")
        return
    with psycopg.connect(plan.db_url, connect_timeout=5) as connection:
        query = "select private.store_templates(%s, %s, %s)"
        connection.execute(query, [name, account, Jsonb(found)])


def _line(row: dict[str, Any]) -> str:
    words = shorten(" ".join(row["body"].split()), 60)
    return f"{row['status']:<10} {row['language']:<6} {row['name']:<32} {words}"
