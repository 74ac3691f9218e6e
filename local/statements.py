"""Splits SQL text into its statements, as the book-keeping of migrations wants them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

TOKEN = re.compile(
    r"""
      (?P<line_comment>--[^\n]*)
    | (?P<block_comment>/\*)
    | (?P<escaped>\b[eE]'(?:[^'\\]|\\.|'')*')
    | (?P<quoted>'(?:[^']|'')*')
    | (?P<identifier>"(?:[^"]|"")*")
    | (?P<dollar>(?<![\w$])\$(?P<tag>[^\W\d]\w*)?\$.*?\$(?(tag)(?P=tag))\$)
    | (?P<body>\bbegin\s+atomic\b)
    | (?P<opening>\bcase\b)
    | (?P<closing>\bend\b)
    | (?P<semicolon>;)
    """,
    re.VERBOSE | re.DOTALL | re.IGNORECASE,
)
NOTHING = re.compile(r"\s+|--[^\n]*|(?P<block_comment>/\*)")
COMMENT_EDGE = re.compile(r"/\*|\*/")


@dataclass(frozen=True, slots=True, kw_only=True)
class Statement:
    """One statement without its semicolon, and the line of the file it begins on."""

    text: str
    line: int


def split_statements(text: str) -> list[Statement]:
    """Gives the statements of a SQL text in order; pieces that hold only comments are dropped."""
    statements = []
    start, line = 0, 1
    for end in (*statement_ends(text), len(text)):
        piece = text[start:end]
        first = past_comments(piece)
        if first < len(piece):
            begins = line + piece.count("\n", 0, first)
            statements.append(Statement(text=piece.strip(), line=begins))
        line += piece.count("\n")
        start = end + 1
    return statements


def past_comments(piece: str) -> int:
    """Gives the offset after all the spaces and comments with which a text begins."""
    position = 0
    while found := NOTHING.match(piece, position):
        position = found.end()
        if found["block_comment"]:
            position = block_comment_end(piece, position)
    return position


def statement_ends(text: str) -> Iterator[int]:
    """Gives the offsets of the semicolons that end a statement."""
    depth = 0
    for kind, start, _ in tokens(text):
        if kind == "body" or (kind == "opening" and depth):
            depth += 1
        elif kind == "closing" and depth:
            depth -= 1
        elif kind == "semicolon" and not depth:
            yield start


def tokens(text: str) -> Iterator[tuple[str, int, int]]:
    """Gives kind, start and end of everything in which a semicolon might mean something else."""
    position = 0
    while found := TOKEN.search(text, position):
        kind = next(name for name, value in found.groupdict().items() if value and name != "tag")
        end = block_comment_end(text, found.end()) if kind == "block_comment" else found.end()
        yield kind, found.start(), end
        position = end


def block_comment_end(text: str, position: int) -> int:
    """Gives the offset after a block comment; they nest."""
    depth = 1
    for edge in COMMENT_EDGE.finditer(text, position):
        depth += 1 if edge.group() == "/*" else -1
        if depth == 0:
            return edge.end()
    return len(text)
