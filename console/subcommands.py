"""The commands below `romashka db` and `romashka dead`: names, options, help and examples."""

from __future__ import annotations

from typing import Annotated

import typer

from console.problems import AN_ID, alone, guarded

db = typer.Typer(help="The database: push, reset, migration, psql, status.", no_args_is_help=True)
dead = typer.Typer(help="What could not be processed: list, retry.", no_args_is_help=True)


Json = Annotated[bool, typer.Option("--json", help="Print one JSON object instead of text.")]


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
    context: typer.Context,
    name: Annotated[str, typer.Argument(help="What it does, in snake_case.")] = "",
    baseline: Annotated[bool, typer.Option(help="Write the first one anew.")] = False,
) -> None:
    """Write the migration that leads from the present ones to sql/."""
    from console.database import migration

    alone(context, "baseline", "name")
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
    limit: Annotated[int, typer.Option(min=1, max=2**63 - 1, help="How many at most.")] = 50,
    json: Json = False,
) -> None:
    """List what could not be processed, with the reason."""
    from console.dead import list_dead

    list_dead(limit, as_json=json)


@dead.command("retry", epilog=f"Example: romashka dead retry delivery {AN_ID}")
@guarded
def dead_retry(
    kind: Annotated[str, typer.Argument(help="inbound, item, delivery, reply_job or media")],
    id: Annotated[str, typer.Argument(help="As `romashka dead list` shows it.")],
    json: Json = False,
) -> None:
    """Take up a dead letter again."""
    from console.dead import retry

    retry(kind, id, as_json=json)
