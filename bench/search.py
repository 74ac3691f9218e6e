"""How long a search takes in a small and in a large knowledge base, in made-up words.

    python -m bench.search [--chunks 2000,100000] [--questions 200] [--no-vectors]

Words are as common as in a language (the nth has a share of 1/n); an article has a title, eight
paragraphs of sixty words and three phrasings. A question is seven words of one paragraph and one
that nobody uses. The vectors lie around a direction of their article. Time is taken twice: by the
clock, and as processor time of the backend, which neighbours disturb less.
"""

from __future__ import annotations

import argparse
import random
import sys
import time
from itertools import accumulate
from pathlib import Path
from statistics import median, quantiles

import psycopg
from psycopg import Connection

from bench.database import running_server
from bench.report import say

WORDS = 30_000
CHUNKS_PER_ARTICLE = 12
DIMENSIONS = 384
MODEL = "bench"
ARTICLE = """
insert into public.knowledge_articles (title, body, phrasings, language)
values (%s, %s, %s, 'en')
"""
VECTORS = """
update public.knowledge_chunks
set embedding = made.vector, embedding_model = %(model)s
from (
  select id, extensions.l2_normalize(array_agg(
    sin(hashtext(article_id::text || place)) + 0.5 * sin(hashtext(id::text || place))
  )::extensions.vector) as vector
  from public.knowledge_chunks cross join generate_series(1, %(size)s) as places (place)
  group by id
) as made
where made.id = knowledge_chunks.id
"""
INDEX = "knowledge_chunks_embedding_idx"
SEARCH = "select article_id from public.search_knowledge(%s, null, 5, %s, %s)"
NEAR = "select embedding::text from public.knowledge_chunks order by id limit %s"


def main(arguments: list[str]) -> int:
    """Prints two lines for each size: with and without vectors."""
    parser = argparse.ArgumentParser(prog="python -m bench.search", description=__doc__)
    parser.add_argument("--chunks", default="2000,100000")
    parser.add_argument("--questions", type=int, default=200)
    parser.add_argument("--no-vectors", action="store_true")
    chosen = parser.parse_args(arguments)
    print("chunks   vectors   p50 ms  p95 ms   processor p50  p95")
    for chunks in map(int, chosen.chunks.split(",")):
        with running_server() as server, psycopg.connect(server.url(), autocommit=True) as opened:
            questions = load(opened, chunks // CHUNKS_PER_ARTICLE, chosen.questions)
            print(line(chunks, "no", *ask(opened, questions, [None])))
            if not chosen.no_vectors:
                print(line(chunks, "yes", *ask(opened, questions, embed(opened))))
    return 0


def load(connection: Connection, articles: int, count: int) -> list[str]:
    """Stores the articles in batches, as an import does; gives questions."""
    chance, began = random.Random(1), time.perf_counter()
    shares = list(accumulate(1 / rank for rank in range(1, WORDS + 1)))

    def text(words: int) -> str:
        return " ".join(
            f"w{number}" for number in chance.choices(range(WORDS), cum_weights=shares, k=words)
        )

    questions = []
    with connection.cursor() as cursor:
        for start in range(0, articles, 100):
            rows = [
                (text(5), "\n\n".join(text(60) for _ in range(8)), [text(8) for _ in range(3)])
                for _ in range(min(100, articles - start))
            ]
            with connection.transaction():
                cursor.executemany(ARTICLE, rows)
            questions += [question(chance, body) for _, body, _ in rows]
    connection.execute("select private.fold_terms()")
    connection.execute("vacuum analyze")
    say(f"{articles} articles stored in {time.perf_counter() - began:.0f} s")
    return chance.sample(questions, min(count, len(questions)))


def question(chance: random.Random, body: str) -> str:
    """Seven words of one paragraph and one of nobody's."""
    return " ".join([*chance.sample(chance.choice(body.split("\n\n")).split(), 7), "zeppelin"])


def embed(connection: Connection) -> list[str | None]:
    """Gives every piece a vector, and some to ask with; the index is built once, at the end."""
    began = time.perf_counter()
    row = connection.execute("select pg_get_indexdef(%s::regclass)", [INDEX]).fetchone()
    assert row is not None
    connection.execute(f"drop index public.{INDEX}".encode())
    connection.execute(VECTORS, {"model": MODEL, "size": DIMENSIONS})
    connection.execute("set maintenance_work_mem = '1GB'")
    connection.execute(row[0].encode())
    connection.execute("vacuum analyze")
    say(f"vectors stored in {time.perf_counter() - began:.0f} s")
    return [found[0] for found in connection.execute(NEAR, [50])]


def ask(
    connection: Connection, questions: list[str], vectors: list[str | None]
) -> tuple[list[float], list[float]]:
    """Milliseconds of every question, by the clock and of the processor."""
    spent = Path(f"/proc/{connection.info.backend_pid}/schedstat")
    clock: list[float] = []
    processor: list[float] = []
    for number, text in enumerate(questions):
        vector = vectors[number % len(vectors)]
        used, began = int(spent.read_text().split()[0]), time.perf_counter()
        connection.execute(SEARCH, [text, vector, vector and MODEL]).fetchall()
        clock.append((time.perf_counter() - began) * 1000)
        processor.append((int(spent.read_text().split()[0]) - used) / 1e6)
    return clock, processor


def line(chunks: int, vectors: str, clock: list[float], processor: list[float]) -> str:
    """One line of the table."""
    figures = [median(clock), quantiles(clock, n=20)[-1]]
    figures += [median(processor), quantiles(processor, n=20)[-1]]
    return f"{chunks:6}   {vectors:7}" + "".join(f"  {figure:7.1f}" for figure in figures)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
