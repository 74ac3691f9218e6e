"""The commands below `romashka ai knowledge` that decide suggestions."""

from __future__ import annotations

from typing import Annotated, Literal

import typer

from console.problems import AN_ID, guarded
from console.subcommands import Json

Suggestion = Annotated[str, typer.Argument(help="As `romashka ai knowledge suggestions` shows it.")]


def add_to(knowledge: typer.Typer) -> None:
    """Adds these commands to those of knowledge."""
    at = "Example: romashka ai knowledge"
    knowledge.command("suggestions", epilog=f"{at} suggestions --state refused")(suggestions)
    knowledge.command("suggestion", epilog=f"{at} suggestion {AN_ID}")(suggestion)
    knowledge.command("approve", epilog=f'{at} approve {AN_ID} --title "Repairs"')(approve)
    knowledge.command("refuse", epilog=f"{at} refuse {AN_ID}")(refuse)


@guarded
def suggestions(
    state: Annotated[
        Literal["proposed", "approved", "refused"], typer.Option(help="How far they are.")
    ] = "proposed",
    limit: Annotated[int, typer.Option(min=1, max=1000, help="How many at most.")] = 50,
    json: Json = False,
) -> None:
    """List what solved conversations suggest: new articles, and other words for those there are."""
    from console.suggestions import list_suggestions

    list_suggestions(state, limit, as_json=json)


@guarded
def suggestion(suggestion: Suggestion, json: Json = False) -> None:
    """Show a suggestion whole, and what it would become."""
    from console.suggestions import show

    show(suggestion, as_json=json)


@guarded
def approve(
    suggestion: Suggestion,
    question: Annotated[str | None, typer.Option(help="In other words than suggested.")] = None,
    title: Annotated[
        str | None, typer.Option(help="The article's; the question if absent.")
    ] = None,
    body: Annotated[str | None, typer.Option(help="The article's text, edited.")] = None,
    language: Annotated[str | None, typer.Option(help="The article's, as `de`.")] = None,
    json: Json = False,
) -> None:
    """Make a suggestion an article or a phrasing, as it is or edited.

    Places that were masked, as \\[name], have to be written anew before.
    """
    from console.suggestions import decide

    edited = {"question": question, "title": title, "body": body, "language": language}
    decide(suggestion, edited, approve=True, as_json=json)


@guarded
def refuse(suggestion: Suggestion, json: Json = False) -> None:
    """Refuse a suggestion for good: the same is not suggested again."""
    from console.suggestions import decide

    decide(suggestion, {}, approve=False, as_json=json)
