"""The commands below `romashka db`, `channel` and `dead`: names, options, help and examples."""

from __future__ import annotations

from typing import Annotated

import typer

from console.problems import guarded

db = typer.Typer(help="The database: push, reset, migration, psql, status.", no_args_is_help=True)
channel = typer.Typer(help="Channels: list, test, set, rotate.", no_args_is_help=True)
dead = typer.Typer(help="What could not be processed: list, retry.", no_args_is_help=True)

Json = Annotated[bool, typer.Option("--json", help="Print one JSON object instead of text.")]
Type = Annotated[str, typer.Argument(help="whatsapp, telegram, website …")]
AccountOption = Annotated[str | None, typer.Option("--account", help="Which, if several.")]


@db.command("push", epilog="Example: romashka db push")
@guarded
def db_push(json: Json = False) -> None:
    """Apply the migrations that the database misses."""
    from console.database import push

    push(as_json=json)


@db.command("reset", epilog="Example: romashka db reset --yes")
@guarded
def db_reset(
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
) -> None:
    """Make the local database anew: its contents are lost. A hosted one is refused."""
    from console.database import reset

    reset(confirmed=yes)


@db.command("migration", epilog="Example: romashka db migration add_teams")
@guarded
def db_migration(
    name: Annotated[str, typer.Argument(help="What it does, in snake_case.")] = "",
    baseline: Annotated[bool, typer.Option(help="Write the first one anew.")] = False,
) -> None:
    """Write the migration that leads from the present ones to sql/."""
    from console.database import migration

    migration(name, baseline=baseline)


@db.command(
    "psql",
    epilog='Example: romashka db psql -c "select count(*) from conversations"',
    context_settings={"allow_extra_args": True, "ignore_unknown_options": True},
)
@guarded
def db_psql(context: typer.Context) -> None:
    """Open psql on the database; everything after `psql` is passed to it."""
    from console.psql import run

    run(context.args)


@db.command("status", epilog="Example: romashka db status --json")
@guarded
def db_status(json: Json = False) -> None:
    """Compare the migrations of the checkout with those of the database."""
    from console.database import status

    status(as_json=json)


@dead.command("list", epilog="Example: romashka dead list --json")
@guarded
def dead_list(
    limit: Annotated[int, typer.Option(help="How many at most.")] = 50, json: Json = False
) -> None:
    """List what could not be processed, with the reason."""
    from console.dead import list_dead

    list_dead(limit, as_json=json)


@dead.command("retry", epilog="Example: romashka dead retry delivery 0b9c…")
@guarded
def dead_retry(
    kind: Annotated[str, typer.Argument(help="inbound, item, delivery or reply_job")],
    id: Annotated[str, typer.Argument(help="As `romashka dead list` shows it.")],
    json: Json = False,
) -> None:
    """Take up a dead letter again."""
    from console.dead import retry

    retry(kind, id, as_json=json)


@channel.command("list", epilog="Example: romashka channel list --json")
@guarded
def channel_list(json: Json = False) -> None:
    """List the channels: their state, when they last worked, what their platform complained of."""
    from console.channels import list_channels

    list_channels(as_json=json)


@channel.command("test", epilog="Example: romashka channel test whatsapp")
@guarded
def channel_test(channel: Type, account: AccountOption = None, json: Json = False) -> None:
    """Ask the platform whether it knows our account; exit code 5 when it refuses."""
    from console.channels import test_channel

    test_channel(channel, account, as_json=json)


@channel.command("set", epilog="Example: romashka channel set telegram --account 110 bot_token=-")
@guarded
def channel_set(
    channel: Type,
    pairs: Annotated[list[str], typer.Argument(help="name=value; name=- reads a line of stdin.")],
    account: Annotated[str, typer.Option(help="The platform's id of the account.")],
    json: Json = False,
) -> None:
    """Keep an account in the database: tokens, secrets, passwords and keys are encrypted."""
    from console.channel_secrets import set_account

    set_account(channel, account, pairs, as_json=json)


@channel.command("rotate-secret", epilog="Example: romashka channel rotate-secret website")
@guarded
def channel_rotate_secret(
    channel: Type,
    account: AccountOption = None,
    name: Annotated[str | None, typer.Option(help="Which secret.")] = None,
    value: Annotated[
        str | None, typer.Option(help="- for a line of stdin, where the platform chooses it.")
    ] = None,
    json: Json = False,
) -> None:
    """Make a new secret, or take the platform's; the old one stays good for 24 hours."""
    from console.channel_secrets import rotate_secret

    rotate_secret(channel, account, name, value, as_json=json)


@channel.command("rotate-key", epilog="Example: romashka channel rotate-key")
@guarded
def channel_rotate_key(json: Json = False) -> None:
    """Encrypt all stored secrets anew, with the first key of ROMASHKA_SECRET_KEYS."""
    from console.channel_secrets import rotate_key

    rotate_key(as_json=json)
