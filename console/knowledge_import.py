"""`romashka ai knowledge import`: a document's parts become articles, as the database decides."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from shlex import quote
from typing import TYPE_CHECKING, Any

import typer
from psycopg.types.json import Jsonb

from console.documents import Document, Part, Unreadable
from console.documents.fetching import fetch
from console.documents.reading import known_as, read_document, read_file
from console.knowledge import ask
from console.output import counted, data, data_json, say, shorten
from console.place import directory, reachable
from console.problems import CHECK_FAILED, USAGE, Problem

if TYPE_CHECKING:
    from romashka.settings import Settings

LANGUAGE = "select private.require_language(%s)"
USE_FAULT = "select private.use_fault(%s) as fault"
IMPORT = "select public.import_articles(%s, %s) as results"
NAMESAKES = """
select imported_from, count(*) as articles from public.knowledge_articles
where imported_from <> %s and right(imported_from, length(%s)) = %s
  and strpos(imported_from, '://') = 0
group by imported_from order by imported_from
"""
MADE = ("added", "changed", "unchanged")
STATES = (*MADE, "refused")

Result = Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What to import: a path or an address, where it is to lie, and what is so of its parts.

    `use` says who may see them, and when, where the document does not.
    """

    source: str
    lies_at: str | None = None
    language: str | None = None
    use: Mapping[str, str] = field(default_factory=dict)


def run(wanted: Wanted, *, dry_run: bool, as_json: bool) -> None:
    """Import a document and print what became of each part; exit code 5 when one was refused."""
    from console.channels import settings_of

    settings, source = settings_of(reachable()), wanted.source
    _check(wanted)
    try:
        document = _get(wanted, settings)
        parts = read_document(document, lambda note: say(f"{source}: {note}"))
    except Unreadable as error:
        raise Problem(USAGE, "unreadable", f"{source}: {error}") from None
    if not parts:
        raise Problem(USAGE, "empty", f"{source}: there is no text in it")
    items = [_item(document, part, wanted, settings) for part in parts]
    [row] = ask(IMPORT, Jsonb(items), dry_run)
    _tell_of_namesakes(row["results"], document)
    _report(row["results"], document, as_json=as_json, dry_run=dry_run)


def _check(wanted: Wanted) -> None:
    """Refuses once what would refuse every part, and what names no document."""
    if not wanted.source.strip():
        raise Problem(USAGE, "no_source", "say which document: a file, or an http(s) address")
    if wanted.lies_at is not None and (not wanted.lies_at.strip() or "://" in wanted.lies_at):
        text = f"{wanted.lies_at!r} is no path of a file"
        raise Problem(USAGE, "no_path", text, "--as takes one as ./faq.md")
    ask(LANGUAGE, wanted.language)
    [row] = ask(USE_FAULT, Jsonb(dict(wanted.use)))
    if row["fault"]:
        raise Problem(USAGE, "no_article", f"an article by these options {row['fault']}")


def _get(wanted: Wanted, settings: Settings) -> Document:
    if "://" in wanted.source:
        found = fetch(wanted.source, loopback=settings.knowledge_fetch_loopback == "on")
    else:
        found = _read(wanted.source)
    if wanted.lies_at is None:
        return found
    return replace(found, source=known_as(directory() / wanted.lies_at, directory()))


def _read(path: str) -> Document:
    """A file as a document; raises Unreadable, also where the system does not give it."""
    try:
        return read_file(Path(path), directory())
    except OSError as error:
        raise Unreadable(error.strerror or str(error)) from None


def _tell_of_namesakes(results: list[Result], document: Document) -> None:
    """Says which other documents have the name of one that is new: it may only have moved."""
    if document.formerly is None or all(result["state"] != "added" for result in results):
        return
    end = f"/{document.formerly}"
    namesakes = ask(NAMESAKES, document.source, end, end)
    for row in namesakes:
        articles = counted(row["articles"], "article")
        say(
            f"another {document.formerly} is known, {row['imported_from']} with {articles}: "
            f"if this is the same one, import it by --as {quote(row['imported_from'])}"
        )
    if namesakes and any(result["state"] == "added" and "id" in result for result in results):
        say("and take out what was added just now: romashka ai knowledge unpublish ARTICLE")


def _item(document: Document, part: Part, wanted: Wanted, settings: Settings) -> dict[str, Any]:
    """A part as import_articles takes it."""
    told = {name: value for name, value in asdict(part).items() if value is not None}
    return {
        **{name: value for name, value in told.items() if name != "use"},
        **part.use,
        **{name: value for name, value in wanted.use.items() if not part.use.get(name)},
        "phrasings": list(part.phrasings),
        "language": part.language or wanted.language or _language(part, settings),
        "source": document.source,
        "formerly": document.formerly,
        "source_url": document.url,
    }


def _language(part: Part, settings: Settings) -> str:
    """The language that a part is written in, the first configured one where it has no words."""
    from worker.language import identify

    guess = identify(f"{part.title}\n{part.body}", settings.ai_languages)
    return guess.language if guess else settings.ai_languages[0]


def _report(results: list[Result], document: Document, *, as_json: bool, dry_run: bool) -> None:
    counts = Counter(result["state"] for result in results)
    gone = [result for result in results if result["state"] == "gone"]
    sums = {state: counts[state] for state in STATES}
    flagged = sum("flagged" in result for result in results)
    if as_json:
        told = {**sums, "gone": len(gone), "flagged": flagged, "source": document.source}
        data_json({**told, "articles": results})
    else:
        for line in _lines(results):
            data(line)
        said = ", ".join(f"{number} {state}" for state, number in sums.items())
        kept = f", {flagged} not published" if flagged else ""
        kept += f", {len(gone)} no longer in it" if gone else ""
        data(f"{said}{kept}" + (" (nothing was changed)" if dry_run else ""))
    if counts["refused"]:
        parts = counted(len(results) - len(gone), "part")
        say(counted(counts["refused"], f"of {parts} was refused", f"of {parts} were refused"))
        raise typer.Exit(CHECK_FAILED)


def _lines(results: list[Result]) -> Iterator[str]:
    called = Counter(result.get("title") for result in results)
    for result in results:
        title = shorten(str(result.get("title") or "(no title)"))
        if called[result.get("title")] > 1 and result["state"] in MADE and "line" in result:
            title += f" (line {result['line']})"
        if result["state"] == "refused":
            yield f"line {result.get('line', '?')}: {title}: refused, it {result['reason']}"
        elif "flagged" in result:
            words = shorten(str(result["flagged"]))
            state = f"{result['state']}: {title}: not published"
            yield f'{state}, it speaks to the assistant ("{words}")'
        elif result["state"] == "gone":
            way = f"romashka ai knowledge unpublish {result['id']}"
            yield f"gone: {title}: no longer in the document, still published ({way})"
        elif result.get("is_held"):
            way = f"romashka ai knowledge publish {result['id']}"
            yield f"{result['state']}: {title}, not published, as before ({way})"
        elif result["state"] != "unchanged":
            yield f"{result['state']}: {title}"
