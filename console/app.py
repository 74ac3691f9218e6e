"""The commands: names, options, help and examples. What they do is imported when they run."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from console.ai_commands import ai
from console.channel_commands import channel
from console.problems import AN_ID, USAGE, Problem, alone, guarded, not_waiting
from console.subcommands import Json, db, dead

HELP = {"help_option_names": ["-h", "--help"]}
EXIT_CODES = (
    "Exit codes: 0 ok, 1 unexpected, 2 usage, 3 conflict, 4 not ready, 5 check failed, 130 Ctrl-C,"
    " 141 nobody reads."
)

app = typer.Typer(
    help="Romashka: every channel in one inbox, an answer within six seconds.",
    epilog=EXIT_CODES,
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings=HELP,
)
app.add_typer(db, name="db")
app.add_typer(channel, name="channel")
app.add_typer(dead, name="dead")
app.add_typer(ai, name="ai")


def _version(wanted: bool) -> None:
    if wanted:
        from console.output import data, version

        data(version())
        raise typer.Exit


@app.callback()
def romashka(
    _: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    """Romashka: every channel in one inbox, an answer within six seconds."""


@app.command(epilog="Example: romashka up --api-port 55321")
@guarded
def up(
    api_port: Annotated[int, typer.Option(min=1, max=65535, help="Port of the API.")] = 54321,
    db_port: Annotated[int, typer.Option(min=1, max=65535, help="Port of Postgres.")] = 54322,
    webhooks_port: Annotated[int, typer.Option(min=1, max=65535, help="Port of webhooks.")] = 8000,
    standins_port: Annotated[
        int, typer.Option(min=1, max=65535, help="Port of the stand-ins.")
    ] = 54330,
    mail_port: Annotated[
        int, typer.Option(min=1, max=65535, help="Port of the stand-in for mail.")
    ] = 54331,
    quiet: Annotated[bool, typer.Option("--quiet", help="Print no line per message.")] = False,
) -> None:
    """Run the whole system in the foreground, with a line per message; Ctrl-C ends it.

    Without SUPABASE_URL everything runs on this machine. With SUPABASE_URL, keys and DATABASE_URL
    of a project (in the environment or in .env), webhooks and worker run against that project.
    """
    from console.up import run
    from local.plan import Ports

    ports = Ports(
        api=api_port,
        database=db_port,
        webhooks=webhooks_port,
        standins=standins_port,
        mail=mail_port,
    )
    run(ports, quiet=quiet)


@app.command(epilog="Example: romashka down")
@guarded
def down() -> None:
    """End a running system; returns when its last process is gone."""
    from console.down import run

    run()


@app.command(epilog="Example: romashka status --json | jq -r .api_url")
@guarded
def status(
    context: typer.Context,
    json: Json = False,
    env: Annotated[bool, typer.Option("--env", help="Print NAME=value lines.")] = False,
) -> None:
    """Show addresses, keys, processes and broken channels; exit code 4 until all is ready."""
    from console.status import run

    alone(context, "env", "json")
    run(as_json=json, as_env=env)


@app.command(epilog="Example: romashka doctor --json")
@guarded
def doctor(
    json: Json = False,
    quick: Annotated[
        bool, typer.Option("--quick", help="Only what needs no running system.")
    ] = False,
    online: Annotated[
        bool, typer.Option("--online", help="Also ask the model's server and Meta.")
    ] = False,
) -> None:
    """Check everything that may be wrong and say how to mend it; exit code 5 if something is."""
    from console.doctor import run

    run(as_json=json, quick=quick, online=online)


@app.command(epilog='Example: romashka simulate whatsapp "How long does delivery take?"')
@guarded
def simulate(  # noqa: PLR0913 - each is an option of the command line
    context: typer.Context,
    channel: Annotated[
        str, typer.Argument(help="whatsapp, instagram, messenger, telegram, email or website")
    ],
    text: Annotated[str, typer.Argument(help="What the customer writes.")],
    sender: Annotated[
        str | None, typer.Option("--from", help="Number, address or id; somebody new if absent.")
    ] = None,
    name: Annotated[
        str | None,
        typer.Option(help="The customer's name, Ada if absent; Meta's direct messages tell none."),
    ] = None,
    subject: Annotated[str | None, typer.Option(help="email: the subject.")] = None,
    count: Annotated[int, typer.Option(min=1, max=1000, help="Customers who write this.")] = 1,
    duplicate: Annotated[
        bool, typer.Option("--duplicate", help="Send every webhook twice.")
    ] = False,
    wait: Annotated[bool, typer.Option(help="Wait for the reply and its receipts.")] = True,
    timeout: Annotated[float, typer.Option(min=0, help="Seconds to wait at most.")] = 15.0,
    file: Annotated[
        Path | None, typer.Option(help="whatsapp: a file that the customer sends, above the text.")
    ] = None,
    json: Json = False,
) -> None:
    """Write as a customer: a signed webhook as the platform sends it, and what becomes of it."""
    from console.simulate import Wish, run

    not_waiting(context, wait)
    wish = Wish(
        channel=channel,
        text=text,
        sender=sender,
        name=name,
        subject=subject,
        count=count,
        duplicate=duplicate,
        wait=wait,
        timeout_s=timeout,
        file=file,
    )
    run(wish, as_json=json)


@app.command(
    epilog=f'Example: romashka send "Hello" · romashka send "On it" --conversation {AN_ID}'
)
@guarded
def send(  # noqa: PLR0913 - each is an option of the command line
    context: typer.Context,
    text: Annotated[str, typer.Argument(help="What is said.")],
    conversation: Annotated[
        str | None, typer.Option(help="Answer in this conversation, as the agent.")
    ] = None,
    private: Annotated[
        bool, typer.Option("--private", help="A note that only agents see.")
    ] = False,
    wait: Annotated[bool, typer.Option(help="As a visitor: wait for the reply.")] = True,
    timeout: Annotated[float, typer.Option(min=0, help="Seconds to wait at most.")] = 15.0,
    json: Json = False,
) -> None:
    """Say something through Supabase alone: as a website visitor, or as the agent."""
    from console.send import as_agent, as_visitor

    alone(context, "conversation", "wait", "timeout")
    not_waiting(context, wait)
    if conversation is not None:
        as_agent(conversation, text, private=private, as_json=json)
    else:
        if private:
            raise Problem(
                USAGE, "no_conversation", "a note stands in a conversation", "--conversation ID"
            )
        as_visitor(text, wait=wait, timeout_s=timeout, as_json=json)


@app.command(epilog=f"Example: romashka watch --conversation {AN_ID}")
@guarded
def watch(
    conversation: Annotated[str | None, typer.Option(help="Only this conversation.")] = None,
    json: Annotated[bool, typer.Option("--json", help="One JSON object per line.")] = False,
    seconds: Annotated[float | None, typer.Option(min=0, help="End after so many seconds.")] = None,
) -> None:
    """Follow the inbox live as an agent sees it, over a private Realtime topic."""
    from console.watch import run

    run(conversation, as_json=json, seconds=seconds)


@app.command(epilog="Example: romashka replay --failed --dry-run")
@guarded
def replay(
    ids: Annotated[
        list[int] | None, typer.Option("--id", min=1, max=2**63 - 1, help="A kept request.")
    ] = None,
    since: Annotated[str | None, typer.Option(help="From this time on (ISO 8601).")] = None,
    until: Annotated[str | None, typer.Option(help="Up to this time (ISO 8601).")] = None,
    failed: Annotated[
        bool, typer.Option("--failed", help="Only requests that could not be parsed.")
    ] = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Say what would change, and change nothing.")
    ] = False,
    json: Json = False,
) -> None:
    """Parse kept webhook requests anew, as after mending a parser; duplicates change nothing."""
    from console.replay import Which, run

    which = Which(ids=tuple(ids or ()), since=since, until=until, failed=failed)
    run(which, dry_run=dry_run, as_json=json)


@app.command(epilog="Example: romashka bench --list")
@guarded
def bench(
    context: typer.Context,
    names: Annotated[list[str] | None, typer.Argument(help="Which ones; all if absent.")] = None,
    list_only: Annotated[bool, typer.Option("--list", help="Only say which there are.")] = False,
) -> None:
    """Measure against plain Postgres and plain Flask, side by side; prints ratios."""
    from console.bench import run

    alone(context, "list_only", "names")
    run(names or [], list_only=list_only)
