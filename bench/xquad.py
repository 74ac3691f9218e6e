"""Finding the passage that answers a question, in twelve languages, through the product's search.

    python -m bench.xquad FOLDER [--language en,tr] [--every 4] [--json]

FOLDER holds xquad.<language>.json as https://github.com/google-deepmind/xquad publishes them
(CC BY-SA 4.0; nothing of it is in this repository). For each language its 240 passages become 240
articles, without titles or phrasings that would help; each of its 1,190 questions is put to
search_knowledge, and is right when the first article is the passage it was asked about.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import mean, median, quantiles

import psycopg
from psycopg import Connection

from bench.database import running_server
from bench.report import say

GOAL = 0.86
LANGUAGES = ("ar", "de", "el", "en", "es", "hi", "ro", "ru", "th", "tr", "vi", "zh")
ARTICLE = """
insert into public.knowledge_articles (title, body, language)
values ('#', %s, %s) returning id
"""
SEARCH = "select article_id from public.search_knowledge(%s, %s, 3)"


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """The shares of questions whose passage came first, or among the first three; times in ms."""

    language: str
    questions: int
    top1: float
    top3: float
    p50_ms: float
    p95_ms: float


def main(arguments: list[str]) -> int:
    """Prints a line for each language; 1 when one of them misses the goal."""
    parser = argparse.ArgumentParser(prog="python -m bench.xquad", description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--language", default=",".join(LANGUAGES), help="some only, by commas")
    parser.add_argument("--every", type=int, default=1, help="each nth question alone")
    parser.add_argument("--json", action="store_true")
    chosen = parser.parse_args(arguments)
    with running_server() as server, psycopg.connect(server.url(), autocommit=True) as connection:
        results = []
        for language in chosen.language.split(","):
            results.append(measure(connection, chosen, language))
            say(as_table(results[-1:]))
    print(as_json(results) if chosen.json else as_table(results))
    return 0 if all(result.top1 >= GOAL for result in results) else 1


def measure(connection: Connection, chosen: argparse.Namespace, language: str) -> Result:
    """Loads one language, asks all of its questions, and takes it out again."""
    path = chosen.folder / f"xquad.{language}.json"
    asked = load(connection, path, language)[:: chosen.every]
    places: list[int] = []
    times: list[float] = []
    for question, article in asked:
        began = time.perf_counter()
        found = [row[0] for row in connection.execute(SEARCH, [question, language])]
        times.append((time.perf_counter() - began) * 1000)
        places.append(found.index(article) if article in found else len(found) + 3)
    connection.execute("delete from public.knowledge_articles")
    return Result(
        language=language,
        questions=len(asked),
        top1=mean(place == 0 for place in places),
        top3=mean(place < 3 for place in places),
        p50_ms=median(times),
        p95_ms=quantiles(times, n=20)[-1],
    )


def load(connection: Connection, path: Path, language: str) -> list[tuple[str, object]]:
    """Stores the passages; gives each question with the article that answers it."""
    asked: list[tuple[str, object]] = []
    with connection.transaction():
        for document in json.loads(path.read_text(encoding="utf-8"))["data"]:
            for passage in document["paragraphs"]:
                row = connection.execute(ARTICLE, [passage["context"], language]).fetchone()
                assert row is not None
                asked += [(item["question"], row[0]) for item in passage["qas"]]
    connection.execute("select private.fold_terms()")
    connection.execute("vacuum analyze")
    return asked


def as_table(results: list[Result]) -> str:
    """The results for reading."""
    lines = [
        f"{one.language}   {one.top1:.3f}  {one.top3:.3f}  {one.p50_ms:6.1f}  {one.p95_ms:6.1f}"
        for one in results
    ]
    average = f"mean {mean(r.top1 for r in results):.3f}  {mean(r.top3 for r in results):.3f}"
    return "\n".join(["     top-1  top-3  p50 ms  p95 ms", *lines, average])


def as_json(results: list[Result]) -> str:
    """The results for a program."""
    return json.dumps([asdict(result) for result in results], indent=2)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
