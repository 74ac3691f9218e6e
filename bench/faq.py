"""Labelled questions to a knowledge base, as files: what bench.answers and bench.calibrate read.

A folder holds kb.jsonl and questions.jsonl, or either with .gz, one JSON object a line.
An article: id, title, body, lang, examples (its phrasings), answers (what a model may make of it,
for bench.worded). A question: qid, q (the text), gold
(id of the article that answers it, null when none does), kind (in, near_oos, far_oos, must_human),
split (dev or test: what may be fitted on, and what only reported; dev when missing).
"""

from __future__ import annotations

import gzip
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Article:
    """One article; `key` is its id in the files."""

    key: str
    title: str
    body: str
    language: str
    phrasings: tuple[str, ...]
    answers: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """One labelled question; `gold` is None where no article answers it."""

    key: str
    text: str
    gold: str | None
    kind: str
    split: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Faq:
    """A business's articles and questions, by the name of their folder."""

    name: str
    articles: tuple[Article, ...]
    questions: tuple[Question, ...]


def read_faq(folder: Path, phrasings: int | None = None) -> Faq:
    """What a folder holds, with so many phrasings for each article at most; None leaves all.

    Raises FileNotFoundError, ValueError or KeyError for a folder that is not of this form.
    """
    return Faq(
        name=folder.name,
        articles=tuple(_article(row, phrasings) for row in _rows(folder, "kb")),
        questions=tuple(_question(row) for row in _rows(folder, "questions")),
    )


def _rows(folder: Path, name: str) -> list[Mapping[str, Any]]:
    plain, packed = folder / f"{name}.jsonl", folder / f"{name}.jsonl.gz"
    text = plain.read_bytes() if plain.exists() else gzip.decompress(packed.read_bytes())
    return [json.loads(line) for line in text.decode().splitlines() if line.strip()]


def _article(row: Mapping[str, Any], phrasings: int | None) -> Article:
    return Article(
        key=str(row["id"]),
        title=str(row["title"]),
        body=str(row["body"]),
        language=str(row.get("lang") or "en"),
        phrasings=tuple(map(str, row.get("examples") or ()))[:phrasings],
        answers=tuple(map(str, row.get("answers") or ())),
    )


def _question(row: Mapping[str, Any]) -> Question:
    gold = row.get("gold")
    return Question(
        key=str(row["qid"]),
        text=str(row["q"]),
        gold=None if gold is None else str(gold),
        kind=str(row.get("kind") or ("in" if gold else "far_oos")),
        split=str(row.get("split") or "dev"),
    )
