"""Documents as parts that can become articles: Markdown, web pages, PDF, tables.

What a document holds is text for customers. Markup, comments and whatever a reader would not see
are left out, because that is where instructions to a model are hidden.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

# Takes what a person should know of a document that was read all the same.
Tell = Callable[[str], None]
# What a document may say of who sees an article, and when: names of columns.
USE = ("visibility", "is_published", "valid_from", "valid_until")


def tell_nobody(note: str) -> None:
    """Takes a note and tells nobody."""


class Unreadable(Exception):
    """A document that cannot be read; the message says why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One article to be: its place in the document (`key`), where it starts (`line`, from 1).

    `language`, `phrasings` and `use` where the document tells them, `id` where it was exported from
    here.
    """

    key: str
    title: str
    body: str
    line: int
    language: str | None = None
    phrasings: tuple[str, ...] = ()
    id: str | None = None
    use: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """A document's bytes; `kind` is markdown, html, pdf, csv or text.

    `source` is what it is known by, `formerly` what a file was: its mere name.
    """

    source: str
    kind: str
    content: bytes
    url: str | None = None
    formerly: str | None = None
