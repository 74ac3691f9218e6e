"""`romashka ai knowledge`: the articles as they are and were, out and in and out of use."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psycopg
from psycopg.rows import dict_row

from console.doctor import Finding
from console.documents.reading import known_as
from console.documents.table import COLUMNS, join_phrasings, write_row
from console.identities import identity_of, sought
from console.output import counted, data, data_json, paint, say, shorten
from console.place import directory, reachable
from console.problems import USAGE, Problem
from local.plan import Plan

FOUND_BY = "romashka ai knowledge list"
LIST = """
select id, title, language, version, is_published, visibility, cardinality(phrasings) as phrasings,
  imported_from, updated_at, private.unused_because(knowledge_articles) as unused_because
from public.knowledge_articles order by updated_at desc, id limit %s
"""
SHOW = "select public.knowledge_version(%s, %s) as article"
EXPORT = """
select id, title, body, language, phrasings, visibility, is_published, valid_from, valid_until
from public.knowledge_articles order by language, title
"""
GAPS = "select * from public.knowledge_gaps(make_interval(days => %s), %s)"
PUBLISH = """
update public.knowledge_articles set is_published = %s where id = %s
returning id, title, is_published, private.unused_because(knowledge_articles) as unused_because
"""
MISSING = """
select wanted.id from unnest(%s::uuid[]) as wanted (id)
where wanted.id not in (select knowledge_articles.id from public.knowledge_articles)
"""
DROP = """
delete from public.knowledge_articles
where id = any (%s::uuid[]) or imported_from = any (%s::text[])
returning id, title
"""
GIVING_ORDERS = """
select knowledge_articles.id, knowledge_articles.title, given.orders
from public.knowledge_articles
cross join lateral private.orders_in(knowledge_articles) as given (orders)
where knowledge_articles.is_published and given.orders is not null
order by knowledge_articles.title, knowledge_articles.id
"""


def ask(query: str, *parameters: object) -> list[dict[str, Any]]:
    """The rows of a query on the database that runs here, or on the project's."""
    plan = reachable()
    with psycopg.connect(plan.db_url, row_factory=dict_row, connect_timeout=5) as connection:
        return connection.execute(query.encode(), parameters).fetchall()


def list_articles(limit: int, *, as_json: bool) -> None:
    """Print the articles, those changed last first."""
    found = ask(LIST, limit)
    if as_json:
        data_json({"articles": found})
        return
    for row in found:
        data(_line(row))
    if not found:
        data("there are no articles yet")


def show(article: str, version: int | None, *, as_json: bool) -> None:
    """Print an article as it was in a version, or is."""
    wanted = identity_of(article, "article", FOUND_BY)
    with sought(FOUND_BY):
        [row] = ask(SHOW, wanted, version)
    kept = row["article"]
    if as_json:
        data_json(kept)
        return
    gone = ", gone" if kept["is_deleted"] else ""
    say(f"version {kept['version']} of {kept['changed_at'][:19]}, {kept['language']}{gone}")
    data(kept["title"])
    data("")
    data(kept["body"])
    for phrasing in kept["phrasings"]:
        data(f"? {phrasing}")


def export(*, as_json: bool) -> None:
    """Print all articles, as one JSON object or as a table."""
    found = ask(EXPORT)
    if as_json:
        data_json({"articles": found})
        return
    data(write_row(list(COLUMNS)))
    for row in found:
        data(write_row([_cell(row[name]) for name in COLUMNS]))


def _cell(value: object) -> str:
    """A value as a table that is imported has it."""
    if isinstance(value, list):
        return join_phrasings(value)
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat()
    return str(value).lower() if isinstance(value, bool) else str(value or "")


def gaps(days: int, limit: int, *, as_json: bool) -> None:
    """Print what customers asked that no article answered, those asked by most first."""
    found = ask(GAPS, days, limit)
    if as_json:
        data_json({"gaps": found})
        return
    for row in found:
        when = row["last_asked"].astimezone().strftime("%Y-%m-%d %H:%M")
        question = shorten(row["question"], 100)
        data(f"{row['conversations']:>5}x  {row['language']:<5} {when}  {question}")
    if not found:
        data("every question had an answer")


def publish(article: str, *, wanted: bool, as_json: bool) -> None:
    """Put an article into use, or take it out."""
    found = ask(PUBLISH, wanted, identity_of(article, "article", FOUND_BY))
    if not found:
        raise Problem(USAGE, "missing", f"there is no article {article}", FOUND_BY)
    if as_json:
        data_json(found[0])
        return
    reason = f", but not used: {found[0]['unused_because']}" if _is_unused(found[0]) else ""
    data(f"{found[0]['title']}: {'published' if wanted else 'not published'}{reason}")


def drop(articles: Sequence[str], source: str | None, *, as_json: bool) -> None:
    """Delete articles, or all that came from a document; what they said is kept as versions."""
    if bool(articles) == bool(source):
        raise Problem(USAGE, "unclear", "name articles, or a document by --from", FOUND_BY)
    wanted = [identity_of(article, "article", FOUND_BY) for article in articles]
    for row in ask(MISSING, wanted):
        raise Problem(USAGE, "missing", f"there is no article {row['id']}", FOUND_BY)
    found = ask(DROP, wanted, [source, known_as(Path(source), directory())] if source else [])
    if not found:
        raise Problem(USAGE, "missing", f"no article came from {source}", FOUND_BY)
    if as_json:
        data_json({"dropped": found})
        return
    for row in found:
        data(f"dropped: {row['title']} ({row['id']})")


def unused(plan: Plan) -> Finding:
    """No published article gives the assistant orders: nobody is answered from one that does."""
    with psycopg.connect(plan.db_url, row_factory=dict_row, connect_timeout=5) as connection:
        found = connection.execute(GIVING_ORDERS.encode()).fetchall()
    told = (f'{shorten(row["title"])} ("{shorten(row["orders"])}")' for row in found)
    ways = (f"reword it, or: romashka ai knowledge unpublish {row['id']}" for row in found)
    return Finding(
        name="knowledge",
        state="warning" if found else "ok",
        meaning=f"not used, as they give the assistant orders: {', '.join(told)}"
        if found
        else "no published article gives the assistant orders",
        fix=" · ".join(ways),
    )


def _line(row: Mapping[str, Any]) -> str:
    when = row["updated_at"].astimezone().strftime("%Y-%m-%d %H:%M")
    state = "published" if row["is_published"] else "unpublished"
    if _is_unused(row):
        state = "not used"
    if row["visibility"] == "agents":
        state = f"{state}, for agents"
    shown = paint(f"{state:<12}", "green" if not row["unused_because"] else "yellow")
    origin = f"  from {shorten(row['imported_from'], 60)}" if row["imported_from"] else ""
    phrasings = counted(row["phrasings"], "phrasing")
    title = f"{shorten(row['title'])} (v{row['version']}, {phrasings})"
    reason = f": {row['unused_because']}" if _is_unused(row) else ""
    return f"{row['id']}  {row['language']:<5} {shown} {when}  {title}{origin}{reason}"


def _is_unused(row: Mapping[str, Any]) -> bool:
    """Whether an article is published and nobody is answered from it all the same."""
    return bool(row["is_published"] and row["unused_because"])
