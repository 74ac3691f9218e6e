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

    `article` is the whole body in its `version`, `phrasings` its example questions, `phrasing` the
    one that the search found. By meaning: `cosine` of the nearest piece, `pair` of the two nearest,
    `centre` of the phrasings' middle, None without vectors; `tightness` is how alike the phrasings
    are (1: the same). What a tool gave has its name in `tool` and is no article; `rests_on` are
    the articles it came from.
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
    phrasings: tuple[str, ...] = ()
    cosine: float | None = None
    pair: float | None = None
    centre: float | None = None
    tightness: float = 0.0
    version: int | None = None
    tool: str | None = None
    rests_on: tuple[Mapping[str, Any], ...] = ()

    @property
    def shown(self) -> str:
        """What of the article a model reads: of a long one the part around the passage found."""
        if len(self.article) <= ARTICLE_CHARACTERS:
            return self.article
        passage = self.content.removeprefix(self.title).strip()
        around = (ARTICLE_CHARACTERS - len(passage)) // 2
        start = max(0, self.article.find(passage) - max(0, around))
        start = min(start, len(self.article) - ARTICLE_CHARACTERS)
        return self.article[start : start + ARTICLE_CHARACTERS]

    def as_source(self) -> dict[str, str | int | None]:
        """How a reply cites it; by the version the text can be found again later."""
        if self.tool:
            return {"tool": self.tool, "title": self.title}
        return {
            "article_id": self.article_id,
            "chunk_id": self.chunk_id,
            "title": self.title,
            "version": self.version,
        }

    def as_seen(self) -> dict[str, Any]:
        """What of it an answer may have come from: a model reads no more of a long article."""
        return {
            "article_id": self.article_id,
            "chunk_id": self.chunk_id,
            "title": self.title,
            "language": self.language,
            "version": self.version,
            "coverage": self.coverage,
            "content": self.content,
            "article": self.shown,
        }


def read_passages(rows: Iterable[Mapping[str, Any]]) -> tuple[Passage, ...]:
    """The passages of a job, best rank first."""
    return tuple(sorted((_read_passage(row) for row in rows), key=lambda found: found.rank))


def _read_passage(row: Mapping[str, Any]) -> Passage:
    chunk, version = row.get("chunk_id"), row.get("version")
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
        phrasings=tuple(map(str, row.get("phrasings") or ())),
        cosine=_number(row.get("cosine")),
        pair=_number(row.get("pair")),
        centre=_number(row.get("centre")),
        tightness=_number(row.get("tightness")) or 0.0,
        version=None if version is None else int(version),
    )


def _number(value: Any) -> float | None:  # Any: JSON as it comes
    return None if value is None else float(value)
