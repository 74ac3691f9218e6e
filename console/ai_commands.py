"""The commands below `romashka ai`: names, options, help and examples."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from console.knowledge_commands import knowledge
from console.problems import guarded
from console.subcommands import Json

ai = typer.Typer(help="The AI: knowledge, explain, backtest, tune.", no_args_is_help=True)
ai.add_typer(knowledge, name="knowledge")

Channel = Annotated[str | None, typer.Option(help="Only this channel.")]
Language = Annotated[str | None, typer.Option(help="Only this language, as `de`.")]
Since = Annotated[str | None, typer.Option(help="Only turns since then, as 2026-01-31.")]


@ai.command("explain", epilog="Example: romashka ai explain 0b9c…")
@guarded
def explain(
    message: Annotated[str, typer.Argument(help="The id of an answer, a question or a run.")],
    json: Json = False,
) -> None:
    """Tell why the AI said what it said, with history and articles as they were then."""
    from console.ai_explain import run

    run(message, as_json=json)


@ai.command("backtest", epilog="Example: romashka ai backtest --channel email --limit 500")
@guarded
def backtest(  # noqa: PLR0913 - each is an option of the command line
    candidate: Annotated[
        Path | None,
        typer.Option(help="A file with what to try: model, threshold, instructions, articles."),
    ] = None,
    channel: Channel = None,
    language: Language = None,
    since: Since = None,
    limit: Annotated[int, typer.Option(min=1, max=5000, help="Turns at most.")] = 200,
    shadow: Annotated[
        bool, typer.Option("--shadow", help="Report on turns that ran in shadow instead.")
    ] = False,
    follow: Annotated[
        str | None, typer.Option(metavar="ID", help="Show one that was started before.")
    ] = None,
    cancel: Annotated[
        str | None, typer.Option(metavar="ID", help="End one that runs; what it found stays.")
    ] = None,
    json: Json = False,
) -> None:
    """Try settings on turns of the past; nothing is sent. Ctrl-C leaves it running.

    It is kept for 30 days after its end.
    """
    from console.ai_backtest import Wanted, report_shadow, resume, run

    if earlier := cancel or follow:
        resume(earlier, ended=cancel is not None, as_json=json)
        return
    filter = {"channel": channel, "language": language, "since": since}
    wanted = Wanted(
        candidate=candidate,
        filter={name: value for name, value in filter.items() if value is not None},
        limit=limit,
    )
    if shadow:
        report_shadow(wanted, as_json=json)
    else:
        run(wanted, as_json=json)


@ai.command("tune", epilog="Example: romashka ai tune --channel email --max-wrong-rate 0.02")
@guarded
def tune(
    channel: Channel = None,
    language: Language = None,
    max_wrong_rate: Annotated[
        float, typer.Option(help="The highest share of wrong answers accepted.")
    ] = 0.05,
    apply: Annotated[bool, typer.Option("--apply", help="Make it the gate.")] = False,
    json: Json = False,
) -> None:
    """Find the confidence above which labels promise few wrong answers; --apply sets it."""
    from console.ai_tune import run

    run(channel, language, max_wrong_rate, apply=apply, as_json=json)
