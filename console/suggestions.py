"""`romashka ai knowledge suggestions`: what solved conversations teach, and deciding it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from psycopg.types.json import Jsonb

from console.identities import identity_of, sought
from console.knowledge import ask
from console.output import counted, data, data_json, shorten
from console.problems import USAGE, Problem

COLUMNS = """
select knowledge_suggestions.id, kind, state, count, knowledge_suggestions.language, question,
  answer, article_id, knowledge_articles.title as article, last_asked_at, decided_at
from public.knowledge_suggestions
left join public.knowledge_articles on knowledge_articles.id = article_id
"""
LIST = COLUMNS + "where state = %s order by count desc, last_asked_at desc limit %s"
SHOW = COLUMNS + "where knowledge_suggestions.id = %s"
DECIDE = "select public.decide_suggestion(%s, %s, %s) as decided"
FOUND_BY = "romashka ai knowledge suggestions"


def list_suggestions(state: str, limit: int, *, as_json: bool) -> None:
    """Print the suggestions in a state, those asked most often first."""
    found = ask(LIST, state, limit)
    if as_json:
        data_json({"suggestions": found})
        return
    for row in found:
        question = shorten(row["question"], 80)
        data(f"{row['id']}  {row['count']:>4}x  {row['kind']:<8} {row['language']:<5} {question}")
    if not found:
        data(f"no suggestion is {state}; upkeep makes them of conversations a day after their end")


def show(identity: str, *, as_json: bool) -> None:
    """Print one suggestion whole."""
    found = ask(SHOW, identity_of(identity, "suggestion", FOUND_BY))
    if not found:
        raise Problem(USAGE, "missing", f"there is no suggestion {identity}", FOUND_BY)
    row = found[0]
    if as_json:
        data_json(row)
        return
    data(f"{row['state']}, asked in {counted(row['count'], 'conversation')}, {row['language']}")
    data(f"? {row['question']}")
    data(_use(row))


def decide(
    identity: str, edited: Mapping[str, str | None], *, approve: bool, as_json: bool
) -> None:
    """Approve a suggestion, with what was edited, or refuse it for good, and print the result."""
    changes = {name: text for name, text in edited.items() if text is not None}
    wanted = identity_of(identity, "suggestion", FOUND_BY)
    with sought(FOUND_BY):
        [row] = ask(DECIDE, wanted, approve, Jsonb(changes))
    decided = row["decided"]
    if as_json:
        data_json(decided)
        return
    article = f", article {decided['article_id']}" if decided["article_id"] else ""
    data(f"{decided['state']}{article}")


def _use(row: Mapping[str, Any]) -> str:
    if row["kind"] == "phrasing":
        return f"would be one more phrasing of the article {row['article']} ({row['article_id']})"
    return f"would be an article with the text:\n{row['answer']}"
