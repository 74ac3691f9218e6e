"""The commands below `romashka channel`: names, options, help and examples."""

from __future__ import annotations

from typing import Annotated

import typer

from console.problems import guarded
from console.subcommands import Json

channel = typer.Typer(
    help="The channels' accounts: list, test, set, register, templates, rotate-secret, rotate-key.",
    no_args_is_help=True,
)

Type = Annotated[
    str, typer.Argument(help="whatsapp, instagram, messenger, telegram, email or website")
]
AccountOption = Annotated[
    str | None, typer.Option(help="The platform's id of the account, where there are several.")
]


@channel.command(
    "register",
    epilog="Example: romashka channel register telegram --url https://support.example.com",
)
@guarded
def channel_register(
    channel: Annotated[str, typer.Argument(help="telegram")],
    url: Annotated[
        str | None, typer.Option(help="Where webhooks can be reached from outside, with https.")
    ] = None,
    account: AccountOption = None,
    json: Json = False,
) -> None:
    """Have a platform send its webhooks here, and show what it then says of them.

    For platforms that take the address by a call; Meta's is typed into its form. From then on
    workers see whether it stays, and register it again where it is gone.
    """
    from console.telegram_webhook import register

    register(channel, url, account, as_json=json)


@channel.command("list", epilog="Example: romashka channel list --json")
@guarded
def channel_list(json: Json = False) -> None:
    """List the channels: their state, when they last worked and were tested, what went wrong."""
    from console.channels import list_channels

    list_channels(as_json=json)


@channel.command("test", epilog="Example: romashka channel test whatsapp")
@guarded
def channel_test(channel: Type, account: AccountOption = None, json: Json = False) -> None:
    """Ask the platform about our account and its webhook; exit code 5 when something is wrong."""
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
    name: Annotated[
        str | None, typer.Option(help="Which secret; if absent, the one that we choose.")
    ] = None,
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


@channel.command("templates", epilog="Example: romashka channel templates --json")
@guarded
def channel_templates(
    sync: Annotated[bool, typer.Option(help="Read them from the platform first.")] = True,
    json: Json = False,
) -> None:
    """Show what may be said outside the service window, as the platform lists it now."""
    from console.templates import show_templates

    show_templates(sync=sync, as_json=json)
