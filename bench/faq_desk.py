"""A database with a knowledge base, asked as a turn asks it, with vectors or without."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
from psycopg.types.json import Jsonb

from bench.database import running_server
from bench.faq import Article, Faq
from worker.embedding import Embedder
from worker.knowledge import Passage, read_passages

ARTICLE = """
insert into public.knowledge_articles (title, body, language, phrasings)
values (%s, %s, %s, %s)
returning id::text
"""
PIECES = "select id::text, content from public.knowledge_chunks where embedding is null"
STORE = "select private.store_embeddings(%s, %s)"
SEARCH = "select private.knowledge_for(%s, %s::text::extensions.vector, %s)"


class FaqDesk:
    """One server for any number of knowledge bases, one after the other."""

    def __init__(self, url: str, embedder: Embedder | None) -> None:
        self._connection = psycopg.connect(url, autocommit=True)
        self._embedder = embedder
        self._keys: dict[str, str] = {}

    def close(self) -> None:
        """Closes the connection."""
        self._connection.close()

    def embed_with(self, embedder: Embedder | None) -> None:
        """Gives what is stocked and asked from now on the vectors of this one."""
        self._embedder = embedder

    def key_of(self, article_id: str) -> str:
        """The id that an article has in the files."""
        return self._keys[article_id]

    def stock(self, faq: Faq) -> None:
        """Replaces the articles by those of a business, and gives every piece its vector."""
        self._connection.execute("delete from public.knowledge_articles")
        with self._connection.transaction():
            self._keys = {self._add(article): article.key for article in faq.articles}
        if self._embedder:
            self._embed(self._embedder)
        self._connection.execute("analyze")

    def ask(self, question: str) -> tuple[Passage, ...]:
        """What the search finds for a question, as a turn brings it."""
        vector = name = None
        if self._embedder:
            [numbers] = asyncio.run(self._embedder.embed([question]))
            vector, name = str(numbers), self._embedder.name
        return read_passages(self.value(SEARCH, question, vector, name))

    def run(self, statement: str, **parameters: object) -> None:
        """Executes a statement."""
        self._connection.execute(statement.encode(), parameters)

    def _add(self, article: Article) -> str:
        return str(
            self.value(
                ARTICLE, article.title, article.body, article.language, list(article.phrasings)
            )
        )

    def _embed(self, embedder: Embedder) -> None:
        pieces = self._connection.execute(PIECES).fetchall()
        vectors = asyncio.run(embedder.embed([content for _, content in pieces]))
        given = [
            {"chunk_id": key, "embedding": str(vector)}
            for (key, _), vector in zip(pieces, vectors, strict=True)
        ]
        self.value(STORE, embedder.name, Jsonb(given))

    def value(self, query: str, *parameters: object) -> Any:  # Any: whatever the query gives
        """The one value of a query."""
        row = self._connection.execute(query.encode(), parameters).fetchone()
        assert row is not None
        return row[0]


@contextmanager
def faq_desk(embedder: Embedder | None) -> Iterator[FaqDesk]:
    """A desk with a server of its own, removed at the end."""
    with running_server() as server:
        desk = FaqDesk(server.url(), embedder)
        try:
            yield desk
        finally:
            desk.close()
