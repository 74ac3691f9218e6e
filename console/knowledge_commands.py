"""The commands below `romashka ai knowledge`: names, options, help and examples."""

from __future__ import annotations

from typing import Annotated, Literal

import typer

from console.problems import AN_ID, guarded
from console.subcommands import Json
from console.suggestion_commands import add_to

knowledge = typer.Typer(
    help="What the AI answers from: articles, what is missing, and suggestions.",
    no_args_is_help=True,
)

Article = Annotated[str, typer.Argument(help="As `romashka ai knowledge list` shows it.")]
Days = Annotated[int, typer.Option(min=1, max=3650, help="So many days back.")]
Limit = Annotated[int, typer.Option(min=1, max=1000, help="How many at most.")]
Visibility = Annotated[
    Literal["public", "agents"] | None,
    typer.Option(help="Who may be answered from parts that do not say so."),
]
ValidFrom = Annotated[
    str | None, typer.Option(metavar="DATE", help="From when on they hold; 2027-01-31, or a time.")
]
ValidUntil = Annotated[
    str | None, typer.Option(metavar="DATE", help="The first moment after that; empty: no end.")
]


@knowledge.command("import", epilog="Example: romashka ai knowledge import faq.md --language de")
@guarded
def knowledge_import(  # noqa: PLR0913 - each is an option of the command line
    source: Annotated[
        str, typer.Argument(help="A .md, .html, .pdf or .csv file, or an http(s) address.")
    ],
    language: Annotated[
        str | None, typer.Option(help="Of parts that name none, such as de; found out if absent.")
    ] = None,
    lies_at: Annotated[
        str | None,
        typer.Option("--as", metavar="PATH", help="As if the file lay there, where it has moved."),
    ] = None,
    visibility: Visibility = None,
    valid_from: ValidFrom = None,
    valid_until: ValidUntil = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Say what would change, and change nothing.")
    ] = False,
    json: Json = False,
) -> None:
    """Make articles of a document; again, it updates them and names those no longer in it.

    Headings, rows of a table (title, body, language, phrasings separated by |) and the entries of
    a PDF's outline become one article each. A table's columns and Markdown's front matter may say
    visibility, is_published, valid_from and valid_until; what nobody says stays as it is. A file is
    known again by its path, in this checkout by the one from here. What speaks to an assistant
    instead of to customers is kept unpublished. Exit code 5 when a part was refused.
    """
    from console.knowledge_import import Wanted, run

    said = {"visibility": visibility, "valid_from": valid_from, "valid_until": valid_until}
    use = {name: value for name, value in said.items() if value is not None}
    wanted = Wanted(source=source, lies_at=lies_at, language=language, use=use)
    run(wanted, dry_run=dry_run, as_json=json)


@knowledge.command("list", epilog="Example: romashka ai knowledge list --json")
@guarded
def knowledge_list(limit: Limit = 100, json: Json = False) -> None:
    """List the articles, those changed last first."""
    from console.knowledge import list_articles

    list_articles(limit, as_json=json)


@knowledge.command("show", epilog=f"Example: romashka ai knowledge show {AN_ID} --version 2")
@guarded
def knowledge_show(
    article: Article,
    version: Annotated[
        int | None, typer.Option(min=1, max=2**31 - 1, help="As it was then; the newest if absent.")
    ] = None,
    json: Json = False,
) -> None:
    """Show an article's text, also one of the past or of an article that is gone."""
    from console.knowledge import show

    show(article, version, as_json=json)


@knowledge.command("export", epilog="Example: romashka ai knowledge export > articles.csv")
@guarded
def knowledge_export(json: Json = False) -> None:
    """Print all articles, with who may see them and when, as a table that `import` takes.

    Here it finds them again by their ids; elsewhere it makes them.
    """
    from console.knowledge import export

    export(as_json=json)


@knowledge.command("publish", epilog=f"Example: romashka ai knowledge publish {AN_ID}")
@guarded
def knowledge_publish(article: Article, json: Json = False) -> None:
    """Let the AI answer from an article."""
    from console.knowledge import publish

    publish(article, wanted=True, as_json=json)


@knowledge.command("unpublish", epilog=f"Example: romashka ai knowledge unpublish {AN_ID}")
@guarded
def knowledge_unpublish(article: Article, json: Json = False) -> None:
    """Let nobody be answered from an article any more; its history stays."""
    from console.knowledge import publish

    publish(article, wanted=False, as_json=json)


@knowledge.command("drop", epilog="Example: romashka ai knowledge drop --from ./faq.md")
@guarded
def knowledge_drop(
    articles: Annotated[
        list[str] | None,
        typer.Argument(metavar="ARTICLE", help="As `romashka ai knowledge list` shows them."),
    ] = None,
    source: Annotated[
        str | None,
        typer.Option("--from", metavar="DOCUMENT", help="All of a file or an address."),
    ] = None,
    json: Json = False,
) -> None:
    """Delete articles, or all that came from one document; their texts can still be shown.

    Those of the shop that a new system begins with came from ./supabase/seed.sql.
    """
    from console.knowledge import drop

    drop(articles or (), source, as_json=json)


@knowledge.command("gaps", epilog="Example: romashka ai knowledge gaps --days 7")
@guarded
def knowledge_gaps(days: Days = 30, limit: Limit = 50, json: Json = False) -> None:
    """Show what customers asked that no article answered, those asked by most first."""
    from console.knowledge import gaps

    gaps(days, limit, as_json=json)


add_to(knowledge)
