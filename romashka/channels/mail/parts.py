"""The parts of a mail, found as places in its bytes: bounded in number, depth, time and memory.

The standard library's parser reads a mail line by line into objects: 50,000 parts take it 0.7 s,
1,500 nested ones a RecursionError, and the largest mail several times its size in memory. Here
nothing is copied before it is asked for.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from romashka.channels.mail.headers import Headers, take_headers
from romashka.channels.mail.words import parameters

LARGEST_MAIL = 25 * 1024 * 1024
# Of a larger mail this much is read: its headers and its first text.
READ_OF_LARGER = 1024 * 1024
MOST_PARTS = 100
DEEPEST = 20
# Each level of nesting is searched anew; this bounds the sum.
SEARCHED = 3 * LARGEST_MAIL
LONGEST_BOUNDARY = 200
_TYPE = re.compile(r"[a-z0-9!#$&^_.+-]{1,80}/[a-z0-9!#$&^_.+-]{1,80}")
_BOUNDARY = re.compile(rb"\n--([\x21-\x7e]{1,200})[ \t]*\r?\n")
BEFORE_HEADERS = b"\r\n\t \xef\xbb\xbf"


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One part: where its content lies, and its number in the order of the walk (the root has 0).

    `type` is what it is read as, `declared` what it says: a multipart without parts is text.
    """

    index: int
    headers: Headers
    type: str
    declared: str
    params: Mapping[str, str]
    start: int
    end: int
    children: tuple[Part, ...] = ()

    @property
    def disposition(self) -> str:
        """`attachment`, `inline` or whatever else it says, in lower case."""
        return parameters(self.headers.plain("content-disposition"))[0]

    @property
    def filename(self) -> str:
        """The declared file name, decoded and not yet safe; empty when there is none."""
        declared = parameters(self.headers.plain("content-disposition"))[1]
        return declared.get("filename") or self.params.get("name", "")

    @property
    def content_id(self) -> str:
        """The name under which an HTML body refers to it; empty when there is none."""
        return self.headers.plain("content-id").strip().strip("<>")[:500]

    def walk(self) -> Iterator[Part]:
        """This part and all below it, in order."""
        yield self
        for child in self.children:
            yield from child.walk()


@dataclass(frozen=True, slots=True, kw_only=True)
class Mail:
    """A mail's bytes, as they are read, and its root part.

    `is_cut` when it was larger than LARGEST_MAIL, `left_out` when it had more parts or depth than
    are taken apart: those lie in the content of the part where the count ended.
    """

    raw: bytes
    root: Part
    is_cut: bool = False
    left_out: bool = False

    @property
    def headers(self) -> Headers:
        """The mail's own headers."""
        return self.root.headers


def take_apart(raw: bytes, largest: int = LARGEST_MAIL) -> Mail:
    """The parts of a mail of any size and shape; of one above `largest` its beginning."""
    is_cut = len(raw) > largest
    data = raw[:READ_OF_LARGER] if is_cut else raw
    if b"\n" not in data:
        data = data.replace(b"\r", b"\n")
    taking = _Taking(data)
    head = data[:1000]
    start = len(head) - len(head.lstrip(BEFORE_HEADERS))
    root = taking.part(start, len(data), 0, "text/plain")
    return Mail(raw=data, root=root, is_cut=is_cut, left_out=taking.left_out)


@dataclass(slots=True)
class _Taking:
    """One walk through a mail, and how much of its allowance is used."""

    raw: bytes
    parts: int = 0
    searched: int = 0
    left_out: bool = False

    def part(self, start: int, end: int, depth: int, default: str) -> Part:
        index = self.parts
        self.parts += 1
        headers, body = take_headers(self.raw, start, end)
        declared, params = parameters(headers.plain("content-type"))
        kind = _type(declared, default)
        children: tuple[Part, ...] = ()
        if kind.startswith("multipart/"):
            boundary = params.get("boundary") or self._likely_boundary(body, end)
            children = self._children(boundary, body, end, depth, kind) if boundary else ()
        return Part(
            index=index,
            headers=Headers(fields=headers.fields, charset=params.get("charset")),
            type="text/plain" if kind.startswith("multipart/") and not children else kind,
            declared=kind,
            params=params,
            start=body,
            end=end,
            children=children,
        )

    def _likely_boundary(self, start: int, end: int) -> str | None:
        """The first line that looks like one, where folding has lost the parameter."""
        match = _BOUNDARY.search(self.raw, max(0, start - 1), min(end, start + 2000))
        return match[1].decode() if match else None

    def _children(
        self, boundary: str, start: int, end: int, depth: int, kind: str
    ) -> tuple[Part, ...]:
        self.searched += end - start
        if depth >= DEEPEST or self.searched > SEARCHED or len(boundary) > LONGEST_BOUNDARY:
            self.left_out = True
            return ()
        default = "message/rfc822" if kind == "multipart/digest" else "text/plain"
        found: list[Part] = []
        for begin, stop in self._places(boundary, start, end):
            if self.parts >= MOST_PARTS:
                self.left_out = True
                break
            found.append(self.part(begin, stop, depth + 1, default))
        return tuple(found)

    def _places(self, boundary: str, start: int, end: int) -> Iterator[tuple[int, int]]:
        """Where the parts between a boundary's lines begin and end; the last may be unclosed."""
        mark = re.escape(boundary.encode("utf-8", errors="replace"))
        # Begins with fixed bytes, which is what makes the search fast.
        line = re.compile(rb"\n--" + mark + rb"(--)?[ \t]*(?=\r?\n|\Z)")
        # One back, because the line end before the first boundary is that of the blank line.
        match = line.search(self.raw, max(0, start - 1), end)
        while match and not match[1]:
            begin = self._after_line(match.end(), end)
            match = line.search(self.raw, max(begin - 1, match.end()), end)
            yield begin, max(begin, self._before_line(match.start()) if match else end)

    def _before_line(self, place: int) -> int:
        return place - 1 if self.raw[place - 1 : place] == b"\r" else place

    def _after_line(self, place: int, end: int) -> int:
        return self.raw.find(b"\n", place, end) + 1 or end


def _type(declared: str, default: str) -> str:
    if _TYPE.fullmatch(declared):
        return declared
    # RFC 2045 5.2: what cannot be read counts as text; "text" alone is what old mailers write.
    return "text/plain" if declared in ("", "text") and default != "message/rfc822" else default
