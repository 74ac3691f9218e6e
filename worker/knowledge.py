"""The knowledge a reply job brings along: the passages that the database found for the question."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

# So much of an article a model is shown.
ARTICLE_CHARACTERS = 4000


@dataclass(frozen=True, slots=True, kw_only=True)
class Passage:
    """The best paragraph of one article: `coverage` is the share (0..1) of the question it holds.

    `article` is the whole body, `phrasing` the article's example question nearest to this one.
    """

    article_id: str
    chunk_id: str | None
    title: str
    content: str
    article: str
    language: str
    source_url: str | None = None
    coverage: float = 0.0
    rank: int = 0
    phrasing: str | None = None

    def as_source(self) -> dict[str, str | None]:
        """How a reply cites it."""
        return {"article_id": self.article_id, "chunk_id": self.chunk_id, "title": self.title}

    def as_seen(self) -> dict[str, Any]:
        """What of it an answer may have come from: a model reads no more of a long article."""
        return {
            "article_id": self.article_id,
            "chunk_id": self.chunk_id,
            "title": self.title,
            "language": self.language,
            "coverage": self.coverage,
            "content": self.content,
            "article": self.article[:ARTICLE_CHARACTERS],
        }


def read_passages(rows: Iterable[Mapping[str, Any]]) -> tuple[Passage, ...]:
    """The passages of a job, best rank first."""
    return tuple(sorted((_read_passage(row) for row in rows), key=lambda found: found.rank))


def _read_passage(row: Mapping[str, Any]) -> Passage:
    chunk = row.get("chunk_id")
    content = str(row.get("content") or "")
    return Passage(
        article_id=str(row["article_id"]),
        chunk_id=None if chunk is None else str(chunk),
        title=str(row.get("title") or ""),
        content=content,
        article=str(row.get("article") or content),
        language=str(row.get("language") or ""),
        source_url=row.get("source_url"),
        coverage=float(row.get("coverage") or 0.0),
        rank=int(row.get("rank") or 0),
        phrasing=row.get("phrasing"),
    )
