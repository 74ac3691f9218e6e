"""Documents as parts that can become articles: Markdown, web pages, PDF, tables.

What a document holds is text for customers. Markup, comments and whatever a reader would not see
are left out, because that is where instructions to a model are hidden.
"""

from __future__ import annotations

from dataclasses import dataclass


class Unreadable(Exception):
    """A document that cannot be read; the message says why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One article to be: its place in the document (`key`), where it starts (`line`, from 1).

    `language` and `phrasings` where the document tells them, `id` where it was exported from here.
    """

    key: str
    title: str
    body: str
    line: int
    language: str | None = None
    phrasings: tuple[str, ...] = ()
    id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """A document's bytes: `source` names it, `kind` is markdown, html, pdf, csv or text."""

    source: str
    kind: str
    content: bytes
    url: str | None = None
