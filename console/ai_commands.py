"""The commands below `romashka ai`: names, options, help and examples."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import typer

from console.knowledge_commands import knowledge
from console.problems import AN_ID, alone, guarded
from console.subcommands import Json

ai = typer.Typer(
    help="The AI: knowledge, explain, label, tune, backtest, price.", no_args_is_help=True
)
price = typer.Typer(help="What models cost: list, set.", no_args_is_help=True)
ai.add_typer(knowledge, name="knowledge")
ai.add_typer(price, name="price")

Channel = Annotated[str | None, typer.Option(help="Only this channel.")]
Language = Annotated[str | None, typer.Option(help="Only this language, as `de`.")]
Since = Annotated[str | None, typer.Option(help="Only turns since then, as 2026-01-31.")]


@ai.command("explain", epilog=f"Example: romashka ai explain {AN_ID}")
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
    context: typer.Context,
    candidate: Annotated[
        Path | None,
        typer.Option(
            help="A JSON file of what to try: model, threshold, max_wrong_rate, instructions, …"
        ),
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

    new = ("candidate", "channel", "language", "since", "limit", "shadow")
    alone(context, "follow", "cancel", *new)
    alone(context, "cancel", *new)
    alone(context, "shadow", "candidate")
    earlier = follow if cancel is None else cancel
    if earlier is not None:
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


@ai.command("label", epilog=f"Example: romashka ai label {AN_ID} wrong")
@guarded
def label(
    message: Annotated[str, typer.Argument(help="The id of an answer or a run.")],
    verdict: Annotated[Literal["right", "wrong"], typer.Argument(help="right or wrong")],
    json: Json = False,
) -> None:
    """Say whether an answer was right, as agents do: `tune` learns the gate from it."""
    from console.ai_explain import label as keep

    keep(message, verdict, as_json=json)


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
    """Find the confidence above which labels promise few wrong answers; --apply sets it.

    Each model is judged by its own labels, the built-in one by those of each of its fits.

    Labels are made by agents (`romashka ai label`, or the rpc label_answer) and by customers who
    rate a conversation in which the AI had the last word. For the share that is set it happens
    hourly by itself; --apply sets the share as well.
    """
    from console.ai_tune import run

    run(channel, language, max_wrong_rate, apply=apply, as_json=json)


@price.command("list", epilog="Example: romashka ai price list")
@guarded
def price_list(json: Json = False) -> None:
    """List prices in dollars for a million tokens, and the models in use that have none."""
    from console.prices import list_prices

    list_prices(as_json=json)


@price.command("set", epilog="Example: romashka ai price set my-model --input 0.5 --output 2")
@guarded
def price_set(
    model: Annotated[str, typer.Argument(help="As it is called; without a date at its end.")],
    read: Annotated[float, typer.Option("--input", min=0, help="Dollars a million tokens read.")],
    written: Annotated[float, typer.Option("--output", min=0, help="Dollars a million written.")],
    cached: Annotated[
        float | None, typer.Option(min=0, help="Dollars a million read that were kept.")
    ] = None,
    json: Json = False,
) -> None:
    """Set what a model costs from now on; what was called before stays as it was counted."""
    from console.prices import set_price

    set_price(model, read, written, cached, as_json=json)
